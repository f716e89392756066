// SPDX-License-Identifier: Apache-2.0
// Pictures of models: put by operators, seen by everybody who is signed in.
#pragma once

#include <string>

#include "domain/picture.hpp"
#include "domain/recipe.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

struct PictureOfModel {
  core::UserId actor;
  core::RecipeId recipe_id;
  std::string model_key;
  Picture picture;
};

// The model with its picture, in a new version of the recipe. `not_found` for everybody but operators, and
// for a model that the recipe does not have; `invalid` (unsupported_media_type) when the bytes are not what
// they are said to be.
core::Result<Model> set_model_picture(const Context& context, const PictureOfModel& wanted);
core::Result<Picture> get_picture(const Context& context, const core::UserId& actor,
                                  const std::string& sha256_hex);

}  // namespace turnkey::registry
