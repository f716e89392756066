// SPDX-License-Identifier: Apache-2.0
#include "domain/credential_table.hpp"

#include <algorithm>

namespace turnkey::broker {
namespace {
constexpr std::size_t kFirstCapacity = 64;
}

CredentialTable::CredentialTable() : slots_(kFirstCapacity), meta_(kFirstCapacity, 0) {}

std::size_t CredentialTable::index_of(const AccessKey& key) const {
  const std::size_t capacity = slots_.size();
  std::size_t at = static_cast<std::size_t>(((hash_of(key) >> 32U) * capacity) >> 32U);
  while (meta_[at] != 0 && !(slots_[at].key == key)) at = at + 1 == capacity ? 0 : at + 1;
  return at;
}

std::uint64_t CredentialTable::meta_of(std::int64_t revision, bool revoked) const {
  const auto number = static_cast<std::uint64_t>(std::max<std::int64_t>(revision, 0)) + 1;
  return (number << kRevisionShift) | generation_ | (revoked ? kRevoked : 0);
}

std::optional<DeviceId> CredentialTable::apply(const CredentialRow& row) {
  const std::size_t at = index_of(row.key);
  if (meta_[at] == 0) {
    insert(row);
    return std::nullopt;
  }
  const std::uint64_t fresh = meta_of(row.revision, row.revoked);
  if ((fresh >> kRevisionShift) < (meta_[at] >> kRevisionShift)) {
    meta_[at] = (meta_[at] & ~kGeneration) | generation_;  // old news, yet the key exists
    return std::nullopt;
  }
  const bool was_live = (meta_[at] & kRevoked) == 0;
  const Credential before = slots_[at].credential;
  meta_[at] = fresh;
  if (!row.revoked) slots_[at].credential = row.credential;
  if (was_live && row.revoked) --live_;
  if (!was_live && !row.revoked) ++live_;
  if (was_live && (row.revoked || !(before == row.credential))) return before.device;
  return std::nullopt;
}

void CredentialTable::insert(const CredentialRow& row) {
  if ((used_ + 1) * 5 > slots_.size() * 4) rebuild(slots_.size() + slots_.size() / 2);
  const std::size_t at = index_of(row.key);
  slots_[at] = Slot{row.key, row.credential};
  meta_[at] = meta_of(row.revision, row.revoked);
  ++used_;
  if (!row.revoked) ++live_;
}

std::optional<Credential> CredentialTable::find(const AccessKey& key) const {
  const std::size_t at = index_of(key);
  if (meta_[at] == 0 || (meta_[at] & kRevoked) != 0) return std::nullopt;
  return slots_[at].credential;
}

void CredentialTable::rebuild(std::size_t capacity) {
  std::vector<Slot> slots(capacity);
  std::vector<std::uint64_t> meta(capacity, 0);
  slots_.swap(slots);
  meta_.swap(meta);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (meta[i] == 0) continue;
    const std::size_t at = index_of(slots[i].key);
    slots_[at] = slots[i];
    meta_[at] = meta[i];
  }
}

void CredentialTable::begin_compare() { generation_ ^= kGeneration; }

void CredentialTable::abandon_compare() {
  for (std::uint64_t& meta : meta_) {
    if (meta != 0) meta = (meta & ~kGeneration) | generation_;
  }
}

std::vector<std::pair<AccessKey, DeviceId>> CredentialTable::end_compare(std::int64_t settled_revision) {
  std::vector<std::pair<AccessKey, DeviceId>> gone;
  const std::uint64_t settled = meta_of(settled_revision, false) >> kRevisionShift;
  std::size_t removed = 0;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (meta_[i] == 0 || (meta_[i] & kGeneration) == generation_) continue;
    if ((meta_[i] >> kRevisionShift) > settled) continue;
    if ((meta_[i] & kRevoked) == 0) {
      gone.emplace_back(slots_[i].key, slots_[i].credential.device);
      --live_;
    }
    meta_[i] = 0;
    ++removed;
  }
  used_ -= removed;
  abandon_compare();                        // those that stay belong to this generation
  if (removed > 0) rebuild(slots_.size());  // holes would cut the probe chains
  return gone;
}

std::size_t CredentialTable::bytes() const {
  return slots_.capacity() * sizeof(Slot) + meta_.capacity() * sizeof(std::uint64_t);
}

}  // namespace turnkey::broker
