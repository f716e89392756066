// SPDX-License-Identifier: Apache-2.0
// The plugin's settings, from the plugin_opt_ lines of mosquitto.conf.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace turnkey::broker {

struct Settings {
  std::string services_file;                                 // required
  std::string database_file{};                               // empty: no device can log in
  std::vector<std::string> roots = {"devices", "losant"};    // first levels of device topics
  std::string journal_dir;                                   // required
  std::uint64_t journal_segment_bytes = 8ULL * 1024 * 1024;  // 1024 .. 1 GiB
  std::uint64_t journal_max_bytes = 1024ULL * 1024 * 1024;   // then reports are refused
  std::string metrics_file{};                                // empty: none is written
  std::chrono::seconds repair{2};                            // between reads of changed credentials
  std::chrono::seconds compare{600};                         // between reads of all of them
  std::uint64_t replay_in_flight = 2000;                     // entries sent again, not yet acknowledged
  std::chrono::milliseconds replay_timeout{10'000};          // an entry unacknowledged for so long
};

// `invalid` with every wrong option at once, an unknown name (a typing error) among them.
core::Result<Settings> parse_settings(
    const std::vector<std::pair<std::string_view, std::string_view>>& options);

}  // namespace turnkey::broker
