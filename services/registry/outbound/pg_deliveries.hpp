// SPDX-License-Identifier: Apache-2.0
// Webhook deliveries that wait, in PostgreSQL. Replicas share them by leases: a taken one is its taker's
// until the lease is over. Every function works in the caller's transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/time.hpp"

namespace turnkey::registry::pg_deliveries {

struct Due {
  std::int64_t id = 0;
  core::IntegrationId integration;
  std::string event_id;
  std::string body;
  core::Timestamp created_at;
  int attempts = 0;           // that failed
  int receiver_failures = 0;  // of this integration, in a row
  std::string url;
  std::string secret_sealed;
};
// The one that is due longest, of an integration that is not paused and has fewer than `kAtOnce` under way.
inline constexpr int kAtOnce = 2;
std::optional<Due> take(pqxx::work& tx, core::Timestamp now, core::Timestamp leased_until);

// What became of it. Nothing happens when the integration or the delivery is gone meanwhile.
void delivered(pqxx::work& tx, const Due& due);
struct Failure {
  std::string error;                                 // a sentence
  std::optional<core::Timestamp> next_attempt_at{};  // nothing: given up
  core::Timestamp receiver_paused_until{};
};
void failed(pqxx::work& tx, const Due& due, const Failure& failure, core::Timestamp now);

// Newest first.
struct Shown {
  std::int64_t id = 0;
  std::string event_id;
  std::string type;
  std::string serial;
  core::Timestamp created_at{};
  int attempts = 0;
  std::optional<core::Timestamp> last_attempt_at{};
  std::optional<core::Timestamp> next_attempt_at{};
  std::string last_error;
};
std::vector<Shown> list(pqxx::work& tx, const core::IntegrationId& integration, std::int64_t before,
                        int limit);

// Gives up what is older than `given_up_before`, for topics too, and forgets what is older than
// `forgotten_before`. How many deliveries were given up.
int sweep(pqxx::work& tx, core::Timestamp given_up_before, core::Timestamp forgotten_before);
int waiting(pqxx::work& tx);

}  // namespace turnkey::registry::pg_deliveries
