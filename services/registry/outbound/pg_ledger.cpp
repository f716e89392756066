// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_ledger.hpp"

#include <algorithm>
#include <map>
#include <pqxx/stream_to>

#include "core/hash.hpp"
#include "core/random.hpp"
#include "domain/ledger_words.hpp"
#include "outbound/pg_text.hpp"

namespace turnkey::registry::pg_ledger {
namespace {

constexpr std::int64_t kVerifyChunk = 5000;  // lines in memory at once
constexpr std::size_t kSaltBytes = 16;

using Head = Link;

Head head_of(const pqxx::row& row) {
  return {row[0].as<std::int64_t>(), core::from_hex(row[1].as<std::string>()).value_or("")};
}

bool known(pqxx::work& tx, const std::string& key) {
  return !key.empty() && !tx.exec_params("select from ledger where idempotency_key = $1", key).empty();
}

std::string joined_groups(const contracts::Json& line) {
  std::string text;
  for (const auto& group : line.value("groups", contracts::Json::array()))
    text += (text.empty() ? "" : ",") + (group.is_string() ? group.get<std::string>() : "?");
  return text;
}

using Paths = std::map<core::DeviceId, std::vector<core::GroupId>>;

// Of the devices of these entries that do not say their groups themselves.
Paths device_paths(pqxx::work& tx, const std::vector<LedgerEntry>& entries) {
  std::vector<core::DeviceId> devices;
  for (const auto& entry : entries)
    if (entry.device_id && !entry.groups) devices.push_back(*entry.device_id);
  Paths paths;
  if (devices.empty()) return paths;
  for (const auto& row :
       tx.exec_params("select d.id, array_to_string(g.path, ',') from devices d join groups g on "
                      "g.id = d.group_id where d.id = any($1::text[])",
                      array_literal(devices)))
    paths[core::DeviceId::trusted(row[0].as<std::string>())] = ids_of<core::GroupId>(row[1]);
  return paths;
}

// Each with the groups that its device is in, where it does not say its groups itself, and with what goes
// with its words when these are erased.
std::vector<LedgerEntry> completed(pqxx::work& tx, std::vector<LedgerEntry> entries) {
  const Paths paths = device_paths(tx, entries);
  for (LedgerEntry& entry : entries) {
    if (has_words(entry.detail)) entry.detail["salt"] = core::random_hex(kSaltBytes);
    if (!entry.device_id || entry.groups) continue;
    if (const auto path = paths.find(*entry.device_id); path != paths.end()) entry.groups = path->second;
  }
  return entries;
}

std::string groups_literal(const LedgerEntry& entry) {
  return array_literal(entry.groups.value_or(std::vector<core::GroupId>{}));
}

void insert(pqxx::work& tx, const Head& head, const std::string& line, const LedgerEntry& entry) {
  tx.exec_params(
      "insert into ledger (seq, line, hash, at, device_id, provisioning_id, idempotency_key, groups) values "
      "($1, $2, "
      "decode($3, "
      "'hex'), $4::timestamptz, nullif($5, ''), nullif($6, ''), nullif($7, ''), nullif($8::text[], '{}'))",
      head.seq, line, core::to_hex(head.hash), core::to_iso(entry.at),
      entry.device_id ? entry.device_id->str() : "",
      entry.provisioning_id ? entry.provisioning_id->str() : "", entry.idempotency_key,
      groups_literal(entry));
}

// By COPY, what `insert` does line by line.
Head copy(pqxx::work& tx, Head head, const std::vector<LedgerEntry>& entries) {
  pqxx::stream_to out(
      tx, "ledger",
      std::vector<std::string>{"seq", "line", "hash", "at", "device_id", "provisioning_id", "groups"});
  for (const auto& entry : entries) {
    const std::string line = canonical_line(head.seq + 1, entry);
    head = {head.seq + 1, chain_hash(head.hash, line)};
    const std::string groups = entry.groups && !entry.groups->empty() ? groups_literal(entry) : "";
    out << std::make_tuple(head.seq, line, "\\x" + core::to_hex(head.hash), core::to_iso(entry.at),
                           entry.device_id ? entry.device_id->str().c_str() : nullptr,
                           entry.provisioning_id ? entry.provisioning_id->str().c_str() : nullptr,
                           groups.empty() ? nullptr : groups.c_str());
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
bool columns_true(const pqxx::row& row, const contracts::Json& line) {
  return line.is_object() && line.value("seq", std::int64_t{0}) == row[0].as<std::int64_t>() &&
         line.value("deviceId", "") == text_or_empty(row[3]) &&
         line.value("provisioningId", "") == text_or_empty(row[5]) &&
         joined_groups(line) == text_or_empty(row[6]) && line.value("at", "") == row[4].as<std::string>();
}

// Redacted lines, each judged by the later line that vouches for it and all that it vouches for.
class Redactions {
 public:
  explicit Redactions(pqxx::work& tx) : tx_(tx) {}
  bool stands(std::int64_t seq, std::int64_t by) {
    if (by <= seq) return false;
    const auto known = judged_.find(by);
    if (known != judged_.end()) return known->second;
    return judged_.emplace(by, judge(by)).first->second;
  }

 private:
  bool judge(std::int64_t by) {
    std::vector<std::string> texts;
    for (const auto& row :
         tx_.exec_params("select line from ledger where ledger_redacted_by(line) = $1 order by seq", by))
      texts.push_back(row[0].as<std::string>());
    const auto line = tx_.exec_params("select line from ledger where seq = $1", by);
    return !line.empty() &&
           vouches(contracts::Json::parse(line[0][0].as<std::string>(), nullptr, false), texts);
  }
  pqxx::work& tx_;
  std::map<std::int64_t, bool> judged_;
};

std::vector<Line> lines_of(const pqxx::result& rows) {
  std::vector<Line> lines;
  for (const auto& row : rows)
    lines.push_back({row[0].as<std::int64_t>(), row[1].as<std::string>(), row[2].as<std::string>()});
  return lines;
}

}  // namespace

std::int64_t append(pqxx::work& tx, const std::vector<LedgerEntry>& entries) {
  Head head = lock_head(tx);
  for (const auto& entry : completed(tx, entries)) {
    if (known(tx, entry.idempotency_key)) continue;
    const std::string line = canonical_line(head.seq + 1, entry);
    head = {head.seq + 1, chain_hash(head.hash, line)};
    insert(tx, head, line, entry);
  }
  return write_head(tx, head);
}

std::int64_t append_blocks(pqxx::work& tx, const std::function<std::vector<LedgerEntry>()>& next) {
  Head head = lock_head(tx);
  for (auto entries = next(); !entries.empty(); entries = next())
    head = copy(tx, head, completed(tx, std::move(entries)));
  return write_head(tx, head);
}

std::vector<Line> of_device(pqxx::work& tx, const core::DeviceId& device,
                            std::optional<core::Timestamp> since,
                            const std::optional<core::ProvisioningId>& provisioning, std::int64_t before_seq,
                            int limit) {
  return lines_of(tx.exec_params(
      "select seq, line, encode(hash, 'hex') from ledger where device_id = $1 and ($2 = '' or at >= "
      "nullif($2, '')::timestamptz or provisioning_id = $3) and ($4 = 0 or seq < $4) order by seq desc "
      "limit $5",
      device.str(), since ? core::to_iso(*since) : "", provisioning ? provisioning->str() : "", before_seq,
      limit));
}

std::vector<Line> list(pqxx::work& tx, const User& reader, const Filter& filter) {
  // Of a device its reader sees what happened since it is theirs; of people, what they administer, and what
  // was asked of them and what they agreed to, whosever the device is by now.
  static const std::string kTheirs =
      "l.groups && $2::text[] and (((l.device_id is null or l.act like 'consent.%') and $3) or (d.group_id = "
      "any(array(select id from "
      "groups "
      "where path && $2::text[])) and (l.at >= d.provisioned_at or l.provisioning_id = d.provisioning_id)))";
  const std::vector<core::GroupId> nowhere;
  return lines_of(tx.exec_params(
      "select l.seq, l.line, encode(l.hash, 'hex') from ledger l left join devices d on d.id = l.device_id "
      "where ($1 or (" +
          kTheirs +
          ")) and ($4 = '' or l.groups @> array[$4]) and ($5 = '' or l.act = $5) and ($6 = '' or l.at >= "
          "nullif($6, '')::timestamptz) and ($7 = '' or l.at < nullif($7, '')::timestamptz) and ($8::bigint "
          "= 0 or l.seq < $8) and ($10 = '' or ledger_serial(l.line) = $10) and ($11 = '' or "
          "ledger_user(l.line) = $11) and (not $12 or l.groups && $13::text[]) order by l.seq desc limit $9",
      reader.is_operator(), array_literal(reader.group_ids), reader.may_administer(),
      filter.group ? filter.group->str() : "", filter.act, filter.from ? core::to_iso(*filter.from) : "",
      filter.to ? core::to_iso(*filter.to) : "", filter.before_seq, filter.limit, filter.serial,
      filter.person ? filter.person->str() : "", filter.person_sees.has_value(),
      array_literal(filter.person_sees.value_or(nowhere))));
}

Range range_of(pqxx::work& tx, const std::optional<core::Timestamp>& from,
               const std::optional<core::Timestamp>& to) {
  Range range;
  if (from)
    range.after_seq = tx.exec_params1(
                            "select coalesce((select min(seq) - 1 from ledger where at >= $1::timestamptz), "
                            "(select seq from ledger_head))",
                            core::to_iso(*from))[0]
                          .as<std::int64_t>();
  if (to)
    range.through_seq = tx.exec_params1("select coalesce(max(seq), 0) from ledger where at < $1::timestamptz",
                                        core::to_iso(*to))[0]
                            .as<std::int64_t>();
  return range;
}

std::vector<Line> in_range(pqxx::work& tx, const Range& range, int limit) {
  return lines_of(tx.exec_params(
      "select seq, line, encode(hash, 'hex') from ledger where seq > $1 and seq <= $2 order by seq limit $3",
      range.after_seq, range.through_seq, limit));
}

std::optional<std::string> find(pqxx::work& tx, const std::string& idempotency_key) {
  const auto rows = tx.exec_params("select line from ledger where idempotency_key = $1", idempotency_key);
  if (rows.empty()) return std::nullopt;
  return rows[0][0].as<std::string>();
}

bool is_last_of(pqxx::work& tx, const core::DeviceId& device, const std::string& idempotency_key) {
  const auto rows = tx.exec_params(
      "select idempotency_key from ledger where device_id = $1 order by seq desc limit 1", device.str());
  return !rows.empty() && text_or_empty(rows[0][0]) == idempotency_key;
}

Verdict verify(pqxx::work& tx, const Link& after, std::int64_t most) {
  tx.exec("set transaction isolation level repeatable read, read only");
  const Head end = head_of(tx.exec1("select seq, encode(hash, 'hex') from ledger_head"));
  Link at = after;
  Redactions redactions(tx);
  while (at.seq < end.seq) {
    if (at.seq - after.seq >= most) return {end.seq, std::nullopt, at};
    const auto rows = tx.exec_params("select seq, line, encode(hash, 'hex'), device_id, " TURNKEY_ISO("at") ", provisioning_id, "
                                     "array_to_string(groups, ',') from ledger "
                                     "where seq > $1 order by seq limit $2",
                                     at.seq, std::min(kVerifyChunk, after.seq + most - at.seq));
    if (rows.empty()) return {end.seq, at.seq + 1, std::nullopt};
    for (const auto& row : rows) {
      const auto stored = core::from_hex(row[2].as<std::string>()).value_or("");
      const auto line = contracts::Json::parse(row[1].as<std::string>(), nullptr, false);
      const auto by = redacted_by(line);
      const std::string hash = by ? stored : chain_hash(at.hash, row[1].as<std::string>());
      const bool right = row[0].as<std::int64_t>() == at.seq + 1 && stored == hash &&
                         columns_true(row, line) && (!by || redactions.stands(at.seq + 1, *by));
      if (!right) return {end.seq, at.seq + 1, std::nullopt};
      at = {at.seq + 1, hash};
    }
  }
  if (at.hash != end.hash || at.seq != end.seq) return {end.seq, at.seq, std::nullopt};
  return {end.seq, std::nullopt, std::nullopt};
}

}  // namespace turnkey::registry::pg_ledger
