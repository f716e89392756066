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

void ResentReports::connected(ClientHandle client, const DeviceId& device, std::int64_t now_ms, Instant now) {
  Record& record = records_[device];
  // There is a connection still, so this one takes it over. What was there before that may come again as
  // well.
  for (const Sent& sent : record.now) {
    if (sent.journaled.received_ms >= now_ms - kYoungMs) add(record.before, sent);
  }
  record.now.clear();
  record.client = client;
  record.at = now;
  record.next.reset();
  record.expecting = !record.before.empty();
  devices_.insert_or_assign(client, device);
}

// Not taken over: it may have ended in order. One that said nothing leaves what the one before it left.
void ResentReports::ended(ClientHandle client) {
  const auto device = devices_.find(client);
  if (device == devices_.end()) return;
  if (Record* record = record_of(client)) {
    record->client = nullptr;
    if (!record->expecting || !record->now.empty()) records_.erase(device->second);
  }
  devices_.erase(device);
}

std::optional<ResentReports::Journaled> ResentReports::repeated(const Report& report, Instant now) {
  Record* record = record_of(report.client);
  if (record == nullptr || !record->expecting) return std::nullopt;
  auto& before = record->before;
  const std::size_t hash = hash_of(report.topic, report.payload);
  std::size_t at = record->next.value_or(before.size());
  if (!record->next) {  // the youngest that equals it, so that as few as possible count as repeated
    while (at > 0 && before[at - 1].hash != hash) --at;
    at = at > 0 ? at - 1 : before.size();
  }
  const bool too_late = now - record->at > kPatience;
  if (!report.keeps_session || too_late || at >= before.size() || before[at].hash != hash) {
    record->expecting = false;
    before.clear();
    return std::nullopt;
  }
  const Sent found = before[at];
  before.erase(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  record->next = 0;
  add(record->now, found);  // its PUBACK may get lost once more
  return found.journaled;
}

void ResentReports::remember(const Report& report, const Journaled& journaled) {
  if (!report.keeps_session) return;
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
