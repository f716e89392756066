// SPDX-License-Identifier: Apache-2.0
#include "inbound/intake.hpp"

#include "contracts/messages.hpp"
#include "service/log.hpp"

namespace turnkey::ingest {
namespace {

namespace topics = contracts::topics;

bool marked(const bus::Message& message, std::string_view property) {
  return message.user_property(property) == "1";
}

}  // namespace

SeenReport seen_report_of(const SpoolEntry& entry, const std::string& device_id) {
  return {device_id, entry.report_id, entry.received, entry.retained || entry.duplicate, entry.payload};
}

Intake::Intake(bus::Client& client, const service::Settings& settings, const core::Clock& clock, Hooks hooks)
    : client_(client),
      roots_(settings.roots),
      broker_(settings.broker),
      client_id_(settings.bus.client_id),
      clock_(clock),
      hooks_(std::move(hooks)) {}

std::vector<std::string> Intake::report_filters() const {
  std::vector<std::string> filters;
  for (const auto& root : roots_.names)
    filters.push_back(topics::shared("telemetry-ingest", root + "/+/state"));
  return filters;
}

// With the plugin it is the journal that keeps a report until it is in the spool, and sends it again: an
// acknowledgement of each would say nothing more, and Mosquitto, which takes one packet of a connection for
// one of every other, would hear them later and later beside busy devices.
int Intake::report_qos() const { return broker_ == contracts::BrokerKind::turnkey ? 0 : 1; }

void Intake::open() {
  open_ = true;
  client_.subscribe(
      std::string(topics::kPresenceAll), 1, [this](const bus::Message& message) { on_presence(message); },
      bus::Dispatch::inline_);
  for (const auto& filter : report_filters()) {
    client_.subscribe(
        filter, report_qos(), [this](const bus::Message& message) { on_report(message); },
        bus::Dispatch::inline_);
  }
}

void Intake::close() {
  open_ = false;
  for (const auto& filter : report_filters()) client_.unsubscribe(filter);
  client_.unsubscribe(std::string(topics::kPresenceAll));
}

// Unique among all deliveries to all replicas, as long as clocks do not stand still over a restart.
std::string Intake::next_arrival() {
  return client_id_ + " " + std::to_string(core::to_epoch_ms(clock_.now())) + " " +
         std::to_string(arrivals_++);
}

// A broker without the plugin leaves what a client attached as it is: nothing of that is believed. Where
// nothing but the delivery identifies a report, one that is marked as a second delivery may be a second
// press.
SpoolEntry Intake::entry_of(const bus::Message& message) {
  const bool plugin = broker_ == contracts::BrokerKind::turnkey;
  const auto stamp = contracts::stamp_of(
      broker_, {message.topic, message.payload, message.user_property(contracts::kPropertyReportId),
                message.user_property(contracts::kPropertyReportTime), clock_.now(),
                plugin ? std::string() : next_arrival()});
  SpoolEntry entry;
  entry.report_id = stamp.id;
  entry.received = stamp.received;
  entry.replay = plugin && marked(message, contracts::kPropertyReplay);
  entry.retained = message.retained || (plugin && marked(message, contracts::kPropertyRetained));
  entry.duplicate = plugin ? marked(message, contracts::kPropertyDuplicate)
                           : message.duplicate && stamp.by == contracts::StampedBy::arrival;
  entry.topic = message.topic;
  entry.payload = message.payload;
  if (stamp.by != contracts::StampedBy::broker) hooks_.unstamped(stamp.by);
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
  SpoolEntry entry{.received = clock_.now()};
  entry.topic = message.topic;
  entry.payload = message.payload;
  if (!hooks_.append(entry)) refuse();
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
