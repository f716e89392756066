// SPDX-License-Identifier: Apache-2.0
// State reports on their way in: stamp, journal, id; and out again from the journal when ingest asks for
// them. Not thread safe.
#pragma once

#include <set>

#include "domain/throttle.hpp"
#include "inbound/control_messages.hpp"
#include "outbound/journal.hpp"
#include "outbound/journal_replay.hpp"
#include "outbound/metrics_file.hpp"
#include "plugin/mosquitto_api.hpp"

namespace turnkey::broker {

class Reports {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  Reports(const std::string& folder, JournalLimits limits, ReplayLimits replay);

  // The user properties that the report travels with; nothing when it could not be journaled (and was
  // logged).
  std::optional<mosquitto_api::UserProperties> received(std::string_view topic, std::string_view payload,
                                                        bool retained, Instant now);
  void refused_too_large() { ++received_, ++refused_too_large_; }
  // A connection that says hello is a consumer until it is gone; without one nothing is sent again.
  void control(const JournalControl& message, const void* connection, Instant now);
  void gone(const void* connection);
  void tick(Instant now);
  void fill(Metrics& metrics) const;

 private:
  Journal journal_;
  JournalReplay replay_;
  std::set<const void*> consumers_;
  Throttle refusal_log_{1};
  std::uint64_t received_ = 0;
  std::uint64_t refused_full_ = 0;
  std::uint64_t refused_write_ = 0;
  std::uint64_t refused_too_large_ = 0;
  std::uint64_t acknowledged_ = 0;
};

}  // namespace turnkey::broker
