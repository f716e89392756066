// SPDX-License-Identifier: Apache-2.0
#include "usecases/release_devices.hpp"

#include <set>

#include "core/hash.hpp"
#include "core/random.hpp"
#include "core/serial.hpp"
#include "domain/csv.hpp"
#include "outbound/events.hpp"
#include "outbound/integration_events.hpp"
#include "outbound/pg_deletions.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_ledger.hpp"
#include "outbound/pg_rollouts.hpp"
#include "usecases/ownership.hpp"

namespace turnkey::registry {
namespace {

constexpr auto kTombstones = std::chrono::hours(48);  // twice of what the broker asks for

// Both parts have one length, so that no two pairs make one text.
Credentials credentials_of(const ReleaseRequest& request, const pg_releases::Request& kept) {
  return {kept.access_key, core::sha256_hex(request.secret_part + kept.salt_hex)};
}

pg_releases::Request first_answer_to(const ReleaseRequest& request) {
  return {request.actor,        request.idempotency_key, core::sha256_hex(request.secret_part),
          request.requested_at, core::random_uuid(),     core::random_hex(32)};
}

bool has_its_key(const ReleaseRequest& request, const pg_releases::Release& release) {
  return release.request.user == request.actor && release.request.idempotency_key == request.idempotency_key;
}

// Was the device released by this request, or by one with its key?
bool repeats(const ReleaseRequest& request, const Device& device, const pg_releases::Release& release,
             core::Timestamp now) {
  return has_its_key(request, release) && !device.owned() && !release.replaced_by &&
         release.assignment_epoch == device.assignment_epoch && now < release.undo_until;
}

core::Result<Released> release_now(pqxx::work& tx, const User& actor, const ReleaseRequest& request,
                                   Device device, core::Timestamp now) {
  const LedgerEntry line =
      line_about(device, actor, "device.released", now);  // of the owner who gives it back
  const Device before = device;
  auto kept = remember_owner(device, now);
  kept.request = first_answer_to(request);
  const Recipe recipe = recipe_of(tx, device);
  give_back(device, recipe);
  device.revision = pg_devices::next_revisions(tx);
  pg_devices::update_owner(tx, device);
  Released released{device, credentials_of(request, kept.request)};
  kept.revoked_keys = change_keys(tx, device, released.credentials, now);
  pg_releases::save(tx, kept);
  events::device_changed(tx, device_event(device, recipe, "released", now));
  events::owner_changed(tx, before, device, now);
  pg_ledger::append(tx, {line});
  return released;
}

core::Result<Released> answer_again(pqxx::work& tx, const ReleaseRequest& request, Device device,
                                    const pg_releases::Release& release, core::Timestamp now) {
  if (release.request.hash_hex == core::sha256_hex(request.secret_part))
    return Released{std::move(device), credentials_of(request, release.request)};
  if (request.requested_at < release.request.requested_at)
    return core::conflict("A later request with this key was answered already.", "idempotency_key_used");
  const auto answer = first_answer_to(request);
  device.revision = pg_devices::next_revisions(tx);
  pg_devices::update_owner(tx, device);
  Released released{device, credentials_of(request, answer)};
  change_keys(tx, device, released.credentials, now);
  pg_releases::answer(tx, device.id, answer);
  return released;
}

core::Result<Released> release_in(pqxx::work& tx, const Context& context, const ReleaseRequest& request,
                                  const std::string& serial) {
  const core::Timestamp now = context.clock.now();
  const auto actor = load_actor(tx, request.actor);
  if (!actor) return actor.error();
  auto device = pg_devices::find_by_serial(tx, serial);
  std::optional<pg_releases::Release> release;
  const auto theirs = [&] {
    if (!device || !actor->may_administer()) return false;
    release = pg_releases::find(tx, device->id);
    if (device->owned()) return device->visible_to(*actor);
    return release && repeats(request, *device, *release, now);
  };
  // Before the lock too: what is not theirs must not be told by how long the answer takes.
  if (!theirs()) return core::not_found();
  pg_devices::lock(tx, device->id);
  device = pg_devices::find(tx, device->id);
  if (!theirs()) return core::not_found();
  if (!device->owned()) return answer_again(tx, request, std::move(*device), *release, now);
  // Its answer was lost, and meanwhile the device was handed over: who has it now did not give it back.
  if (release && has_its_key(request, *release))
    return core::conflict("The device was released by this request already, and handed over since.",
                          "idempotency_key_used");
  return release_now(tx, *actor, request, std::move(*device), now);
}

std::string reason_of(const core::Error& error) {
  return error.detail.empty() ? std::string(core::to_string(error.code)) : error.detail;
}

}  // namespace

core::Result<Released> release_device(const Context& context, const ReleaseRequest& request,
                                      const std::string& serial) {
  return change(context, [&](pqxx::work& tx) { return release_in(tx, context, request, serial); });
}

core::Result<ReleasedMany> release_devices(const Context& context, const ReleaseRequest& request,
                                           const std::vector<std::string>& serials) {
  const auto allowed = context.pool.transaction([&](pqxx::work& tx) -> core::Result<core::Done> {
    const auto actor = load_actor(tx, request.actor);
    if (!actor) return actor.error();
    if (!actor->may_administer()) return core::not_found();
    return core::Done{};
  });
  if (!allowed) return allowed.error();
  ReleasedMany many{csv_line({"serial", "result", "access_key", "access_secret"})};
  std::set<std::string> seen;
  for (const auto& given : serials) {
    const auto serial = core::Serial::parse(given);
    const std::string wanted = serial ? serial->str() : "";
    if (serial && !seen.insert(wanted).second) {
      many.csv += csv_line({given, "repeated", "", ""});
      continue;
    }
    const auto released = release_device(context, request, wanted);
    if (!released) {
      many.csv += csv_line({given, reason_of(released.error()), "", ""});
      continue;
    }
    ++many.released;
    many.csv += csv_line({released->device.serial, "released", released->credentials.access_key,
                          released->credentials.access_secret});
  }
  return many;
}

core::Result<UndoablePage> list_releases(const Context& context, const core::UserId& actor_id,
                                         const std::optional<core::DeviceId>& after, int limit) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<UndoablePage> {
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    if (!actor->may_administer()) return core::not_found();
    UndoablePage page{pg_releases::list(tx, *actor, context.clock.now(), after, limit + 1), std::nullopt};
    if (page.items.size() > static_cast<std::size_t>(limit)) {
      page.items.pop_back();
      page.next_cursor = page.items.back().device_id.str();
    }
    return page;
  });
}

void sweep_releases(const Context& context) {
  const core::Timestamp now = context.clock.now();
  context.pool.transaction([&](pqxx::work& tx) { pg_releases::forget_owners(tx, now); });
  context.pool.transaction([&](pqxx::work& tx) { pg_deletions::sweep(tx, now - kTombstones); });
  context.pool.transaction([&](pqxx::work& tx) { pg_rollouts::sweep(tx, now - kTombstones); });
}

}  // namespace turnkey::registry
