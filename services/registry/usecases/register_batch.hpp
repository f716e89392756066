// SPDX-License-Identifier: Apache-2.0
// Registering many devices at once: plan, then apply, all or nothing. Operators only.
#pragma once

#include <optional>
#include <string>

#include "usecases/context.hpp"

namespace turnkey::registry {

struct BatchRequest {
  core::UserId actor;
  core::RecipeId recipe_id;
  std::optional<std::string> csv{};  // this, or
  int count = 0;                     // so many generated serials
  bool dry_run = false;
  std::string idempotency_key{};
};

struct BatchAnswer {
  core::BatchId batch_id;  // empty for a dry run
  std::string csv;         // the input columns, device_id, access_key, access_secret, qr; "" for a dry run
  std::size_t devices = 0;
  std::size_t provisioned = 0;
};

// `invalid` names every wrong cell. The same key again within an hour, with the same input, gets new
// credentials for the devices of the first time (its reply may have been lost); later, or with another input,
// `conflict`.
core::Result<BatchAnswer> register_batch(const Context& context, const BatchRequest& request);

}  // namespace turnkey::registry
