// SPDX-License-Identifier: Apache-2.0
// The thread that looks at every report for presses as it arrives. It waits for nothing: neither the database
// nor the broker. Its inbox is bounded by number and bytes; who fills it waits for room (reading from the
// broker stops for as long). Thread safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <variant>

#include "domain/press_filter.hpp"

namespace turnkey::ingest {

class FilterPresses {
 public:
  // Neither may block.
  using Announce = std::function<void(const Announcement&)>;
  using Stray = std::function<void(const StrayPress&)>;
  FilterPresses(
      PressFilter filter, const core::Clock& clock, Announce announce,
      Stray stray = [](const StrayPress&) {});
  ~FilterPresses();
  FilterPresses(const FilterPresses&) = delete;
  FilterPresses& operator=(const FilterPresses&) = delete;

  void start();
  void stop();  // what is in the inbox is worked off

  // Into the inbox, in order.
  void on_report(SeenReport report);
  void on_windows(std::string device_id, std::string attribute, std::vector<OpenWindow> windows);

  // At once.
  void remember(const std::string& device_id, Press press);
  std::vector<Press> within(const std::string& device_id, const OpenWindow& window) const;
  std::size_t devices_with_windows() const;
  std::size_t waiting() const;

 private:
  struct WindowsOf {
    std::string device_id;
    std::string attribute;
    std::vector<OpenWindow> windows;
  };
  using Task = std::variant<SeenReport, WindowsOf>;
  void push(Task task, std::size_t bytes);
  void run();
  void perform(Task task);

  mutable std::mutex filter_mutex_;
  PressFilter filter_;
  const core::Clock& clock_;
  const Announce announce_;
  const Stray stray_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<Task, std::size_t>> inbox_;
  std::size_t bytes_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace turnkey::ingest
