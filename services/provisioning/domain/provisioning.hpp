// SPDX-License-Identifier: Apache-2.0
// One attempt to hand over one device, and what surrounds it, as plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/ids.hpp"
#include "core/serial.hpp"
#include "core/time.hpp"
#include "domain/state.hpp"

namespace turnkey::provisioning {

// What the registry says of a device to a user who may provision it.
struct Device {
  core::DeviceId id;
  core::Serial serial = core::Serial::trusted("");
  core::RecipeId recipe;
  std::string register_attribute;
  std::int64_t assignment_epoch = 0;  // moves with every hand-over and release
  Policy policy = Policy::press;
  core::Millis window{0};
  core::Millis burst_pause{0};
  bool blink_check = false;  // it has a light: who has pressed must also say how often that blinks
};

// Where the device shall belong. The registry alone judges it.
struct Wish {
  std::string name;
  std::string group_id;
  std::string model;
  bool operator==(const Wish&) const = default;
};

// A press of a device that is not the window's own.
struct OtherPress {
  core::Serial serial = core::Serial::trusted("");
  core::Timestamp at;
  bool operator==(const OtherPress&) const = default;
};

inline constexpr const char* kOpenedAgain = "opened_again";

struct Provisioning {
  core::ProvisioningId id;
  core::UserId user;
  Device device;
  std::string idempotency_key;

  State state = State::waiting;
  std::int64_t version = 1;  // grows by one with every change that is told
  std::string reason{};      // a short word; empty when there is nothing to explain
  core::Timestamp started_at;
  core::Timestamp expires_at;  // the first moment that is outside
  std::optional<core::Timestamp> ended_at{};

  Policy policy = Policy::press;  // may become `pattern` when a second user opens a window
  int required_presses = 1;
  int presses = 0;         // of the burst that is going on
  bool contended = false;  // another user has a window on the same device
  bool heard = false;      // a press counted at any time
  core::Timestamp
      counts_from;  // presses stamped before are void; moves on while a burst goes on that began before it
  std::optional<core::Timestamp> last_press_at{};  // of the burst that is going on
  int wrong_bursts = 0;                            // and wrong answers about the light: together they lock
  int blinks = 0;  // that the person at the screen must count; 0 outside of that stage. Told to nobody.
  std::optional<OtherPress> other_press{};  // while it waits and nothing was heard
  std::optional<core::Timestamp> proven_at{};
  std::optional<core::Timestamp> identified_at{};  // when it was last told to blink

  // A completion that is claimed: the registry has been or will be asked, and its answer alone ends this.
  std::optional<core::Timestamp> completing_at{};
  std::optional<Wish> wish{};  // of the claimed or of the won completion
  std::string result{};        // completed: the device as the registry showed it (JSON)

  bool open() const { return is_open(state); }
  bool claimed() const { return open() && completing_at.has_value(); }
  bool blinking() const { return blinks > 0; }  // enough was pressed, and the light is to be counted
  // Its wrong tries went on to the next window of its user.
  bool passed_on() const { return reason == kOpenedAgain; }
  bool listens() const { return state == State::waiting && !blinking(); }  // for presses
};

// What happened, for the ledger and the metrics.
enum class Act {
  opened,
  refused,
  superseded,
  contended,
  proven,
  wrong_pattern,
  blink_asked,
  wrong_blinks,
  locked,
  completed,
  cancelled,
  expired
};
std::string_view to_string(Act act);  // "provisioning.opened", ...

struct Fact {
  Act act = Act::opened;
  core::Timestamp at;
  std::string reason{};
  std::optional<core::UserId> user{};
  std::optional<core::ProvisioningId> provisioning{};
  std::optional<core::DeviceId> device{};
  std::string serial{};
  bool heard = false;  // whether a press was ever heard in that window
};

}  // namespace turnkey::provisioning
