// SPDX-License-Identifier: Apache-2.0
#include "usecases/read_ledger.hpp"

#include <algorithm>
#include <map>

#include "outbound/pg_groups.hpp"
#include "outbound/pg_people.hpp"
#include "usecases/user_rights.hpp"

namespace turnkey::registry {
namespace {

constexpr int kExportLines = 2000;
constexpr std::size_t kExportBytes = 2 * 1024 * 1024;  // of lines; a message of the bus is at most 4 MiB

core::Result<User> operator_of(pqxx::work& tx, const core::UserId& id) {
  auto actor = load_actor(tx, id);
  if (actor && !actor->is_operator()) return core::not_found();
  return actor;
}

std::vector<core::GroupId> groups_in(const contracts::Json& line) {
  std::vector<core::GroupId> groups;
  for (const auto& id : line.value("groups", std::vector<std::string>{}))
    groups.push_back(core::GroupId::trusted(id));
  return groups;
}

// Of somebody whom the reader may not know the lines are found no more than they are named. False: none are.
bool look_for_person(pqxx::work& tx, const User& reader, pg_ledger::Filter& filter) {
  if (!filter.person || reader.is_operator()) return true;
  const auto person = pg_people::find(tx, *filter.person);
  if (!person) return false;
  if (!person->is_operator()) filter.person_sees = person->group_ids;
  return true;
}

}  // namespace

core::Result<LedgerPage> list_ledger(const Context& context, const core::UserId& actor_id,
                                     pg_ledger::Filter filter) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<LedgerPage> {
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    if (filter.group) {
      const auto group = pg_groups::find(tx, *filter.group);
      if (!group || !actor->sees(group->path)) return core::not_found();
    }
    pg_ledger::Filter wanted = filter;
    ++wanted.limit;  // one more tells whether there is a next page
    if (!look_for_person(tx, *actor, wanted)) return LedgerPage{};
    auto lines = pg_ledger::list(tx, *actor, wanted);
    LedgerPage page;
    if (lines.size() > static_cast<std::size_t>(filter.limit)) {
      lines.pop_back();
      page.next_cursor = std::to_string(lines.back().seq);
    }
    std::map<std::string, std::optional<User>> people;
    for (auto& line : lines) {
      const auto json = contracts::Json::parse(line.line);
      const std::string user = json.value("userId", "");
      if (people.count(user) == 0) people[user] = pg_people::find(tx, core::UserId::trusted(user));
      page.items.push_back({std::move(line), named_to(*actor, groups_in(json), people[user])});
    }
    return page;
  });
}

core::Result<LedgerExport> export_ledger(const Context& context, const core::UserId& actor_id,
                                         const WantedExport& wanted) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<LedgerExport> {
    const auto actor = operator_of(tx, actor_id);
    if (!actor) return actor.error();
    auto range = pg_ledger::range_of(tx, wanted.from, wanted.to);
    range.after_seq = std::max(range.after_seq, wanted.range.after_seq);
    range.through_seq = std::min(range.through_seq, wanted.range.through_seq);
    LedgerExport page;
    page.through_seq = range.through_seq;
    std::size_t bytes = 0;
    const auto lines = pg_ledger::in_range(tx, range, kExportLines + 1);
    for (const auto& line : lines) {
      page.more = page.lines.size() == kExportLines || (bytes > 0 && bytes + line.line.size() > kExportBytes);
      if (page.more) break;
      bytes += line.line.size();
      page.lines.push_back(line);
    }
    return page;
  });
}

core::Result<pg_ledger::Verdict> verify_ledger(const Context& context, const core::UserId& actor_id,
                                               const pg_ledger::Link& after, std::int64_t most) {
  const auto allowed = context.pool.transaction([&](pqxx::work& tx) { return operator_of(tx, actor_id); });
  if (!allowed) return allowed.error();
  return context.pool.transaction([&](pqxx::work& tx) { return pg_ledger::verify(tx, after, most); });
}

}  // namespace turnkey::registry
