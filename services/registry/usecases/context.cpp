// SPDX-License-Identifier: Apache-2.0
#include "usecases/context.hpp"

#include "outbound/pg_people.hpp"

namespace turnkey::registry {

core::Result<User> load_actor(pqxx::work& tx, const core::UserId& id) {
  auto user = pg_people::find(tx, id);
  if (!user) return core::unauthorized();
  return *user;
}

}  // namespace turnkey::registry
