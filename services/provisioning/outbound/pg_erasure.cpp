// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_erasure.hpp"

namespace turnkey::provisioning {
namespace {

struct Held {
  const char* table;
  const char* whose;  // $1: users, $2: groups
};

// In the order in which they may go.
constexpr Held kHeld[] = {
    {"presses",
     "provisioning_id in (select id from provisionings where user_id = any($1::text[]) or wish_group_id = "
     "any($2::text[]))"},
    {"provisionings", "(user_id = any($1::text[]) or wish_group_id = any($2::text[]))"},
    {"failed_scans", "user_id = any($1::text[]) and $2::text[] is not null"},
};

template <typename Id>
std::string literal(const std::vector<Id>& ids) {  // ids are hex: nothing to escape
  std::string text = "{";
  for (const auto& id : ids) text += (text.size() > 1 ? "," : "") + id.str();
  return text + "}";
}

}  // namespace

Counts PgErasure::count(const Erasure& erasure) {
  return pool_.transaction([&](pqxx::work& tx) {
    Counts counts;
    for (const Held& held : kHeld)
      counts[held.table] =
          tx.exec_params1(std::string("select count(*) from ") + held.table + " where " + held.whose,
                          literal(erasure.users), literal(erasure.groups))[0]
              .as<std::int64_t>();
    return counts;
  });
}

std::int64_t PgErasure::open_windows(const Erasure& erasure) {
  return pool_.transaction([&](pqxx::work& tx) {
    return tx
        .exec_params1(
            "select count(*) from provisionings where state in ('waiting', 'proven') and (user_id = "
            "any($1::text[]) or wish_group_id = any($2::text[]))",
            literal(erasure.users), literal(erasure.groups))[0]
        .as<std::int64_t>();
  });
}

Counts PgErasure::remove(const Erasure& erasure) {
  return pool_.transaction([&](pqxx::work& tx) {
    Counts counts;
    for (const Held& held : kHeld)
      counts[held.table] = static_cast<std::int64_t>(
          tx.exec_params(std::string("delete from ") + held.table + " where " + held.whose,
                         literal(erasure.users), literal(erasure.groups))
              .affected_rows());
    return counts;
  });
}

}  // namespace turnkey::provisioning
