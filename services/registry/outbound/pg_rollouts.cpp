// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_rollouts.hpp"

#include <pqxx/result>

namespace turnkey::registry::pg_rollouts {

std::int64_t add(pqxx::work& tx, const std::string& request_key, const core::RecipeId& recipe,
                 std::size_t devices, core::Timestamp now) {
  return tx
      .exec_params1(
          "insert into rollouts (request_key, recipe_id, devices, updated_at) values ($1, $2, $3, "
          "$4::timestamptz) on conflict (request_key) do update set devices = rollouts.devices + "
          "excluded.devices, updated_at = excluded.updated_at returning devices",
          request_key, recipe.str(), devices, core::to_iso(now))[0]
      .as<std::int64_t>();
}

void sweep(pqxx::work& tx, core::Timestamp before) {
  tx.exec_params("delete from rollouts where updated_at < $1::timestamptz", core::to_iso(before));
}

}  // namespace turnkey::registry::pg_rollouts
