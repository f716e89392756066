// SPDX-License-Identifier: Apache-2.0
// Bringing a recipe's newest version to the devices that were made with an older one: they take its
// attributes, policies, register attribute and commands; their tags and names stay. Operators only.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "usecases/context.hpp"

namespace turnkey::registry {

struct Rollout {
  core::UserId actor;
  core::RecipeId recipe_id;
  std::string idempotency_key;
  std::chrono::steady_clock::time_point deadline;  // who asks does not wait longer
};

struct RolledOut {
  std::int64_t devices = 0;  // that this request brought to the newest version, in whichever run
  bool more = false;         // the time was not enough for all: the same request again goes on
};
// Page by page, each in a transaction of its own. The line of the ledger comes with the last one.
core::Result<RolledOut> roll_out_recipe(const Context& context, const Rollout& wanted);

}  // namespace turnkey::registry
