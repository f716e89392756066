// SPDX-License-Identifier: Apache-2.0
// Every device's credential in memory: access key -> device and hash of the secret. One flat open-addressing
// table of 68 bytes a slot, so that 1,000,000 credentials fit in about 130 MB.
//
// News of a key may arrive twice and in any order (at the start, as a change, by the repair): what carries a
// revision older than the known one is ignored, and a revoked key stays as a tombstone, so that old news
// cannot bring it back. Not thread safe.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/hash.hpp"
#include "domain/access_key.hpp"

namespace turnkey::broker {

struct Credential {
  DeviceId device;
  core::Sha256 secret_hash{};
  bool operator==(const Credential&) const = default;
};

struct CredentialRow {
  AccessKey key;
  Credential credential;  // of no meaning when revoked
  std::int64_t revision = 0;
  bool revoked = false;
};

class CredentialTable {
 public:
  CredentialTable();

  // The device whose session with this key must end now: the key was revoked, moved, or got another secret.
  std::optional<DeviceId> apply(const CredentialRow& row);
  std::optional<Credential> find(const AccessKey& key) const;  // nothing when unknown or revoked

  // A comparison with everything that the database has: between the two calls every row is applied. Keys that
  // did not come and whose revision is at most `settled_revision` are gone. Returns keys with their devices.
  void begin_compare();
  std::vector<std::pair<AccessKey, DeviceId>> end_compare(std::int64_t settled_revision);
  void abandon_compare();

  std::size_t live() const { return live_; }
  std::size_t bytes() const;

 private:
  struct Slot {
    AccessKey key;
    Credential credential;
  };
  // meta: 0 = empty, otherwise revision + 1 in the upper bits, then the bits `generation` and `revoked`.
  static constexpr std::uint64_t kRevoked = 1;
  static constexpr std::uint64_t kGeneration = 2;
  static constexpr unsigned kRevisionShift = 2;

  std::size_t index_of(const AccessKey& key) const;  // its slot, or the empty slot where it belongs
  std::uint64_t meta_of(std::int64_t revision, bool revoked) const;
  void insert(const CredentialRow& row);
  void rebuild(std::size_t capacity);

  std::vector<Slot> slots_;
  std::vector<std::uint64_t> meta_;
  std::size_t used_ = 0;  // live and tombstones
  std::size_t live_ = 0;
  std::uint64_t generation_ = 0;
};

}  // namespace turnkey::broker
