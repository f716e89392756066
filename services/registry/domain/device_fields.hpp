// SPDX-License-Identifier: Apache-2.0
// What a device's owner may call it, where it may be and which model it may be: one rule for the hand-over
// and for later changes. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "domain/device.hpp"
#include "domain/recipe.hpp"

namespace turnkey::registry {

void check_name(const std::string& name, std::vector<core::FieldError>& errors);
// `group` is what the text `given` names, if anything.
void check_group(const std::optional<Group>& group, const std::string& given, const User& actor,
                 std::vector<core::FieldError>& errors);
void check_model(const std::string& model, const std::vector<Model>& models,
                 std::vector<core::FieldError>& errors);

}  // namespace turnkey::registry
