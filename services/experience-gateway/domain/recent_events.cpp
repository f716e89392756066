// SPDX-License-Identifier: Apache-2.0
#include "domain/recent_events.hpp"

#include <algorithm>

namespace turnkey::gateway {

void RecentEvents::add(RecentEvent event) {
  bytes_ += event.data.size();
  events_.push_back(std::move(event));
  while (events_.size() > kMost || (bytes_ > kMostBytes && events_.size() > 1)) {
    bytes_ -= events_.front().data.size();
    events_.pop_front();
  }
}

std::optional<std::vector<RecentEvent>> RecentEvents::after(const std::string& id) const {
  const auto known =
      std::find_if(events_.begin(), events_.end(), [&](const RecentEvent& event) { return event.id == id; });
  if (known == events_.end()) return std::nullopt;
  return std::vector<RecentEvent>(known + 1, events_.end());
}

std::string RecentEvents::newest_id() const { return events_.empty() ? "" : events_.back().id; }

}  // namespace turnkey::gateway
