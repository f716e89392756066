// SPDX-License-Identifier: Apache-2.0
// State reports on their way in: stamp, journal, id; and out again from the journal when ingest asks for
// them. Not thread safe.
#pragma once

#include <set>

#include "core/time.hpp"
#include "domain/resent_reports.hpp"
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

  // Throws what Journal throws.
  Reports(const std::string& folder, JournalLimits limits, ReplayLimits replay, const Acl& acl);

  void device_connected(const void* client, const DeviceId& device, Instant now) {
    resent_.connected(client, device, core::to_epoch_ms(core::SystemClock().now()), now);
  }
  // The user properties that the report travels with; nothing when it could not be journaled (and was
  // logged). One that is sent again is not journaled again.
  std::optional<mosquitto_api::UserProperties> received(const ResentReports::Report& report, int qos,
                                                        bool retained, Instant now);
  void refused_too_large() { ++received_, ++refused_too_large_; }
  // A connection that says hello is a consumer until it is gone; without one nothing is sent again.
  void control(const JournalControl& message, const void* connection, Instant now);
  void gone(const void* connection);
  void forget_old(Instant now) { resent_.forget_old(now); }
  void tick(Instant now);
  void fill(Metrics& metrics) const;

 private:
  void recover_last_reports(const Acl& acl);
  Journal journal_;
  JournalReplay replay_;
  std::set<const void*> consumers_;
  ResentReports resent_;
  Throttle refusal_log_{1};
  std::uint64_t received_ = 0;
  std::uint64_t refused_full_ = 0;
  std::uint64_t refused_write_ = 0;
  std::uint64_t refused_too_large_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t resent_count_ = 0;
};

}  // namespace turnkey::broker
