// SPDX-License-Identifier: Apache-2.0
#include "domain/credential_table.hpp"

#include <algorithm>

namespace turnkey::broker {
namespace {
constexpr std::size_t kFirstCapacity = 64;
// What the standard library's nodes take besides their values, about.
constexpr std::size_t kHashNode = 32;
constexpr std::size_t kTreeNode = 40;
// Above every other in the order of ends that fall into one millisecond.
constexpr AccessKey kLastKey{
    {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}};
}  // namespace

bool CredentialLimits::allow(const std::optional<core::IpAddress>& address) const {
  if (allowed.empty()) return true;
  return address && std::any_of(allowed.begin(), allowed.end(),
                                [&](const core::AddressRange& range) { return range.contains(*address); });
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
  meta_[at] = fresh | (meta_[at] & kLimited);
  replace_limits(at, row);
  if (!row.revoked) slots_[at].credential = row.credential;
  if (was_live && row.revoked) --live_;
  if (!was_live && !row.revoked) ++live_;
  const bool over = row.revoked || !(before == row.credential) || ended_at(at);
  if (was_live && over) return before.device;
  return std::nullopt;
}

void CredentialTable::insert(const CredentialRow& row) {
  if ((used_ + 1) * 5 > slots_.size() * 4) rebuild(slots_.size() + slots_.size() / 2);
  const std::size_t at = index_of(row.key);
  slots_[at] = Slot{row.key, row.credential};
  meta_[at] = meta_of(row.revision, row.revoked);
  replace_limits(at, row);
  ++used_;
  if (!row.revoked) ++live_;
}

std::optional<Credential> CredentialTable::find(const AccessKey& key) const {
  const std::size_t at = index_of(key);
  if (meta_[at] == 0 || (meta_[at] & kRevoked) != 0 || ended_at(at)) return std::nullopt;
  return slots_[at].credential;
}

bool CredentialTable::ended(const AccessKey& key) const { return ended_at(index_of(key)); }

bool CredentialTable::allows(const AccessKey& key, const std::optional<core::IpAddress>& address) const {
  const CredentialLimits* limits = limits_at(index_of(key));
  return limits == nullptr || limits->allow(address);
}

std::vector<CredentialTable::KeyOfDevice> CredentialTable::advance(core::Timestamp now) {
  std::vector<KeyOfDevice> gone;
  for (auto end = ends_.upper_bound({now_, kLastKey}); end != ends_.end() && end->first <= now; ++end)
    gone.emplace_back(end->second, slots_[index_of(end->second)].credential.device);
  now_ = now;
  return gone;
}

const CredentialLimits* CredentialTable::limits_at(std::size_t slot) const {
  return (meta_[slot] & kLimited) == 0 ? nullptr : &limits_.at(slots_[slot].key);
}

bool CredentialTable::ended_at(std::size_t slot) const {
  const CredentialLimits* limits = limits_at(slot);
  return limits != nullptr && limits->valid_until && *limits->valid_until <= now_;
}

void CredentialTable::replace_limits(std::size_t slot, const CredentialRow& row) {
  drop_limits(slot);
  if (row.revoked || row.limits.none()) return;
  if (row.limits.valid_until) ends_.emplace(*row.limits.valid_until, row.key);
  ranges_ += row.limits.allowed.size();
  limits_[row.key] = row.limits;
  meta_[slot] |= kLimited;
}

void CredentialTable::drop_limits(std::size_t slot) {
  const CredentialLimits* limits = limits_at(slot);
  if (limits == nullptr) return;
  if (limits->valid_until) ends_.erase({*limits->valid_until, slots_[slot].key});
  ranges_ -= limits->allowed.size();
  limits_.erase(slots_[slot].key);
  meta_[slot] &= ~kLimited;
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

std::vector<CredentialTable::KeyOfDevice> CredentialTable::end_compare(std::int64_t settled_revision) {
  std::vector<KeyOfDevice> gone;
  const std::uint64_t settled = meta_of(settled_revision, false) >> kRevisionShift;
  std::size_t removed = 0;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (meta_[i] == 0 || (meta_[i] & kGeneration) == generation_) continue;
    if ((meta_[i] >> kRevisionShift) > settled) continue;
    if ((meta_[i] & kRevoked) == 0) {
      gone.emplace_back(slots_[i].key, slots_[i].credential.device);
      --live_;
    }
    drop_limits(i);
    meta_[i] = 0;
    ++removed;
  }
  used_ -= removed;
  abandon_compare();                        // those that stay belong to this generation
  if (removed > 0) rebuild(slots_.size());  // holes would cut the probe chains
  return gone;
}

std::size_t CredentialTable::bytes() const {
  const std::size_t table = slots_.capacity() * sizeof(Slot) + meta_.capacity() * sizeof(std::uint64_t);
  const std::size_t limits = limits_.bucket_count() * sizeof(void*) +
                             limits_.size() * (sizeof(*limits_.begin()) + kHashNode) +
                             ranges_ * sizeof(core::AddressRange);
  return table + limits + ends_.size() * (sizeof(*ends_.begin()) + kTreeNode);
}

}  // namespace turnkey::broker
