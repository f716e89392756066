// SPDX-License-Identifier: Apache-2.0
// A recipe: the template that devices are made from. Read strictly from what an operator sends; kept as the
// same JSON in the database, one row a version. Pure.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "contracts/attribute.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "domain/user.hpp"

namespace turnkey::registry {

struct Model {
  std::string key;
  std::string title;
  std::string picture_url{};  // a path on the installation's own host; "" = none
};

struct CommandOffer {  // a button on the dashboard
  std::string name;
  std::string title;
  bool confirm = false;  // ask before sending
};

struct Recipe {
  core::RecipeId id;
  int version = 1;
  std::string name;
  contracts::Attributes attributes{};
  Tags tags{};                                  // defaults for devices
  std::string presence_policy = "press";        // press pattern none
  std::string transfer_policy = "presence";     // presence consent never
  std::chrono::seconds window{300};             // 30 s .. 1 h
  std::chrono::milliseconds burst_pause{2500};  // 0.5 s .. 10 s: a pause this long ends a burst of presses
  bool blink_check = false;  // devices have a light that blinks on the command `identify`, to be counted
  std::string register_attribute = "register_button";
  std::string serial_prefix = "GEN";  // of generated serials
  bool checked_serials = false;       // serials with this prefix carry check characters
  std::vector<Model> models{};
  std::vector<CommandOffer> commands{};

  const Model* model(const std::string& key) const;
  // May somebody take such a device by a provisioning? `owned`: it belongs to somebody now; `was_owned`: it
  // ever did; `consented`: who has it now has said yes to them.
  bool transferable(bool owned, bool was_owned, bool consented = false) const;
};

// `invalid` with every wrong field. `id` and `version` are not read.
core::Result<Recipe> read_recipe(const contracts::Json& json);
// The recipe with the fields of a merge patch (RFC 7396, on the top level): those that are given take the
// place of its own as a whole, null brings the default back. `invalid` as above.
core::Result<Recipe> patched(const Recipe& recipe, const contracts::Json& patch);
contracts::Json to_json(const Recipe& recipe);  // as HTTP shows it; read_recipe takes it back but for `id`
contracts::Json to_json(const std::vector<Model>& models);
contracts::Json to_json(const std::vector<CommandOffer>& commands);

}  // namespace turnkey::registry
