// SPDX-License-Identifier: Apache-2.0
#include "contracts/report_stamp.hpp"

#include <charconv>

#include "contracts/json.hpp"
#include "contracts/messages.hpp"
#include "contracts/report_time.hpp"
#include "contracts/state_report.hpp"
#include "core/hash.hpp"

namespace turnkey::contracts {
namespace {

std::optional<core::Timestamp> time_in(std::optional<std::string_view> text) {
  std::int64_t ms = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), ms);
  if (error != std::errc() || end != text->data() + text->size() || ms < 0) return std::nullopt;
  return core::from_epoch_ms(ms);
}

// Lengths before the parts: no two lists of parts are one text.
std::string made_id(core::Timestamp at, std::initializer_list<std::string_view> parts) {
  core::Sha256Sum sum;
  for (const auto part : parts) {
    sum.add(std::to_string(part.size()) + ":");
    sum.add(part);
  }
  const auto digest = sum.end();
  std::uint64_t index = 0;
  for (std::size_t i = 0; i < sizeof index; ++i) index = (index << 8U) | digest[i];
  const auto second = std::max<std::int64_t>(core::to_epoch_ms(at) / 1000, 0);
  // 62 bits: it has to fit PostgreSQL's bigint, and one more.
  return ReportId{std::string(kNoJournal), static_cast<std::uint64_t>(second), index >> 2U}.str();
}

// Absolute, and near enough for the report to be taken: a time before now in milliseconds says nothing of
// which report it is.
std::optional<core::Timestamp> own_time(std::string_view payload, core::Timestamp now) {
  if (payload.size() > kMaxStatePayload || payload.find("\"time\"") == std::string_view::npos)
    return std::nullopt;
  const auto json = parse_json(payload);
  if (!json) return std::nullopt;
  const Json* report = &*json;
  if (report->is_array()) {
    if (report->empty()) return std::nullopt;
    report = &report->front();
  }
  if (!report->is_object()) return std::nullopt;
  const auto time = report->find("time");
  if (time == report->end() || (time->is_number() && time->get<double>() < 0)) return std::nullopt;
  const auto at = read_report_time(*report, now);
  if (!at || *at < now - kOldestReport || *at > now + kNewestReport) return std::nullopt;
  return at;
}

ReportStamp stamp_here(const Delivery& delivery) {
  if (const auto at = own_time(delivery.payload, delivery.now))
    return {made_id(*at, {delivery.topic, delivery.payload}), delivery.now, StampedBy::own_time};
  return {made_id(delivery.now, {delivery.topic, delivery.payload, delivery.arrival}), delivery.now,
          StampedBy::arrival};
}

}  // namespace

std::string_view to_string(StampedBy by) {
  switch (by) {
    case StampedBy::broker:
      return "broker";
    case StampedBy::own_time:
      return "own_time";
    case StampedBy::arrival:
      return "arrival";
    case StampedBy::nobody:
      return "nobody";
  }
  return "nobody";
}

ReportStamp stamp_of(BrokerKind kind, const Delivery& delivery) {
  const auto time = time_in(delivery.time);
  switch (kind) {
    case BrokerKind::turnkey:
      if (time && delivery.id && ReportId::parse(*delivery.id))
        return {std::string(*delivery.id), *time, StampedBy::broker};
      return {{}, time.value_or(delivery.now), StampedBy::nobody};
    case BrokerKind::stamping:
      if (!time) return stamp_here(delivery);
      return {made_id(*time, {delivery.topic, delivery.payload, *delivery.time}), *time, StampedBy::broker};
    case BrokerKind::plain:
      return stamp_here(delivery);
  }
  return stamp_here(delivery);
}

}  // namespace turnkey::contracts
