// SPDX-License-Identifier: Apache-2.0
// Strong types for identifiers, so that a user's id cannot be passed where a device's is meant.
// Every id is 24 lower-case hex characters (96 random bits); `parse` is the only way in for foreign text.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace turnkey::core {

bool is_hex_id(std::string_view text);  // 24 characters of [0-9a-f]
std::string random_hex_id();

template <typename Tag>
class Id {
 public:
  Id() = default;  // the empty id; equal to no id of a stored thing
  static std::optional<Id> parse(std::string_view text) {
    if (!is_hex_id(text)) return std::nullopt;
    return Id(std::string(text));
  }
  static Id random() { return Id(random_hex_id()); }
  // For text that this installation wrote itself (its own database, its own messages).
  static Id trusted(std::string text) { return Id(std::move(text)); }

  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const Id&) const = default;

 private:
  explicit Id(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

using DeviceId = Id<struct DeviceTag>;
using GroupId = Id<struct GroupTag>;
using UserId = Id<struct UserTag>;
using RecipeId = Id<struct RecipeTag>;
using ProvisioningId = Id<struct ProvisioningTag>;
using BatchId = Id<struct BatchTag>;
using IntegrationId = Id<struct IntegrationTag>;

}  // namespace turnkey::core

template <typename Tag>
struct std::hash<turnkey::core::Id<Tag>> {
  std::size_t operator()(const turnkey::core::Id<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.str());
  }
};
