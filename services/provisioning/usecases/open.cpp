// SPDX-License-Identifier: Apache-2.0
#include "usecases/open.hpp"

#include "domain/rules.hpp"

namespace turnkey::provisioning {
namespace {

core::Result<Provisioning> again(Provisioning known, const OpenRequest& request) {
  if (known.device.serial == request.serial) return known;
  return core::conflict("This key was used to open another device.", "idempotency_key_reused");
}

void refuse(World& world, const OpenRequest& request, const std::string& reason) {
  Fact fact;
  fact.reason = reason;
  fact.user = request.user;
  fact.serial = request.serial.str();
  note_refusal(world, std::move(fact));
}

// Counts as a failed scan before the registry is asked, and is forgotten when the answer is another one.
core::Result<Device> scan(World& world, const OpenRequest& request, Deadline deadline) {
  auto begun = world.store.begin_scan(request.user, request.serial, world.clock.now());
  if (!begun) return std::move(begun).error();
  auto device = world.registry.find_device(request.user, request.serial, deadline);
  if (device || device.error().code != core::ErrorCode::not_found) {
    world.store.forget_scan(*begun);
    return device;
  }
  world.store.keep_scan(*begun);
  world.counters.count(Counted::failed_scan);
  refuse(world, request, "not_found");
  if (begun->number >= kFailedScansToWait) refuse(world, request, "too_many_failed_scans");
  return core::not_found();
}

}  // namespace

core::Result<Provisioning> open(World& world, const OpenRequest& request, Deadline deadline) {
  if (auto known = world.store.opened_with(request.user, request.idempotency_key)) {
    return again(std::move(*known), request);
  }
  const auto device = scan(world, request, deadline);
  if (!device) return device.error();
  const core::Timestamp now = world.clock.now();
  core::Result<Provisioning> result = core::not_found();
  change_device(world, device->id, now, [&](DeviceWindows& windows, Records& records) {
    if (auto known = records.opened_with(request.user, request.idempotency_key)) {
      result = again(std::move(*known), request);
    } else {
      result = windows.open(*device, request.user, request.idempotency_key, now);
    }
  });
  if (!result) refuse(world, request, result.error().detail.empty() ? "locked" : result.error().detail);
  return result;
}

}  // namespace turnkey::provisioning
