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

// How many devices this request brought to the newest version, in whichever run: page by page, each in a
// transaction of its own. `unavailable` when the time was not enough for all of them: the same request again
// goes on.
core::Result<std::int64_t> roll_out_recipe(const Context& context, const Rollout& wanted);

}  // namespace turnkey::registry
