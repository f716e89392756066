// SPDX-License-Identifier: Apache-2.0
// What every use case works with. The registry's rules are mostly questions to its tables, so its use cases
// call the adapters in outbound/pg_* directly, within one transaction each: a port with one implementation
// would only repeat them.
#pragma once

#include <functional>
#include <pqxx/transaction>
#include <string>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "domain/user.hpp"
#include "pg/pool.hpp"

namespace turnkey::registry {

struct Context {
  pg::Pool& pool;
  const core::Clock& clock;
  std::function<void()> wake_relay;  // after a commit that wrote events
  std::string label_host;            // "turnkey.example" or "turnkey.example:8443": in the links of QR codes
};

// Who acts: `unauthorized` when that user is not there (any more).
core::Result<User> load_actor(pqxx::work& tx, const core::UserId& id);

// A transaction whose events are sent as soon as it is committed.
template <typename Body>
auto change(const Context& context, Body&& body) {
  auto result = context.pool.transaction(std::forward<Body>(body));
  context.wake_relay();
  return result;
}

}  // namespace turnkey::registry
