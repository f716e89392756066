// SPDX-License-Identifier: Apache-2.0
#include "domain/resent_reports.hpp"

#include <algorithm>
#include <functional>

namespace turnkey::broker {
namespace {

std::size_t hash_of(std::string_view topic, std::string_view payload) {
  const std::hash<std::string_view> hash;
  return hash(payload) * 31 + hash(topic);
}

}  // namespace

void ResentReports::add(std::vector<Sent>& list, Sent sent) {
  const auto settled = [&](const Sent& older) {
    return older.journaled.received_ms < sent.journaled.received_ms - kSettledMs;
  };
  list.erase(list.begin(), std::find_if_not(list.begin(), list.end(), settled));
  if (list.size() == kMost) list.erase(list.begin());
  list.push_back(sent);
}

ResentReports::Record* ResentReports::record_of(ClientHandle client) {
  const auto device = devices_.find(client);
  if (device == devices_.end()) return nullptr;
  const auto record = records_.find(device->second);
  return record != records_.end() && record->second.client == client ? &record->second : nullptr;
}

void ResentReports::connected(ClientHandle client, const DeviceId& device, Instant now) {
  Record& record = records_[device];
  // A connection that ended before anything was sent again leaves what it had from the one before.
  for (const Sent& sent : record.now) add(record.before, sent);
  record.now.clear();
  record.client = client;
  record.at = now;
  record.next.reset();
  record.expecting = !record.before.empty();
  devices_.insert_or_assign(client, device);
}

void ResentReports::ended(ClientHandle client, Instant now) {
  Record* record = record_of(client);
  const auto device = devices_.find(client);
  if (record != nullptr) {
    record->client = nullptr;
    record->at = now;
    if (record->now.empty() && record->before.empty()) records_.erase(device->second);
  }
  if (device != devices_.end()) devices_.erase(device);
}

std::optional<ResentReports::Journaled> ResentReports::repeated(const Report& report, Instant now) {
  Record* record = record_of(report.client);
  if (record == nullptr || !record->expecting) return std::nullopt;
  const auto& before = record->before;
  const std::size_t hash = hash_of(report.topic, report.payload);
  std::size_t at = record->next.value_or(before.size());
  if (!record->next) {  // the youngest that equals it, so that as few as possible count as repeated
    while (at > 0 && before[at - 1].hash != hash) --at;
    at = at > 0 ? at - 1 : before.size();
  }
  const bool too_late = now - record->at > kPatience;
  if (!report.keeps_session || too_late || at >= before.size() || before[at].hash != hash) {
    record->expecting = false;
    record->before.clear();
    return std::nullopt;
  }
  record->next = at + 1;
  return before[at].journaled;
}

void ResentReports::remember(const Report& report, const Journaled& journaled) {
  if (Record* record = record_of(report.client))
    add(record->now, {hash_of(report.topic, report.payload), journaled});
}

void ResentReports::recovered(const DeviceId& device, std::string_view topic, std::string_view payload,
                              const Journaled& journaled, Instant now) {
  Record& record = records_[device];
  record.at = now;
  add(record.before, {hash_of(topic, payload), journaled});
}

void ResentReports::forget_old(Instant now) {
  std::erase_if(records_, [&](const auto& entry) {
    return entry.second.client == nullptr && now - entry.second.at > kKept;
  });
}

}  // namespace turnkey::broker
