// SPDX-License-Identifier: Apache-2.0
#include "inbound/intake.hpp"

#include <charconv>

#include "contracts/messages.hpp"
#include "service/log.hpp"

namespace turnkey::ingest {
namespace {

namespace topics = contracts::topics;

std::optional<core::Timestamp> stamp_of(const bus::Message& message) {
  const auto text = message.user_property(contracts::kPropertyReportTime);
  std::int64_t ms = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), ms);
  if (error != std::errc() || end != text->data() + text->size() || ms < 0) return std::nullopt;
  return core::from_epoch_ms(ms);
}

bool marked(const bus::Message& message, std::string_view property) {
  return message.user_property(property) == "1";
}

}  // namespace

SeenReport seen_report_of(const SpoolEntry& entry, const std::string& device_id) {
  return {device_id, entry.report_id, entry.received, entry.retained || entry.duplicate, entry.payload};
}

Intake::Intake(bus::Client& client, topics::Roots roots, const core::Clock& clock, Hooks hooks)
    : client_(client), roots_(std::move(roots)), clock_(clock), hooks_(std::move(hooks)) {}

std::vector<std::string> Intake::report_filters() const {
  std::vector<std::string> filters;
  for (const auto& root : roots_.names)
    filters.push_back(topics::shared("telemetry-ingest", root + "/+/state"));
  return filters;
}

void Intake::open() {
  open_ = true;
  client_.subscribe(
      std::string(topics::kPresenceAll), 1, [this](const bus::Message& message) { on_presence(message); },
      bus::Dispatch::inline_);
  for (const auto& filter : report_filters()) {
    client_.subscribe(
        filter, 1, [this](const bus::Message& message) { on_report(message); }, bus::Dispatch::inline_);
  }
}

void Intake::close() {
  open_ = false;
  for (const auto& filter : report_filters()) client_.unsubscribe(filter);
  client_.unsubscribe(std::string(topics::kPresenceAll));
}

SpoolEntry Intake::entry_of(const bus::Message& message) const {
  SpoolEntry entry;
  const auto id = message.user_property(contracts::kPropertyReportId);
  const auto stamp = stamp_of(message);
  if (id && stamp && ReportKey::parse(*id)) entry.report_id = *id;
  entry.received = stamp.value_or(clock_.now());
  entry.replay = marked(message, contracts::kPropertyReplay);
  entry.retained = message.retained || marked(message, contracts::kPropertyRetained);
  entry.duplicate = marked(message, contracts::kPropertyDuplicate);
  entry.topic = message.topic;
  entry.payload = message.payload;
  return entry;
}

void Intake::on_report(const bus::Message& message) {
  const SpoolEntry entry = entry_of(message);
  if (!hooks_.append(entry)) {
    client_.cut();
    return refuse();
  }
  const auto key = ReportKey::parse(entry.report_id);
  const auto device = topics::device_of_state(entry.topic, roots_);
  if (key) hooks_.spooled(*key);
  if (key && device) hooks_.seen(seen_report_of(entry, device->str()));
}

// Presences are retained: the broker gives the present state again with the next subscription.
void Intake::on_presence(const bus::Message& message) {
  if (message.payload.empty()) return;
  if (!hooks_.append(entry_of(message))) refuse();
}

void Intake::refuse() {
  hooks_.refused();
  if (refusing_.exchange(true)) return;
  service::log_error("reports are refused: the spool cannot be written", {{"reason", hooks_.trouble()}});
}

void Intake::look() {
  if (!refusing_) return;
  if (open_) return close();
  if (!hooks_.has_room()) return;
  refusing_ = false;
  service::log_info("the spool has room again: reports are taken in");
  open();
  hooks_.again();
}

}  // namespace turnkey::ingest
