// SPDX-License-Identifier: Apache-2.0
#include "domain/device_fields.hpp"

#include <algorithm>

#include "domain/text.hpp"

namespace turnkey::registry {
namespace {

constexpr std::size_t kLongestName = 255;

}  // namespace

void check_name(const std::string& name, std::vector<core::FieldError>& errors) {
  if (name.find_first_not_of(" \t") == std::string::npos)
    errors.push_back({"name", "required", "a name is needed"});
  if (characters(name) > kLongestName)
    errors.push_back({"name", "too_long", "at most 255 characters are allowed"});
}

void check_group(const std::optional<Group>& group, const std::string& given, const User& actor,
                 std::vector<core::FieldError>& errors) {
  if (!group || !actor.sees(group->path)) {
    errors.push_back({"groupId", given.empty() ? "required" : "unknown", "choose one of your groups"});
  } else if (!group->leaf) {
    errors.push_back({"groupId", "not_a_leaf", "choose a group that has none below"});
  }
}

void check_model(const std::string& model, const std::vector<Model>& models,
                 std::vector<core::FieldError>& errors) {
  const bool known =
      std::any_of(models.begin(), models.end(), [&](const Model& one) { return one.key == model; });
  if (!known)
    errors.push_back({"model", model.empty() ? "required" : "unknown", "choose one of the supported models"});
}

}  // namespace turnkey::registry
