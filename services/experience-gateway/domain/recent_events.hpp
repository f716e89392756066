// SPDX-License-Identifier: Apache-2.0
// The newest reports of one device as events, so that a stream that was cut goes on where it was. What of
// them a reader may see is decided when they are sent. Pure; not thread safe.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace turnkey::gateway {

struct RecentEvent {
  core::Timestamp received;
  core::Timestamp time;  // of the report
  std::string id;
  std::string data;
};

class RecentEvents {
 public:
  static constexpr std::size_t kMost = 128;
  static constexpr std::size_t kMostBytes = 128 * 1024;

  void add(RecentEvent event);
  // Those after the one with this id; nothing when it is not, or no longer, among them.
  std::optional<std::vector<RecentEvent>> after(const std::string& id) const;
  std::string newest_id() const;  // "" when there is none

 private:
  std::deque<RecentEvent> events_;
  std::size_t bytes_ = 0;  // of their data
};

}  // namespace turnkey::gateway
