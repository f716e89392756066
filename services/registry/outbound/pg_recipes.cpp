// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_recipes.hpp"

#include <pqxx/result>
#include <stdexcept>

namespace turnkey::registry::pg_recipes {
namespace {

const std::string kSelect =
    "select r.id, v.version, v.definition from recipes r join recipe_versions v on v.recipe_id = r.id ";

Recipe recipe_of(const pqxx::row& row) {
  auto recipe = read_recipe(contracts::Json::parse(row[2].as<std::string>()));
  if (!recipe)
    throw std::runtime_error("the database holds a recipe that cannot be read: " + recipe.error().message);
  recipe->id = core::RecipeId::trusted(row[0].as<std::string>());
  recipe->version = row[1].as<int>();
  return *recipe;
}

}  // namespace

void lock(pqxx::work& tx) { tx.exec("select pg_advisory_xact_lock(hashtext('recipes'))"); }

std::vector<Recipe> all(pqxx::work& tx) {
  std::vector<Recipe> recipes;
  for (const auto& row : tx.exec(kSelect + "where v.version = r.version order by lower(r.name)"))
    recipes.push_back(recipe_of(row));
  return recipes;
}

std::optional<Recipe> find(pqxx::work& tx, const core::RecipeId& id) {
  const auto rows = tx.exec_params(kSelect + "where r.id = $1 and v.version = r.version", id.str());
  if (rows.empty()) return std::nullopt;
  return recipe_of(rows[0]);
}

Recipe get(pqxx::work& tx, const core::RecipeId& id, int version) {
  return recipe_of(tx.exec_params1(kSelect + "where r.id = $1 and v.version = $2", id.str(), version));
}

bool name_taken(pqxx::work& tx, const std::string& name, const core::RecipeId& by_other_than) {
  return !tx.exec_params("select from recipes where lower(name) = lower($1) and id <> $2", name,
                         by_other_than.str())
              .empty();
}

void insert(pqxx::work& tx, const Recipe& recipe, core::Timestamp now) {
  tx.exec_params("insert into recipes (id, name, version, created_at) values ($1, $2, 0, $3::timestamptz)",
                 recipe.id.str(), recipe.name, core::to_iso(now));
  add_version(tx, recipe);
}

void add_version(pqxx::work& tx, const Recipe& recipe) {
  tx.exec_params("update recipes set name = $2, version = $3 where id = $1", recipe.id.str(), recipe.name,
                 recipe.version);
  tx.exec_params("insert into recipe_versions (recipe_id, version, definition) values ($1, $2, $3::jsonb)",
                 recipe.id.str(), recipe.version, to_json(recipe).dump());
}

}  // namespace turnkey::registry::pg_recipes
