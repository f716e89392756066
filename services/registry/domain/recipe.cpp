// SPDX-License-Identifier: Apache-2.0
#include "domain/recipe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/serial.hpp"
#include "domain/tags.hpp"

namespace turnkey::registry {
namespace {

using contracts::Json;
using contracts::ObjectReader;

constexpr std::size_t kMaxAttributes = 500;
constexpr std::size_t kMaxModels = 200;
constexpr std::size_t kMaxCommands = 32;

std::string one_of(ObjectReader& in, const char* name, std::initializer_list<std::string_view> allowed,
                   std::string fallback) {
  const auto given = in.optional_text(name, 1, 32);
  if (!given) return fallback;
  if (std::find(allowed.begin(), allowed.end(), *given) != allowed.end()) return *given;
  in.wrong(name, "unknown", fmt::format("one of {} is needed", fmt::join(allowed, ", ")));
  return fallback;
}

void take_over(ObjectReader& in, ObjectReader& part) {
  for (auto& error : part.take_errors()) in.wrong(error.field, error.code, error.message);
}

// Reads a list of objects; an entry whose `key` came before is an error.
template <typename Entry, typename Read>
std::vector<Entry> read_list(ObjectReader& in, const char* name, std::size_t max, const char* key,
                             Read read) {
  std::vector<Entry> entries;
  std::set<std::string> seen;
  const Json* list = in.optional_array(name, max);
  if (list == nullptr) return entries;
  for (std::size_t i = 0; i < list->size(); ++i) {
    ObjectReader part((*list)[i], fmt::format("{}.{}", name, i));
    entries.push_back(read(part));
    const std::string id = part.present(key) ? part.text(key) : std::string();
    if (!id.empty() && !seen.insert(id).second) part.wrong(key, "repeated", "it is in the list already");
    take_over(in, part);
  }
  return entries;
}

Model read_model(ObjectReader& in) {
  in.allow_only({"key", "title", "pictureUrl"});
  Model model{in.text("key", 1, 64), in.text("title", 1, 255),
              in.optional_text("pictureUrl", 0, 500).value_or("")};
  const auto& url = model.picture_url;
  // Pages load pictures from their own host only (CSP), so nothing else can be meant.
  if (!url.empty() && (url[0] != '/' || url.starts_with("//")))
    in.wrong("pictureUrl", "malformed", "a path such as /pictures/a.svg is needed");
  return model;
}

CommandOffer read_command(ObjectReader& in) {
  in.allow_only({"name", "title", "confirm"});
  CommandOffer command;
  command.name = in.text("name", 1, 255);
  command.title = in.optional_text("title", 0, 255).value_or(command.name);
  command.confirm = in.optional_boolean("confirm").value_or(false);
  return command;
}

contracts::Attributes read_attributes(ObjectReader& in) {
  contracts::Attributes attributes;
  std::set<std::string> seen;
  const Json* list = in.array("attributes", kMaxAttributes);
  if (list == nullptr) return attributes;
  std::vector<core::FieldError> errors;
  for (std::size_t i = 0; i < list->size(); ++i) {
    auto attribute = contracts::read_attribute((*list)[i], fmt::format("attributes.{}", i), errors);
    if (!attribute) continue;
    if (!seen.insert(attribute->name).second)
      errors.push_back({fmt::format("attributes.{}.name", i), "repeated", "it is in the list already"});
    attributes.push_back(std::move(*attribute));
  }
  for (auto& error : errors) in.wrong(error.field, error.code, error.message);
  return attributes;
}

void check_prefix(ObjectReader& in, const std::string& prefix) {
  try {
    (void)core::make_serial(prefix);
  } catch (const std::invalid_argument&) {
    in.wrong("serialPrefix", "malformed", "1 to 8 of 0-9 and A-Z without I, L, O and U are needed");
  }
}

}  // namespace

const Model* Recipe::model(const std::string& key) const {
  const auto it =
      std::find_if(models.begin(), models.end(), [&](const Model& one) { return one.key == key; });
  return it == models.end() ? nullptr : &*it;
}

bool Recipe::transferable(bool owned, bool was_owned, bool consented) const {
  if (transfer_policy == "never") return !was_owned;
  return transfer_policy == "presence" || !owned || consented;
}

core::Result<Recipe> read_recipe(const Json& json) {
  ObjectReader in(json);
  in.allow_only({"id", "name", "attributes", "tags", "presencePolicy", "transferPolicy", "window_s",
                 "burstPause_ms", "blinkCheck", "registerAttribute", "serialPrefix", "checkedSerials",
                 "models", "commands"});
  Recipe recipe;
  recipe.name = in.text("name", 1, 255);
  recipe.attributes = read_attributes(in);
  if (const Json* tags = in.optional_object("tags")) recipe.tags = read_tags(*tags, "tags", in);
  recipe.presence_policy = one_of(in, "presencePolicy", {"press", "pattern", "none"}, recipe.presence_policy);
  recipe.transfer_policy =
      one_of(in, "transferPolicy", {"presence", "consent", "never"}, recipe.transfer_policy);
  recipe.window = std::chrono::seconds(in.optional_integer("window_s", 30, 3600).value_or(300));
  recipe.burst_pause =
      std::chrono::milliseconds(in.optional_integer("burstPause_ms", 500, 10'000).value_or(2500));
  recipe.blink_check = in.optional_boolean("blinkCheck").value_or(false);
  recipe.register_attribute =
      in.optional_text("registerAttribute", 1, 255).value_or(recipe.register_attribute);
  if (!contracts::is_attribute_name(recipe.register_attribute))
    in.wrong("registerAttribute", "bad_name", "only letters, digits, - and _ are allowed");
  recipe.serial_prefix = in.optional_text("serialPrefix", 1, 8).value_or(recipe.serial_prefix);
  check_prefix(in, recipe.serial_prefix);
  recipe.checked_serials = in.optional_boolean("checkedSerials").value_or(false);
  recipe.models = read_list<Model>(in, "models", kMaxModels, "key", read_model);
  recipe.commands = read_list<CommandOffer>(in, "commands", kMaxCommands, "name", read_command);
  if (!in.ok()) return in.error();
  return recipe;
}

core::Result<Recipe> patched(const Recipe& recipe, const Json& patch) {
  Json whole = to_json(recipe);
  for (const auto& [name, value] : patch.items()) {
    if (value.is_null()) {
      whole.erase(name);
    } else {
      whole[name] = value;
    }
  }
  return read_recipe(whole);
}

Json to_json(const std::vector<Model>& models) {
  Json list = Json::array();
  for (const auto& model : models) {
    list.push_back({{"key", model.key},
                    {"title", model.title},
                    {"pictureUrl", model.picture_url.empty() ? Json(nullptr) : Json(model.picture_url)}});
  }
  return list;
}

Json to_json(const std::vector<CommandOffer>& commands) {
  Json list = Json::array();
  for (const auto& command : commands)
    list.push_back({{"name", command.name}, {"title", command.title}, {"confirm", command.confirm}});
  return list;
}

Json to_json(const Recipe& recipe) {
  return {{"id", recipe.id.str()},
          {"name", recipe.name},
          {"attributes", contracts::to_json(recipe.attributes)},
          {"tags", to_json(recipe.tags)},
          {"presencePolicy", recipe.presence_policy},
          {"transferPolicy", recipe.transfer_policy},
          {"window_s", recipe.window.count()},
          {"burstPause_ms", recipe.burst_pause.count()},
          {"blinkCheck", recipe.blink_check},
          {"registerAttribute", recipe.register_attribute},
          {"serialPrefix", recipe.serial_prefix},
          {"checkedSerials", recipe.checked_serials},
          {"models", to_json(recipe.models)},
          {"commands", to_json(recipe.commands)}};
}

}  // namespace turnkey::registry
