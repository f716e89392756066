// SPDX-License-Identifier: Apache-2.0
#include "domain/batch.hpp"

#include <algorithm>
#include <iterator>

namespace turnkey::ingest {

std::size_t Counts::refused_in_all() const {
  std::size_t sum = 0;
  for (const auto& [reason, count] : refused) sum += count;
  return sum;
}

Counts& Counts::operator+=(const Counts& other) {
  received += other.received;
  stored += other.stored;
  duplicate += other.duplicate;
  for (const auto& [reason, count] : other.refused) refused[reason] += count;
  for (const auto& [reason, count] : other.values_refused) values_refused[reason] += count;
  return *this;
}

Halves halves_of(Batch batch, const SpoolPosition& low_before) {
  Halves halves;
  halves.second.progress = batch.progress;
  halves.first.progress = {low_before, batch.progress.high};
  halves.first.connections = std::move(batch.connections);
  const auto middle = batch.items.begin() + static_cast<std::ptrdiff_t>(batch.items.size() / 2);
  halves.first.items.assign(std::make_move_iterator(batch.items.begin()), std::make_move_iterator(middle));
  halves.second.items.assign(std::make_move_iterator(middle), std::make_move_iterator(batch.items.end()));
  return halves;
}

void refuse_whole(ReadMessage& message, const std::string& reason) {
  message.samples.clear();
  message.presses.clear();
  message.counts.stored = 0;
  message.counts.refused = {{reason, message.counts.received}};
  message.counts.values_refused.clear();
}

Batch without(Batch batch, const std::set<std::string>& devices) {
  for (auto& item : batch.items) {
    if (devices.contains(item.message.device_id)) refuse_whole(item.message, kUnknownDevice);
  }
  std::erase_if(batch.connections, [&](const ConnectionEvent& event) {
    const auto* change = std::get_if<PresenceChange>(&event);
    return change != nullptr && devices.contains(change->device_id);
  });
  return batch;
}

std::set<std::string> devices_of(const Batch& batch) {
  std::set<std::string> devices;
  for (const auto& item : batch.items) devices.insert(item.message.device_id);
  for (const auto& event : batch.connections) {
    if (const auto* change = std::get_if<PresenceChange>(&event)) devices.insert(change->device_id);
  }
  return devices;
}

Sorted sort_out(const Batch& batch, const std::map<JournalSegment, IndexRanges>& stored_before) {
  Sorted sorted;
  for (const auto& item : batch.items) {
    const auto before = stored_before.find(item.key.segment);
    const bool done = before != stored_before.end() && before->second.contains(item.key.index);
    if (done && item.read_before) continue;
    auto& ingested = sorted.ingested[item.key.segment];
    if (done || ingested.contains(item.key.index)) {
      sorted.counts.received += item.message.counts.received;
      sorted.counts.duplicate += item.message.counts.received;
      continue;
    }
    ingested.add(item.key.index, item.key.index);
    sorted.counts += item.message.counts;
    sorted.fresh.push_back(&item);
  }
  std::erase_if(sorted.ingested, [](const auto& entry) { return entry.second.empty(); });
  return sorted;
}

}  // namespace turnkey::ingest
