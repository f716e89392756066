// SPDX-License-Identifier: Apache-2.0
#include "outbound/contract_reader.hpp"

#include "contracts/messages.hpp"
#include "contracts/state_report.hpp"

namespace turnkey::ingest {
namespace {

Sample sample_of(contracts::Reading reading, core::Timestamp time) {
  Sample sample{std::move(reading.attribute), time};
  if (const auto* number = std::get_if<double>(&reading.value)) {
    sample.number = *number;
  } else if (const auto* flag = std::get_if<bool>(&reading.value)) {
    sample.number = *flag ? 1.0 : 0.0;
  } else {
    sample.text = std::get<std::string>(std::move(reading.value));
  }
  return sample;
}

Counts counts_of(const contracts::ParsedStates& parsed) {
  Counts counts;
  counts.received = parsed.received;
  counts.stored = parsed.reports.size();
  counts.refused = {parsed.refused_reports.begin(), parsed.refused_reports.end()};
  counts.values_refused = {parsed.refused_values.begin(), parsed.refused_values.end()};
  return counts;
}

EntryReader::Read read_presence(const SpoolEntry& entry) {
  if (entry.topic == contracts::topics::kPresenceBroker) {
    auto boot = contracts::decode_broker_boot(entry.payload);
    if (!boot) return EntryReader::Unreadable{};
    return ConnectionEvent(BrokerStart{std::move(boot->boot_id), boot->started_at});
  }
  auto presence = contracts::decode_presence(entry.payload);
  if (!presence) return EntryReader::Unreadable{};
  return ConnectionEvent(PresenceChange{presence->device_id.str(), presence->connected, presence->at,
                                        std::move(presence->boot_id), std::move(presence->reason)});
}

}  // namespace

EntryReader::Read ContractReader::read(const SpoolEntry& entry) {
  if (entry.topic.starts_with("presence/")) return read_presence(entry);
  const auto device = contracts::topics::device_of_state(entry.topic, roots_);
  if (!device) return refuse(entry, "not_a_device");
  if (devices_.deleted(device->str())) return refuse(entry, kUnknownDevice);
  const auto form = devices_.form_of(device->str());
  if (form == nullptr) return Unknown{device->str()};
  return read_report(entry, device->str(), *form);
}

ReadMessage ContractReader::read_report(const SpoolEntry& entry, const std::string& device_id,
                                        const DeviceForm& form) const {
  auto parsed = contracts::parse_state_message(entry.payload, form.attributes, entry.received);
  ReadMessage message{device_id, entry.received};
  message.counts = counts_of(parsed);
  message.fault_attribute = form.fault_attribute;
  for (auto& report : parsed.reports) {
    for (auto& reading : report.readings)
      message.samples.push_back(sample_of(std::move(reading), report.time));
  }
  const bool may_be_press = !entry.retained && !entry.duplicate && !entry.report_id.empty() &&
                            !form.register_attribute.empty() &&
                            entry.payload.find(form.register_attribute) != std::string::npos;
  if (!may_be_press) return message;
  for (const auto& press : find_presses_in(entry.payload, form.register_attribute, entry.received)) {
    if (counts_as_press(press))
      message.presses.push_back({entry.report_id, press.index, entry.received, press.count});
  }
  return message;
}

ReadMessage ContractReader::refuse(const SpoolEntry& entry, const std::string& reason) {
  const auto device = contracts::topics::device_of_state(entry.topic, roots_);
  ReadMessage message{device ? device->str() : "", entry.received};
  message.counts.received = contracts::parse_state_message(entry.payload, {}, entry.received).received;
  refuse_whole(message, reason);
  return message;
}

std::vector<FoundPress> find_presses_in(std::string_view payload, const std::string& attribute,
                                        core::Timestamp at) {
  std::vector<FoundPress> found;
  for (const auto& press : contracts::find_presses(payload, attribute, at)) {
    found.push_back({press.index, press.count, press.released, press.older_than_newest});
  }
  return found;
}

}  // namespace turnkey::ingest
