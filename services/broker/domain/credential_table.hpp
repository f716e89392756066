// SPDX-License-Identifier: Apache-2.0
// Every credential of a device or an integration in memory: access key -> whose, and hash of the secret. One
// flat open-addressing table of 69 bytes a slot, so that 1,000,000 credentials take 111 MB there. Ends and
// allowed addresses lie beside it, for the few keys that have them.
//
// News of a key may arrive twice and in any order (at the start, as a change, by the repair): what carries a
// revision older than the known one is ignored, and a revoked key stays as a tombstone, so that old news
// cannot bring it back. A key whose end has passed by the time that `advance` was told last is as good as
// none. Not thread safe.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/address_range.hpp"
#include "core/hash.hpp"
#include "core/time.hpp"
#include "domain/access_key.hpp"

namespace turnkey::broker {

inline constexpr std::size_t kMostRanges = 32;  // allowed addresses of one key

enum class Holder : std::uint8_t { device, integration };

struct Credential {
  DeviceId device;  // or the integration: its id has the same form, and no device has it too
  core::Sha256 secret_hash{};
  Holder holder = Holder::device;
  bool operator==(const Credential&) const = default;
};

struct CredentialLimits {
  std::optional<core::Timestamp> valid_until{};
  std::vector<core::AddressRange> allowed{};  // empty: from anywhere
  bool none() const { return !valid_until && allowed.empty(); }
  bool allow(const std::optional<core::IpAddress>& address) const;  // an unknown address is not allowed
};

struct CredentialRow {
  AccessKey key;
  Credential credential;  // of no meaning when revoked, like the limits
  std::int64_t revision = 0;
  bool revoked = false;
  CredentialLimits limits{};
};

class CredentialTable {
 public:
  using KeyOfDevice = std::pair<AccessKey, DeviceId>;

  CredentialTable();

  // The device whose session with this key must end now: the key was revoked, moved, got another secret, or
  // an end that has passed.
  std::optional<DeviceId> apply(const CredentialRow& row);
  std::optional<Credential> find(const AccessKey& key) const;  // nothing when unknown, revoked or ended
  bool ended(const AccessKey& key) const;                      // it would be valid, but for its end
  bool allows(const AccessKey& key, const std::optional<core::IpAddress>& address) const;

  // It is now `now`, which may be earlier than before. Keys that ended since the last time.
  std::vector<KeyOfDevice> advance(core::Timestamp now);

  // A comparison with everything that the database has: between the two calls every row is applied. Keys that
  // did not come and whose revision is at most `settled_revision` are gone. Returns keys with their devices.
  void begin_compare();
  std::vector<KeyOfDevice> end_compare(std::int64_t settled_revision);
  void abandon_compare();

  std::size_t live() const { return live_; }
  std::size_t bytes() const;

 private:
  struct Slot {
    AccessKey key;
    Credential credential;
  };
  // meta: 0 = empty, otherwise revision + 1 in the upper bits, then the bits.
  static constexpr std::uint64_t kRevoked = 1;
  static constexpr std::uint64_t kGeneration = 2;
  static constexpr std::uint64_t kLimited = 4;  // it has an entry in limits_
  static constexpr unsigned kRevisionShift = 3;

  std::size_t index_of(const AccessKey& key) const;  // its slot, or the empty slot where it belongs
  std::uint64_t meta_of(std::int64_t revision, bool revoked) const;
  void insert(const CredentialRow& row);
  void rebuild(std::size_t capacity);
  const CredentialLimits* limits_at(std::size_t slot) const;  // null: none
  void replace_limits(std::size_t slot, const CredentialRow& row);
  void drop_limits(std::size_t slot);
  bool ended_at(std::size_t slot) const;

  std::vector<Slot> slots_;
  std::vector<std::uint64_t> meta_;
  std::unordered_map<AccessKey, CredentialLimits> limits_;
  std::set<std::pair<core::Timestamp, AccessKey>> ends_;  // of limits_
  std::size_t ranges_ = 0;                                // in limits_
  core::Timestamp now_{};
  std::size_t used_ = 0;  // live and tombstones
  std::size_t live_ = 0;
  std::uint64_t generation_ = 0;
};

}  // namespace turnkey::broker
