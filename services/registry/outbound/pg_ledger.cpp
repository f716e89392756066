// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_ledger.hpp"

#include <pqxx/stream_to>

#include "core/hash.hpp"
#include "outbound/pg_text.hpp"

namespace turnkey::registry::pg_ledger {
namespace {

constexpr int kVerifyChunk = 5000;  // lines in memory at once

struct Head {
  std::int64_t seq;
  std::string hash;  // bytes
};

Head head_of(const pqxx::row& row) {
  return {row[0].as<std::int64_t>(), core::from_hex(row[1].as<std::string>()).value_or("")};
}

bool known(pqxx::work& tx, const std::string& key) {
  return !key.empty() && !tx.exec_params("select from ledger where idempotency_key = $1", key).empty();
}

void insert(pqxx::work& tx, const Head& head, const std::string& line, const LedgerEntry& entry) {
  tx.exec_params(
      "insert into ledger (seq, line, hash, at, device_id, provisioning_id, idempotency_key) values ($1, $2, "
      "decode($3, "
      "'hex'), $4::timestamptz, nullif($5, ''), nullif($6, ''), nullif($7, ''))",
      head.seq, line, core::to_hex(head.hash), core::to_iso(entry.at),
      entry.device_id ? entry.device_id->str() : "",
      entry.provisioning_id ? entry.provisioning_id->str() : "", entry.idempotency_key);
}

// By COPY, what `insert` does line by line.
Head copy(pqxx::work& tx, Head head, const std::vector<LedgerEntry>& entries) {
  pqxx::stream_to out(tx, "ledger",
                      std::vector<std::string>{"seq", "line", "hash", "at", "device_id", "provisioning_id"});
  for (const auto& entry : entries) {
    const std::string line = canonical_line(head.seq + 1, entry);
    head = {head.seq + 1, chain_hash(head.hash, line)};
    out << std::make_tuple(head.seq, line, "\\x" + core::to_hex(head.hash), core::to_iso(entry.at),
                           entry.device_id ? entry.device_id->str().c_str() : nullptr,
                           entry.provisioning_id ? entry.provisioning_id->str().c_str() : nullptr);
  }
  out.complete();
  return head;
}

Head lock_head(pqxx::work& tx) {
  return head_of(tx.exec1("select seq, encode(hash, 'hex') from ledger_head for update"));
}

std::int64_t write_head(pqxx::work& tx, const Head& head) {
  tx.exec_params("update ledger_head set seq = $1, hash = decode($2, 'hex')", head.seq,
                 core::to_hex(head.hash));
  return head.seq;
}

// What the searchable columns say must be what the hashed line says.
bool columns_true(const pqxx::row& row) {
  const auto line = contracts::Json::parse(row[1].as<std::string>(), nullptr, false);
  return line.is_object() && line.value("seq", std::int64_t{0}) == row[0].as<std::int64_t>() &&
         line.value("deviceId", "") == text_or_empty(row[3]) &&
         line.value("provisioningId", "") == text_or_empty(row[5]) &&
         line.value("at", "") == row[4].as<std::string>();
}

}  // namespace

std::int64_t append(pqxx::work& tx, const std::vector<LedgerEntry>& entries) {
  Head head = lock_head(tx);
  for (const auto& entry : entries) {
    if (known(tx, entry.idempotency_key)) continue;
    const std::string line = canonical_line(head.seq + 1, entry);
    head = {head.seq + 1, chain_hash(head.hash, line)};
    insert(tx, head, line, entry);
  }
  return write_head(tx, head);
}

std::int64_t append_blocks(pqxx::work& tx, const std::function<std::vector<LedgerEntry>()>& next) {
  Head head = lock_head(tx);
  for (auto entries = next(); !entries.empty(); entries = next()) head = copy(tx, head, entries);
  return write_head(tx, head);
}

std::vector<Line> of_device(pqxx::work& tx, const core::DeviceId& device,
                            std::optional<core::Timestamp> since,
                            const std::optional<core::ProvisioningId>& provisioning, std::int64_t before_seq,
                            int limit) {
  std::vector<Line> lines;
  for (const auto& row : tx.exec_params(
           "select seq, line, encode(hash, 'hex') from ledger where device_id = $1 and ($2 = '' or at >= "
           "nullif($2, '')::timestamptz or provisioning_id = $3) and ($4 = 0 or seq < $4) order by seq desc "
           "limit $5",
           device.str(), since ? core::to_iso(*since) : "", provisioning ? provisioning->str() : "",
           before_seq, limit))
    lines.push_back({row[0].as<std::int64_t>(), row[1].as<std::string>(), row[2].as<std::string>()});
  return lines;
}

bool is_last_of(pqxx::work& tx, const core::DeviceId& device, const std::string& idempotency_key) {
  const auto rows = tx.exec_params(
      "select idempotency_key from ledger where device_id = $1 order by seq desc limit 1", device.str());
  return !rows.empty() && text_or_empty(rows[0][0]) == idempotency_key;
}

Verdict verify(pqxx::work& tx) {
  tx.exec("set transaction isolation level repeatable read, read only");
  const Head end = head_of(tx.exec1("select seq, encode(hash, 'hex') from ledger_head"));
  Head at{0, ""};
  while (at.seq < end.seq) {
    const auto rows = tx.exec_params("select seq, line, encode(hash, 'hex'), device_id, " TURNKEY_ISO("at") ", provisioning_id from ledger "
                                     "where seq > $1 order by seq limit $2",
                                     at.seq, kVerifyChunk);
    if (rows.empty()) return {end.seq, at.seq + 1};
    for (const auto& row : rows) {
      const std::string hash = chain_hash(at.hash, row[1].as<std::string>());
      const bool right = row[0].as<std::int64_t>() == at.seq + 1 &&
                         row[2].as<std::string>() == core::to_hex(hash) && columns_true(row);
      if (!right) return {end.seq, at.seq + 1};
      at = {at.seq + 1, hash};
    }
  }
  if (at.hash != end.hash || at.seq != end.seq) return {end.seq, at.seq};
  return {end.seq, std::nullopt};
}

}  // namespace turnkey::registry::pg_ledger
