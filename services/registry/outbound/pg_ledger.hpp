// SPDX-License-Identifier: Apache-2.0
// The ledger in PostgreSQL: appended under the lock of its one head row, so that the chain has one order.
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "domain/ledger_line.hpp"
#include "domain/user.hpp"

namespace turnkey::registry::pg_ledger {

// The sequence number of the last line. An entry whose idempotency key is there already is left out. Take it
// last in a transaction: the head's lock is held until its end.
std::int64_t append(pqxx::work& tx, const std::vector<LedgerEntry>& entries);

// Very many, none with an idempotency key: blocks until there is an empty one.
std::int64_t append_blocks(pqxx::work& tx, const std::function<std::vector<LedgerEntry>()>& next);

struct Line {
  std::int64_t seq = 0;
  std::string line;
  std::string hash_hex;
};
// Newest first. `since` (and the provisioning that led there) hides a former owner's life of the device.
std::vector<Line> of_device(pqxx::work& tx, const core::DeviceId& device,
                            std::optional<core::Timestamp> since,
                            const std::optional<core::ProvisioningId>& provisioning, std::int64_t before_seq,
                            int limit);

// The line that was written under this key.
std::optional<std::string> find(pqxx::work& tx, const std::string& idempotency_key);
struct Filter {
  std::optional<core::GroupId> group{};  // it and everything below
  std::string act{};
  std::string serial{};                  // normalised
  std::optional<core::UserId> person{};  // who acted
  // Only lines about one of these groups or what is below: where the person is named to the reader.
  std::optional<std::vector<core::GroupId>> person_sees{};
  std::optional<core::Timestamp> from{};
  std::optional<core::Timestamp> to{};
  std::int64_t before_seq = 0;  // 0 = from the newest on
  int limit = 50;
};
// What the reader may see of it, newest first.
std::vector<Line> list(pqxx::work& tx, const User& reader, const Filter& filter);
struct Range {
  std::int64_t after_seq = 0;
  std::int64_t through_seq = std::numeric_limits<std::int64_t>::max();
};
// From the first line that is not older than `from` to the last that is older than `to`, and all between:
// lines are written a little out of the order of their times, and a chain with holes cannot be followed.
Range range_of(pqxx::work& tx, const std::optional<core::Timestamp>& from,
               const std::optional<core::Timestamp>& to);
std::vector<Line> in_range(pqxx::work& tx, const Range& range, int limit);  // all of it, oldest first

// Was the device's newest line written under this key?
bool is_last_of(pqxx::work& tx, const core::DeviceId& device, const std::string& idempotency_key);

// Where a chain has been followed to: the number of its last line, and the hash, as bytes.
struct Link {
  std::int64_t seq = 0;
  std::string hash{};
};
struct Verdict {
  std::int64_t lines = 0;  // of the whole ledger
  std::optional<std::int64_t> first_broken{};
  std::optional<Link> next{};  // whole up to here, and there is more
};
// Follows the chain from `after` on for `most` lines.
Verdict verify(pqxx::work& tx, const Link& after, std::int64_t most);

}  // namespace turnkey::registry::pg_ledger
