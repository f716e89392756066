// SPDX-License-Identifier: Apache-2.0
// Somebody asks the owner of a device for it, and the owner says yes or no. Pure.
//
//   open ---grant---> granted ---24 h---> expired
//    |                   |                   |
//    +------decline------+------decline------+---> declined
//
// Whatever its state, an owner may grant or decline it again. Asking again brings back an open request when
// the last answer is over: a grant after its time, a refusal after a day. A request is about one owner: when
// the device's assignment epoch has moved, it is void.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "core/time.hpp"

namespace turnkey::registry {

using ConsentRequestId = core::Id<struct ConsentRequestTag>;

inline constexpr auto kConsentLasts = std::chrono::hours(24);
inline constexpr auto kRefusalHolds = std::chrono::hours(24);
inline constexpr auto kRequestKept = std::chrono::hours(7 * 24);  // since it was asked last
inline constexpr int kMostAsks = 10;                              // of a user in `kAsksCount`
inline constexpr auto kAsksCount = std::chrono::hours(1);

struct ConsentRequest {
  enum class State { open, granted, declined };

  ConsentRequestId id{};
  core::DeviceId device_id{};
  core::UserId requester{};
  std::int64_t assignment_epoch = 0;
  std::string note{};  // "" = none
  core::Timestamp asked_at{};
  State state = State::open;
  std::optional<core::Timestamp> decided_at{};     // but for open ones
  std::optional<core::Timestamp> granted_until{};  // of granted ones; exclusive

  bool holds(core::Timestamp now) const { return granted_until && now < *granted_until; }
  // Older ones are as good as not there.
  bool kept(core::Timestamp now) const { return holds(now) || now < asked_at + kRequestKept; }
  std::string_view shown_state(core::Timestamp now) const;  // open granted expired declined

  // True when the owner has to be told anew. Otherwise an open one has the newer note, and a decided one
  // stays as it is.
  bool ask_again(std::string newer_note, core::Timestamp now);
  // Both are false when that is what it was already.
  bool grant(core::Timestamp now);
  bool decline(core::Timestamp now);
};

std::string_view to_string(ConsentRequest::State state);
ConsentRequest::State consent_state_from(std::string_view name);  // of our own table

}  // namespace turnkey::registry
