// SPDX-License-Identifier: Apache-2.0
// Registering many devices at once: read and judged row by row, then made, all or nothing, in one
// transaction. Operators only. Nothing of it is in memory between two calls, and no more than a block of rows
// within one: replicas share everything through the database.
#pragma once

#include <optional>
#include <semaphore>
#include <string>
#include <vector>

#include "domain/batch_plan.hpp"
#include "usecases/batch_input.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

struct BatchRequest {
  core::UserId actor;
  core::RecipeId recipe_id;
  std::optional<Upload> upload{};  // this, or
  std::size_t count = 0;           // so many generated serials
  std::string request_id;          // of this request: the same one never makes or answers a batch twice
  bool dry_run = false;
  bool skip_bad = false;
  std::string idempotency_key;
};

struct BatchAnswer {
  enum class Outcome {
    planned,     // a dry run that would do
    refused,     // `errors` say why; nothing was written
    unchanged,   // nothing to make
    registered,  // the batch is there, and its answer in `pages` pages
  };
  Outcome outcome = Outcome::planned;
  PlanSummary plan{};
  std::vector<BatchColumns::Column> columns{};
  BatchErrors errors{};
  core::BatchId batch_id{};
  int pages = 0;
  std::string output_key{};  // 32 bytes, kept nowhere else
};

// Own connections with a longer time for a statement, and a bound on how many imports one process takes on.
struct Imports {
  static constexpr int kAtOnce = 2;
  explicit Imports(pg::PoolOptions options);
  pg::Pool pool;
  std::counting_semaphore<kAtOnce> places{kAtOnce};
};

// Thrown while the same request is at work on another replica, which answers it.
struct RunsElsewhere {};

// The same key again within an hour, with the same input, gets new credentials for the devices of the first
// time (its answer may have been lost); later, or with another input, `conflict` "idempotency_key_used"; for
// the same `request_id` `conflict` "answer_lost". `throttled` while others import. Throws RunsElsewhere.
core::Result<BatchAnswer> register_batch(const Context& context, Imports& imports,
                                         const BatchRequest& request);

}  // namespace turnkey::registry
