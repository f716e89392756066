// SPDX-License-Identifier: Apache-2.0
// Recipes of any JSON, as an operator sends them, and pictures of models by their bytes. What is accepted is
// accepted again as the system writes it.
#include "domain/recipe.hpp"

#include "domain/picture.hpp"
#include "fuzz.hpp"

namespace {

using turnkey::contracts::Json;
using turnkey::fuzz::must;
namespace registry = turnkey::registry;

Json written(const registry::Recipe& recipe) {
  Json json = to_json(recipe);
  for (const char* given_by_us : {"id", "version"}) json.erase(given_by_us);
  return json;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = turnkey::fuzz::text_of(data, size);
  (void)registry::picture_type(text);
  const auto [first, second] = turnkey::fuzz::halves(text);
  const auto json = turnkey::contracts::parse_json(first);
  if (!json) return 0;
  const auto recipe = registry::read_recipe(*json);
  if (!recipe) return 0;
  const auto again = registry::read_recipe(written(*recipe));
  must(again.has_value() && written(*again) == written(*recipe));
  const auto patch = turnkey::contracts::parse_json(second);
  if (!patch) return 0;
  const auto changed = registry::patched(*recipe, *patch);
  if (changed) must(registry::read_recipe(written(*changed)).has_value());
  return 0;
}
