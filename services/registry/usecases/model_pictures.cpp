// SPDX-License-Identifier: Apache-2.0
#include "usecases/model_pictures.hpp"

#include <algorithm>

#include "core/hash.hpp"
#include "outbound/pg_pictures.hpp"
#include "outbound/pg_recipes.hpp"
#include "usecases/manage_recipes.hpp"

namespace turnkey::registry {
namespace {

core::Result<core::Done> check(const Picture& picture) {
  if (picture_type(picture.bytes) == picture.content_type) return core::Done{};
  core::Error error = core::invalid("A picture in PNG, JPEG or WebP is needed, named as what it is.");
  error.detail = "unsupported_media_type";
  return error;
}

}  // namespace

core::Result<Model> set_model_picture(const Context& context, const PictureOfModel& wanted) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<Model> {
    const auto actor = load_actor(tx, wanted.actor);
    if (!actor) return actor.error();
    pg_recipes::lock(tx);
    const auto before = pg_recipes::find(tx, wanted.recipe_id);
    if (!before || !actor->is_operator()) return core::not_found();
    Recipe recipe = *before;
    const auto model = std::find_if(recipe.models.begin(), recipe.models.end(),
                                    [&](const Model& one) { return one.key == wanted.model_key; });
    if (model == recipe.models.end()) return core::not_found();
    const auto right = check(wanted.picture);
    if (!right) return right.error();
    const core::Timestamp now = context.clock.now();
    const std::string hash = core::sha256_hex(wanted.picture.bytes);
    pg_pictures::save(tx, hash, wanted.picture, now);
    model->picture_url = "/api/pictures/" + hash;
    const Model changed = *model;
    save_version(tx, *actor, *before, std::move(recipe), now);
    return changed;
  });
}

core::Result<Picture> get_picture(const Context& context, const core::UserId& actor_id,
                                  const std::string& sha256_hex) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<Picture> {
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    auto picture = pg_pictures::find(tx, sha256_hex);
    if (!picture) return core::not_found();
    return std::move(*picture);
  });
}

}  // namespace turnkey::registry
