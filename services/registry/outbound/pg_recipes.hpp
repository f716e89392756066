// SPDX-License-Identifier: Apache-2.0
// Recipes and their versions in PostgreSQL. Every function works in the caller's transaction.
#pragma once

#include <optional>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "domain/recipe.hpp"

namespace turnkey::registry::pg_recipes {

// Held until the end of the transaction: one change of recipes at a time.
void lock(pqxx::work& tx);
std::vector<Recipe> all(pqxx::work& tx);                               // newest versions, by name
std::optional<Recipe> find(pqxx::work& tx, const core::RecipeId& id);  // newest version
Recipe get(pqxx::work& tx, const core::RecipeId& id, int version);     // one that a device was made with
bool name_taken(pqxx::work& tx, const std::string& name, const core::RecipeId& by_other_than);
void insert(pqxx::work& tx, const Recipe& recipe, core::Timestamp now);
void add_version(pqxx::work& tx, const Recipe& recipe);  // `version` is the new one

}  // namespace turnkey::registry::pg_recipes
