// SPDX-License-Identifier: Apache-2.0
#include "domain/press_filter.hpp"

#include <algorithm>

namespace turnkey::ingest {
namespace {

constexpr core::Millis kLookBack = std::chrono::seconds(5);
constexpr core::Millis kBacklog = std::chrono::seconds(5);  // so far behind the newest by the device's clock
constexpr core::Millis kStrayIsNews = std::chrono::seconds(5);  // by the broker's stamp
constexpr core::Millis kWindowKept = std::chrono::minutes(1);
constexpr std::size_t kRingReports = 4096;
constexpr std::size_t kRingBytes = 1024 * 1024;
constexpr std::size_t kRingPayload = 16 * 1024;
constexpr std::size_t kWindowsEach = 16;
constexpr std::size_t kDevicesWithWindows = 100'000;

}  // namespace

bool counts_as_press(const FoundPress& found) {
  return !found.released && found.older_than_newest <= kBacklog;
}

std::vector<Announcement> PressFilter::windows(const std::string& device_id, const std::string& attribute,
                                               std::vector<OpenWindow> open, core::Timestamp now) {
  std::erase_if(open, [&](const OpenWindow& window) { return window.expires_at + kWindowKept < now; });
  if (open.size() > kWindowsEach) open.resize(kWindowsEach);
  if (open.empty() || (open_.size() >= kDevicesWithWindows && !open_.contains(device_id))) {
    open_.erase(device_id);
    return {};
  }
  open_[device_id] = {attribute, std::move(open)};
  forget_ring(now);
  for (const auto& recent : ring_) {
    if (recent.report.device_id == device_id) evaluate(recent.report, attribute);
  }
  return announce(device_id);
}

Heard PressFilter::report(SeenReport report, core::Timestamp now) {
  if (report.marked || report.report_id.empty()) return {};
  const auto attribute = attribute_of(report.device_id);
  if (attribute && report.payload.find(*attribute) == std::string::npos) return {};
  const std::string device_id = report.device_id;
  const auto at = report.at;
  const bool pressed = attribute && evaluate(report, *attribute);
  keep(std::move(report), now);
  if (!attribute) return {};
  return {announce(device_id), pressed ? stray(device_id, at, now) : std::nullopt};
}

// Its window may be on its way still: whoever is told of it knows the windows better.
std::optional<StrayPress> PressFilter::stray(const std::string& device_id, core::Timestamp at,
                                             core::Timestamp now) const {
  if (open_.contains(device_id) || at + kStrayIsNews < now) return std::nullopt;
  return StrayPress{device_id, at, !open_.empty()};
}

std::optional<std::string> PressFilter::attribute_of(const std::string& device_id) const {
  const auto it = open_.find(device_id);
  return it != open_.end() ? it->second.attribute : attribute_of_(device_id);
}

bool PressFilter::evaluate(const SeenReport& report, const std::string& attribute) {
  bool pressed = false;
  for (const auto& found : find_(report.payload, attribute, report.at)) {
    if (!counts_as_press(found)) continue;
    pressed |= memory_.add(report.device_id, {report.report_id, found.index, report.at, found.count});
  }
  return pressed;
}

// Every press to every window that holds it and was not told yet: whoever is told twice knows it by its id.
std::vector<Announcement> PressFilter::announce(const std::string& device_id) {
  std::vector<Announcement> all;
  const auto open = open_.find(device_id);
  auto* presses = memory_.of(device_id);
  if (open == open_.end() || presses == nullptr) return all;
  for (auto& kept : *presses) {
    for (const auto& window : open->second.windows) {
      const auto told = std::find(kept.announced.begin(), kept.announced.end(), window.provisioning_id);
      if (told != kept.announced.end() || !window.holds(kept.press.at)) continue;
      kept.announced.push_back(window.provisioning_id);
      all.push_back({window.provisioning_id, kept.press});
    }
  }
  return all;
}

void PressFilter::keep(SeenReport report, core::Timestamp now) {
  forget_ring(now);
  if (report.payload.size() > kRingPayload) return;
  ring_bytes_ += report.payload.size();
  ring_.push_back({std::move(report), now});
  while (ring_.size() > kRingReports || ring_bytes_ > kRingBytes) {
    ring_bytes_ -= ring_.front().report.payload.size();
    ring_.pop_front();
  }
}

void PressFilter::forget_ring(core::Timestamp now) {
  while (!ring_.empty() && ring_.front().seen + kLookBack < now) {
    ring_bytes_ -= ring_.front().report.payload.size();
    ring_.pop_front();
  }
}

void PressFilter::remember(const std::string& device_id, Press press) {
  memory_.add(device_id, std::move(press));
}

std::vector<Press> PressFilter::within(const std::string& device_id, const OpenWindow& window) const {
  std::vector<Press> all;
  const auto* presses = memory_.of(device_id);
  if (presses == nullptr) return all;
  for (const auto& kept : *presses) {
    if (window.holds(kept.press.at)) all.push_back(kept.press);
  }
  return all;
}

void PressFilter::forget_old(core::Timestamp now) {
  forget_ring(now);
  memory_.forget_before(now - kPressesKept);
  std::erase_if(open_, [&](const auto& entry) {
    const auto& windows = entry.second.windows;
    return std::all_of(windows.begin(), windows.end(),
                       [&](const OpenWindow& window) { return window.expires_at + kWindowKept < now; });
  });
}

}  // namespace turnkey::ingest
