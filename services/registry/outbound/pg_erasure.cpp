// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_erasure.hpp"

#include "domain/ledger_words.hpp"
#include "outbound/pg_ledger.hpp"
#include "outbound/pg_text.hpp"

namespace turnkey::registry::pg_erasure {
namespace {

struct Held {
  const char* table;
  const char* whose;  // $1: the ids
};

constexpr Held kOfPeople[] = {
    {"sessions", "user_id = any($1::text[])"},
    {"api_tokens", "user_id = any($1::text[])"},
    {"one_time_links", "user_id = any($1::text[])"},
    {"passes", "user_id = any($1::text[])"},
    {"user_groups", "user_id = any($1::text[])"},
    {"consent_asks", "user_id = any($1::text[])"},
    {"consent_requests", "requester_id = any($1::text[])"},
    {"notice_reads", "user_id = any($1::text[])"},
    {"sign_in_failures", "email in (select email from users where id = any($1::text[]))"},
    {"users", "id = any($1::text[])"},
};

constexpr Held kOfGroups[] = {
    {"released_devices", "group_id = any($1::text[])"},
    {"notices", "group_id = any($1::text[])"},
    {"user_groups", "group_id = any($1::text[])"},
    {"integrations", "group_id = any($1::text[])"},
    {"groups", "id = any($1::text[])"},
};

template <std::size_t N>
Counts count(pqxx::work& tx, const Held (&held)[N], const std::string& ids) {
  Counts counts;
  for (const Held& one : held) {
    counts[one.table] =
        tx.exec_params1(std::string("select count(*) from ") + one.table + " where " + one.whose, ids)[0]
            .as<std::int64_t>();
  }
  return counts;
}

template <std::size_t N>
void remove(pqxx::work& tx, const Held (&held)[N], const std::string& ids) {
  for (const Held& one : held)
    tx.exec_params(std::string("delete from ") + one.table + " where " + one.whose, ids);
}

Users users_in(const pqxx::result& rows) {
  Users users;
  for (const auto& row : rows) users.push_back(core::UserId::trusted(row[0].as<std::string>()));
  return users;
}

// As domain/ledger_words has it: `name` and `group` of the detail. The rest is looked at there.
constexpr const char* kWithWords =
    " from ledger where groups && $1::text[] and ledger_redacted_by(line) is null and (line like "
    "'%\"name\":%' or "
    "line like '%\"group\":%')";

// Many lines in one statement: nobody else can write a line meanwhile.
constexpr std::size_t kLinesAtOnce = 2000;

void replace_lines(pqxx::work& tx, const contracts::Json& lines) {
  tx.exec_params(
      "update ledger l set line = x.t from jsonb_to_recordset($1::jsonb) as x (s bigint, t text) where l.seq "
      "= x.s",
      lines.dump());
}

// The texts that stay, in the order of their lines.
std::vector<std::string> take_words(pqxx::work& tx, const Groups& groups, std::int64_t by) {
  std::vector<std::string> texts;
  contracts::Json lines = contracts::Json::array();
  for (const auto& row : tx.exec_params(std::string("select seq, line") + kWithWords + " order by seq",
                                        array_literal(groups))) {
    auto text = without_words(row[1].as<std::string>(), by);
    if (!text) continue;
    lines.push_back({{"s", row[0].as<std::int64_t>()}, {"t", *text}});
    texts.push_back(std::move(*text));
    if (lines.size() < kLinesAtOnce) continue;
    replace_lines(tx, lines);
    lines.clear();
  }
  if (!lines.empty()) replace_lines(tx, lines);
  return texts;
}

}  // namespace

Users people_of(pqxx::work& tx, const Groups& groups) {
  return users_in(tx.exec_params(
      "select u.id from users u where u.role <> 'operator' and exists (select from user_groups g where "
      "g.user_id = "
      "u.id) and not exists (select from user_groups g where g.user_id = u.id and not g.group_id = "
      "any($1::text[])) order by u.id",
      array_literal(groups)));
}

Counts count_people(pqxx::work& tx, const Users& users) { return count(tx, kOfPeople, array_literal(users)); }
void remove_people(pqxx::work& tx, const Users& users) { remove(tx, kOfPeople, array_literal(users)); }

Counts count_groups(pqxx::work& tx, const Groups& groups) {
  return count(tx, kOfGroups, array_literal(groups));
}
void remove_groups(pqxx::work& tx, const Groups& groups) { remove(tx, kOfGroups, array_literal(groups)); }

Users members_of(pqxx::work& tx, const Groups& groups) {
  return users_in(tx.exec_params("select distinct user_id from user_groups where group_id = any($1::text[])",
                                 array_literal(groups)));
}

std::int64_t devices_in(pqxx::work& tx, const Groups& groups) {
  return tx
      .exec_params1("select count(*) from devices where group_id = any($1::text[])", array_literal(groups))[0]
      .as<std::int64_t>();
}

std::vector<Tenure> tenures(pqxx::work& tx, const Groups& groups) {
  std::vector<TenureLine> lines;
  for (const auto& row : tx.exec_params("select device_id, act, " TURNKEY_ISO(
                                            "at") ", coalesce(groups && $1::text[], false) from ledger where "
                                                  "device_id in (select device_id from ledger where groups "
                                                  "&& $1::text[]) and act like 'device.%' order "
                                                  "by device_id, seq",
                                        array_literal(groups)))
    lines.push_back({core::DeviceId::trusted(row[0].as<std::string>()), row[1].as<std::string>(),
                     time_of(row[2]), row[3].as<bool>()});
  return tenures_of(lines);
}

std::int64_t count_words(pqxx::work& tx, const Groups& groups) {
  return tx.exec_params1(std::string("select count(*)") + kWithWords, array_literal(groups))[0]
      .as<std::int64_t>();
}

Written append_without_words(pqxx::work& tx, const Groups& groups, LedgerEntry entry) {
  // From here on nobody writes a line before ours.
  const auto next = tx.exec1("select seq + 1 from ledger_head for update")[0].as<std::int64_t>();
  const auto texts = groups.empty() ? std::vector<std::string>{} : take_words(tx, groups, next);
  entry.detail["redacted"] = texts.size();
  entry.detail["digest"] = redaction_digest(texts);
  Written written{pg_ledger::append(tx, {entry}), {}};
  written.hash_hex = tx.exec_params1("select encode(hash, 'hex') from ledger where seq = $1", written.seq)[0]
                         .as<std::string>();
  return written;
}

}  // namespace turnkey::registry::pg_erasure
