// SPDX-License-Identifier: Apache-2.0
#include "plugin/reports.hpp"

#include "core/time.hpp"

namespace turnkey::broker {
namespace {

mosquitto_api::UserProperties properties_of(const Journal& journal, JournalPosition position,
                                            std::int64_t received_ms, bool retained) {
  mosquitto_api::UserProperties properties = {{"turnkey-id", journal.report_id(position)},
                                              {"turnkey-time", std::to_string(received_ms)}};
  if (retained) properties.emplace_back("turnkey-retained", "1");
  return properties;
}

}  // namespace

Reports::Reports(const std::string& folder, JournalLimits limits, ReplayLimits replay, const Acl& acl)
    : journal_(folder, limits), replay_(journal_, replay) {
  for (const std::string& finding : journal_.findings()) {
    mosquitto_api::log(mosquitto_api::Level::warning, "journal: " + finding);
  }
  mosquitto_api::log(mosquitto_api::Level::notice, "journal " + journal_.id() + " in " + folder + ": " +
                                                       std::to_string(journal_.unacknowledged()) +
                                                       " entries wait for ingest");
  recover_last_reports(acl);
}

// Of the reports that a killed process journaled last, the PUBACK may not have left.
void Reports::recover_last_reports(const Acl& acl) {
  const Instant now = std::chrono::steady_clock::now();
  journal_.last_entries(ResentReports::kSettledMs, [&](const JournalEntry& entry, JournalPosition position) {
    const auto named = acl.device_of_state(entry.topic);
    const auto device = named ? DeviceId::parse(*named) : std::nullopt;
    if (device)
      resent_.recovered(*device, entry.topic, entry.payload, {position, entry.received_ms, entry.retained},
                        now);
  });
}

std::optional<mosquitto_api::UserProperties> Reports::received(const ResentReports::Report& report, int qos,
                                                               bool retained, Instant now) {
  ++received_;
  if (const auto before = qos > 0 ? resent_.repeated(report, now) : std::nullopt) {
    ++resent_count_;
    auto properties = properties_of(journal_, before->position, before->received_ms, before->retained);
    properties.emplace_back("turnkey-dup", "1");
    return properties;
  }
  const std::int64_t received_ms = core::to_epoch_ms(core::SystemClock().now());
  const auto appended = journal_.append(report.topic, report.payload, retained, received_ms);
  if (appended.outcome == Journal::Outcome::written) {
    if (qos > 0) resent_.remember(report, {appended.position, received_ms, retained});
    return properties_of(journal_, appended.position, received_ms, retained);
  }
  const bool full = appended.outcome == Journal::Outcome::full;
  const std::string why = full ? "the journal is full, ingest must catch up first" : journal_.last_failure();
  ++(full ? refused_full_ : refused_write_);
  if (refusal_log_.pass(now)) {
    mosquitto_api::log(mosquitto_api::Level::error, "state reports are refused: " + why + " (" +
                                                        std::to_string(refused_full_ + refused_write_) +
                                                        " refused so far)");
  }
  return std::nullopt;
}

void Reports::control(const JournalControl& message, const void* connection, Instant now) {
  for (const SpooledRange& range : message.spooled) {
    if (range.journal != journal_.id()) continue;  // of a folder that was here before
    acknowledged_ += journal_.acknowledge(range.segment, range.from, range.to);
    replay_.acknowledged(range.segment, range.from, range.to, now);
  }
  if (!message.hello) return;
  consumers_.insert(connection);
  replay_.hello(now);
}

void Reports::gone(const void* connection) {
  resent_.ended(connection);
  if (consumers_.erase(connection) > 0 && consumers_.empty()) replay_.consumer_gone();
}

void Reports::tick(Instant now) {
  replay_.tick(now, [&](const JournalEntry& entry, JournalPosition position) {
    auto properties = properties_of(journal_, position, entry.received_ms, entry.retained);
    properties.emplace_back("turnkey-replay", "1");
    return mosquitto_api::publish(std::string(entry.topic), entry.payload, 1, false, properties);
  });
}

void Reports::fill(Metrics& metrics) const {
  metrics.reports_received = received_;
  metrics.reports_refused_full = refused_full_;
  metrics.reports_refused_write = refused_write_;
  metrics.reports_refused_too_large = refused_too_large_;
  metrics.reports_resent = resent_count_;
  metrics.journal_bytes = journal_.bytes();
  metrics.journal_segments = journal_.segments();
  metrics.journal_unacknowledged = journal_.unacknowledged();
  metrics.journal_acknowledged = acknowledged_;
  metrics.replays = replay_.sent();
  metrics.replays_in_flight = replay_.in_flight();
}

}  // namespace turnkey::broker
