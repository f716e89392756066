// SPDX-License-Identifier: Apache-2.0
// The broker's numbers as a Prometheus text file, for node_exporter's textfile collector or any HTTP server.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "domain/gatekeeper.hpp"

namespace turnkey::broker {

struct Metrics {
  std::uint64_t reports_received = 0;  // with the refused ones
  std::uint64_t reports_refused_full = 0;
  std::uint64_t reports_refused_write = 0;
  std::uint64_t reports_refused_too_large = 0;
  std::uint64_t reports_resent = 0;
  std::uint64_t journal_bytes = 0;
  std::uint64_t journal_segments = 0;
  std::uint64_t journal_unacknowledged = 0;
  std::uint64_t journal_acknowledged = 0;
  std::uint64_t replays = 0;
  std::uint64_t replays_in_flight = 0;
  std::array<std::uint64_t, kLogins> logins{};  // by Login
  std::array<std::uint64_t, 3> denied{};        // by Access
  std::uint64_t commands_not_kept = 0;
  std::uint64_t events_not_kept = 0;
  std::uint64_t sessions_cut = 0;
  std::uint64_t sessions_taken_over = 0;
  std::uint64_t devices_connected = 0;
  std::uint64_t credentials = 0;
  std::uint64_t credential_bytes = 0;
  std::uint64_t control_malformed = 0;
  bool database_reachable = false;
  std::uint64_t services_read_at_s = 0;  // since the epoch
};

std::string to_prometheus(const Metrics& metrics);
// Written beside and renamed, so that a reader never sees half a file. False when that failed.
bool write_whole_file(const std::string& path, const std::string& content);

}  // namespace turnkey::broker
