// SPDX-License-Identifier: Apache-2.0
#include "domain/user.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace turnkey::registry {
namespace {

constexpr std::array<std::pair<Role, std::string_view>, 4> kRoles = {{
    {Role::viewer, "viewer"},
    {Role::technician, "technician"},
    {Role::admin, "admin"},
    {Role::operator_, "operator"},
}};
constexpr std::size_t kShortestPassword = 10;  // characters; NIST SP 800-63B asks for 8 at least
constexpr std::size_t kLongestPassword = 256;  // bytes; bounds the hashing

}  // namespace

std::string_view to_string(Role role) {
  for (const auto& [value, name] : kRoles) {
    if (value == role) return name;
  }
  return "viewer";
}

std::optional<Role> role_from(std::string_view name) {
  for (const auto& [value, known] : kRoles) {
    if (known == name) return value;
  }
  return std::nullopt;
}

bool User::sees(const std::vector<core::GroupId>& path) const {
  if (is_operator()) return true;
  return std::any_of(path.begin(), path.end(), [this](const core::GroupId& group) {
    return std::find(group_ids.begin(), group_ids.end(), group) != group_ids.end();
  });
}

std::string normalised_email(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  std::string email(text);
  for (char& c : email) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return email;
}

void check_email(const std::string& email, std::vector<core::FieldError>& errors) {
  const auto at = email.find('@');
  const bool bad_character = std::any_of(
      email.begin(), email.end(), [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7F; });
  if (at == std::string::npos || at == 0 || at + 1 == email.size() || email.size() > 254 || bad_character ||
      email.find('@', at + 1) != std::string::npos) {
    errors.push_back({"email", "malformed", "an address such as name@company.example is needed"});
  }
}

void check_password(const std::string& password, std::vector<core::FieldError>& errors) {
  if (password.size() < kShortestPassword) {
    errors.push_back({"password", "too_short", "at least 10 characters are needed"});
  } else if (password.size() > kLongestPassword) {
    errors.push_back({"password", "too_long", "at most 256 characters are allowed"});
  }
}

}  // namespace turnkey::registry
