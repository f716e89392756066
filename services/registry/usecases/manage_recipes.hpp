// SPDX-License-Identifier: Apache-2.0
// Recipes: made and edited by operators, read by whoever needs their models and attributes.
#pragma once

#include <vector>

#include "domain/recipe.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

core::Result<std::vector<Recipe>> list_recipes(const Context& context,
                                               const core::UserId& actor);  // operators
core::Result<Recipe> get_recipe(const Context& context, const core::UserId& actor, const core::RecipeId& id);
core::Result<Recipe> create_recipe(const Context& context, const core::UserId& actor, Recipe recipe);
// Makes a new version when something changes; devices that exist keep theirs. `patch` as of `patched`.
core::Result<Recipe> update_recipe(const Context& context, const core::UserId& actor,
                                   const core::RecipeId& id, const contracts::Json& patch);
// The recipe as the newest version, when it is another than `before`. Under the lock of recipes.
Recipe save_version(pqxx::work& tx, const User& actor, const Recipe& before, Recipe recipe,
                    core::Timestamp now);
// For everybody who may provision: the table of the form.
core::Result<std::vector<Model>> list_models(const Context& context, const core::UserId& actor,
                                             const core::RecipeId& id);

}  // namespace turnkey::registry
