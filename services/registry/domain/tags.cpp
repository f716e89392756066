// SPDX-License-Identifier: Apache-2.0
#include "domain/tags.hpp"

namespace turnkey::registry {

Tags read_tags(const contracts::Json& object, const std::string& field, contracts::ObjectReader& in) {
  Tags tags;
  if (object.size() > kMaxTags) {
    in.wrong(field, "too_long", "at most 64 tags are allowed");
    return tags;
  }
  contracts::ObjectReader values(object, field);
  for (const auto& [key, value] : object.items()) {
    if (key.empty() || key.size() > kMaxTagKey) {
      in.wrong(field, "bad_name", "a tag's key has 1 to 64 characters");
      continue;
    }
    tags[key] = values.text(key.c_str(), 0, kMaxTagValue);
  }
  for (auto& error : values.take_errors()) in.wrong(error.field, error.code, error.message);
  return tags;
}

contracts::Json to_json(const Tags& tags) {
  contracts::Json json = contracts::Json::object();
  for (const auto& [key, value] : tags) json[key] = value;
  return json;
}

Tags tags_from_own_json(const std::string& text) { return contracts::Json::parse(text).get<Tags>(); }

}  // namespace turnkey::registry
