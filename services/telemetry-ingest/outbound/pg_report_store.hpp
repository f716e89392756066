// SPDX-License-Identifier: Apache-2.0
// Batches of reports into PostgreSQL. One transaction holds the samples, which entries of the journal they
// came from, the latest values, the counters and how far the spool was read: either all of it is there or
// nothing. Locks are taken in a fixed order (own spool, journal segments, latest, status, counters), so that
// replicas do not lock each other out. Used by one thread.
#pragma once

#include <pqxx/transaction>
#include <set>
#include <unordered_map>

#include "domain/partitions.hpp"
#include "pg/pool.hpp"
#include "usecases/ports.hpp"

namespace turnkey::ingest {

class PgReportStore final : public ReportStore {
 public:
  explicit PgReportStore(pg::Pool& pool) : pool_(pool) {}

  // Applies the migrations too.
  Opened open(const std::string& spool) override;
  std::optional<Counts> store(const Batch& batch, std::int64_t sequence) override;

 private:
  std::optional<Counts> try_store(const Batch& batch, std::int64_t sequence);
  void make_partitions(const Batch& batch);
  void find_keys(const Batch& batch);
  std::optional<Counts> write(pqxx::work& tx, const Batch& batch, std::int64_t sequence);
  Counts write_all(pqxx::work& tx, const Batch& batch);
  void note_late(pqxx::work& tx, const Sorted& sorted) const;
  void copy_samples(pqxx::work& tx, const Sorted& sorted) const;
  void update_latest(pqxx::work& tx, const Sorted& sorted) const;

  pg::Pool& pool_;
  std::string spool_;
  std::set<Week> weeks_;  // that have a partition
  std::unordered_map<std::string, int> device_keys_;
  std::unordered_map<std::string, int> attribute_keys_;
};

}  // namespace turnkey::ingest
