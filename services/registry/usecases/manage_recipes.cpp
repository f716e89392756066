// SPDX-License-Identifier: Apache-2.0
#include "usecases/manage_recipes.hpp"

#include "outbound/pg_ledger.hpp"
#include "outbound/pg_recipes.hpp"

namespace turnkey::registry {
namespace {

void write_line(pqxx::work& tx, const User& actor, std::string act, const Recipe& recipe,
                core::Timestamp now) {
  LedgerEntry entry;
  entry.act = std::move(act);
  entry.at = now;
  entry.user_id = actor.id;
  entry.detail = {{"recipeId", recipe.id.str()}, {"name", recipe.name}, {"version", recipe.version}};
  pg_ledger::append(tx, {entry});
}

core::Result<User> load_operator(pqxx::work& tx, const core::UserId& id) {
  auto actor = load_actor(tx, id);
  if (actor && !actor->is_operator()) return core::not_found();
  return actor;
}

core::Error name_taken() {
  return core::invalid("A recipe with this name exists.",
                       {{"name", "taken", "a recipe with this name exists"}});
}

}  // namespace

core::Result<std::vector<Recipe>> list_recipes(const Context& context, const core::UserId& actor_id) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<std::vector<Recipe>> {
    const auto actor = load_operator(tx, actor_id);
    if (!actor) return actor.error();
    return pg_recipes::all(tx);
  });
}

core::Result<Recipe> get_recipe(const Context& context, const core::UserId& actor_id,
                                const core::RecipeId& id) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<Recipe> {
    const auto actor = load_operator(tx, actor_id);
    if (!actor) return actor.error();
    auto recipe = pg_recipes::find(tx, id);
    if (!recipe) return core::not_found();
    return *recipe;
  });
}

core::Result<Recipe> create_recipe(const Context& context, const core::UserId& actor_id, Recipe recipe) {
  recipe.id = core::RecipeId::random();
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<Recipe> {
    const auto actor = load_operator(tx, actor_id);
    if (!actor) return actor.error();
    pg_recipes::lock(tx);
    if (pg_recipes::name_taken(tx, recipe.name, recipe.id)) return name_taken();
    pg_recipes::insert(tx, recipe, context.clock.now());
    write_line(tx, *actor, "recipe.created", recipe, context.clock.now());
    return recipe;
  });
}

Recipe save_version(pqxx::work& tx, const User& actor, const Recipe& before, Recipe recipe,
                    core::Timestamp now) {
  recipe.id = before.id;
  if (to_json(recipe) == to_json(before)) return before;
  recipe.version = before.version + 1;
  pg_recipes::add_version(tx, recipe);
  write_line(tx, actor, "recipe.changed", recipe, now);
  return recipe;
}

core::Result<Recipe> update_recipe(const Context& context, const core::UserId& actor_id,
                                   const core::RecipeId& id, const contracts::Json& patch) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<Recipe> {
    const auto actor = load_operator(tx, actor_id);
    if (!actor) return actor.error();
    pg_recipes::lock(tx);
    const auto before = pg_recipes::find(tx, id);
    if (!before) return core::not_found();
    auto recipe = patched(*before, patch);
    if (!recipe) return recipe.error();
    if (pg_recipes::name_taken(tx, recipe->name, id)) return name_taken();
    return save_version(tx, *actor, *before, std::move(*recipe), context.clock.now());
  });
}

core::Result<std::vector<Model>> list_models(const Context& context, const core::UserId& actor_id,
                                             const core::RecipeId& id) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<std::vector<Model>> {
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    const auto recipe = pg_recipes::find(tx, id);
    if (!recipe || !actor->may_provision()) return core::not_found();
    return recipe->models;
  });
}

}  // namespace turnkey::registry
