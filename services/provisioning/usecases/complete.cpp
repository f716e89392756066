// SPDX-License-Identifier: Apache-2.0
#include "usecases/complete.hpp"

namespace turnkey::provisioning {
namespace {

constexpr auto kRecoveryPatience = std::chrono::seconds(3);

Assignment assignment_of(const Provisioning& window, const Wish& wish) {
  return {window.user, window.device.id, window.device.assignment_epoch, window.id, wish};
}

core::Error still_under_way() {
  return core::unavailable("The hand-over takes longer than usual. It goes on; look again in a moment.");
}

// The errors after which asking again is of no use.
bool is_answer(core::ErrorCode code) {
  switch (code) {
    case core::ErrorCode::invalid:
    case core::ErrorCode::unauthorized:
    case core::ErrorCode::not_found:
    case core::ErrorCode::conflict:
    case core::ErrorCode::expired:
      return true;
    case core::ErrorCode::throttled:
    case core::ErrorCode::unavailable:
    case core::ErrorCode::internal:
      return false;
  }
  return false;
}

// Why the registry lets nobody have the device by this window any more.
std::string why_lost(const core::Error& conflict) {
  return conflict.detail == "no_consent" ? conflict.detail : "assigned_elsewhere";
}

core::Error settle_refusal(World& world, const Provisioning& window, const Wish& wish, core::Error error) {
  if (!is_answer(error.code)) return still_under_way();
  const bool lost = error.code == core::ErrorCode::conflict;
  const core::Timestamp now = world.clock.now();
  change_device(world, window.device.id, now, [&](DeviceWindows& windows, Records&) {
    if (lost) {
      windows.lose_claim(window.id, wish, why_lost(error), now);
    } else {
      windows.release_claim(window.id, wish);
      windows.run_out(now);
    }
  });
  return lost ? window_closed() : error;
}

// From the claim to the end, by whoever holds it: the user's call, a retry of it, or the recovery.
core::Result<std::string> hand_over(World& world, const Provisioning& window, const Wish& wish,
                                    Deadline deadline) {
  auto device = world.registry.assign(assignment_of(window, wish), deadline);
  if (!device) return settle_refusal(world, window, wish, device.error());
  const core::Timestamp now = world.clock.now();
  change_device(world, window.device.id, now,
                [&](DeviceWindows& windows, Records&) { windows.complete(window.id, wish, *device, now); });
  return device;
}

// The wrong fields, before anything is claimed. When the device has moved on, so has this window, unless it
// was this very provisioning, by another call, that moved it.
core::Result<core::Done> check(World& world, const Provisioning& window, const Wish& wish,
                               Deadline deadline) {
  auto checked = world.registry.check(assignment_of(window, wish), deadline);
  if (checked || checked.error().code != core::ErrorCode::conflict) return checked;
  const core::Timestamp now = world.clock.now();
  change_device(world, window.device.id, now, [&](DeviceWindows& windows, Records&) {
    windows.lose(window.id, why_lost(checked.error()), now);
  });
  return core::Done{};
}

core::Result<Provisioning> claim(World& world, const Provisioning& window, const Wish& wish) {
  const core::Timestamp now = world.clock.now();
  core::Result<Provisioning> claimed = window_closed();
  change_device(world, window.device.id, now,
                [&](DeviceWindows& windows, Records&) { claimed = windows.claim(window.id, wish, now); });
  return claimed;
}

core::Result<std::string> attempt(World& world, const Provisioning& found, const Wish& wish,
                                  Deadline deadline) {
  if (found.state == State::completed && found.wish == wish) return found.result;
  if (!found.open()) return window_closed();
  if (!found.claimed()) {
    if (world.clock.now() >= found.expires_at) return window_closed();
    if (found.state != State::proven) return presence_not_proven(found.blinking());
    if (const auto fine = check(world, found, wish, deadline); !fine) return fine.error();
  }
  const auto claimed = claim(world, found, wish);
  if (claimed) return hand_over(world, *claimed, wish, deadline);
  // Another call of the same user may have won in between, with the same wish.
  const auto after = world.store.find(found.id);
  if (after && after->state == State::completed && after->wish == wish) return after->result;
  return claimed.error();
}

}  // namespace

core::Result<std::string> complete(World& world, const core::UserId& user, const core::ProvisioningId& id,
                                   const Wish& wish, Deadline deadline) {
  const auto found = find_own(world, user, id);
  if (!found) return found.error();
  auto result = attempt(world, *found, wish, deadline);
  if (!result && result.error().code == core::ErrorCode::conflict) {
    note_refusal(world, {Act::refused,
                         {},
                         result.error().detail,
                         user,
                         id,
                         found->device.id,
                         found->device.serial.str(),
                         found->heard});
  }
  return result;
}

void recover_completions(World& world) {
  for (const auto& window : world.store.take_unanswered(world.clock.now())) {
    // The outcome is in the store and told; there is nobody to answer.
    const auto device =
        hand_over(world, window, *window.wish, std::chrono::steady_clock::now() + kRecoveryPatience);
    // A registry that is away now is away for the others too: their next try comes by itself.
    if (!device && device.error().code == core::ErrorCode::unavailable) return;
  }
}

}  // namespace turnkey::provisioning
