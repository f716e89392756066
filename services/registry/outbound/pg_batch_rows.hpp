// SPDX-License-Identifier: Apache-2.0
// The rows of the import that runs: written into `batch_rows` as they are read, moved into the tables of
// devices and credentials set by set at the end. Every function works in the caller's transaction, which
// holds the lock of imports.
#pragma once

#include <pqxx/transaction>
#include <string>
#include <vector>

#include "core/hash.hpp"
#include "core/time.hpp"
#include "domain/batch_plan.hpp"
#include "domain/ledger_line.hpp"
#include "outbound/pg_batches.hpp"

namespace turnkey::registry::pg_batch_rows {

struct StagedRow {
  int n = 0;  // 1, 2, 3, ...
  core::DeviceId device_id;
  PlannedDevice device;  // of a device that exists: its serial alone
  std::string access_key;
  core::Sha256 secret_hash;
};
void clear(pqxx::work& tx);
void stage(pqxx::work& tx, const std::vector<StagedRow>& rows);

struct Target {
  pg_batches::Batch batch;
  int recipe_version = 1;
  std::int64_t before_first = 0;  // row n gets the revision before_first + n
  core::Timestamp now;
};
// Those with from < n <= to.
void make_devices(pqxx::work& tx, const Target& target, int from, int to);
void make_credentials(pqxx::work& tx, const Target& target, int from, int to);
// Revokes what the devices of the rows have; with the revisions of the rows.
void revoke_credentials(pqxx::work& tx, const Target& target);

// The ledger's lines about the rows, a block at a time and in their order.
class LedgerLines {
 public:
  LedgerLines(pqxx::work& tx, const Target& target);
  std::vector<LedgerEntry> next();  // none: there are no more

 private:
  pqxx::work& tx_;
  const Target& target_;
};

}  // namespace turnkey::registry::pg_batch_rows
