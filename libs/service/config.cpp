// SPDX-License-Identifier: Apache-2.0
#include "service/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "core/text.hpp"

namespace turnkey::service {
namespace {

// What examples, tutorials and tired people use.
constexpr std::array<std::string_view, 9> kExampleSecrets = {
    "changeme", "change-me", "change_me", "password", "secret", "example", "default", "turnkey", "12345"};
constexpr std::size_t kFewestCharacters = 4;  // different ones: "aaaaaaaaaaaaaaaa" is no secret
constexpr const char* kHowToMakeOne = "make one with: openssl rand -hex 32";

bool looks_like_example(std::string_view text) {
  std::string secret = core::ascii_lower(text);
  const bool listed = std::any_of(kExampleSecrets.begin(), kExampleSecrets.end(),
                                  [&](std::string_view example) { return secret.starts_with(example); });
  std::sort(secret.begin(), secret.end());
  secret.erase(std::unique(secret.begin(), secret.end()), secret.end());
  return listed || secret.size() < kFewestCharacters;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::optional<std::string> from_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

ConfigReader::ConfigReader() : lookup_(from_environment) {}
ConfigReader::ConfigReader(std::function<std::optional<std::string>(const std::string&)> lookup)
    : lookup_(std::move(lookup)) {}

// A variable that is set to nothing counts as not set: compose files and units leave such ones behind.
std::optional<std::string> ConfigReader::find(const std::string& name) {
  auto value = lookup_(name);
  if (value && value->empty()) value.reset();
  return value;
}

std::string ConfigReader::text(const std::string& name, std::optional<std::string> fallback) {
  auto value = find(name);
  if (!value) value = std::move(fallback);
  if (!value) errors_.push_back(name + " is not set.");
  return value.value_or("");
}

std::int64_t ConfigReader::integer(const std::string& name, std::int64_t min, std::int64_t max,
                                   std::optional<std::int64_t> fallback) {
  const auto value = find(name);
  if (!value && fallback) return *fallback;
  std::int64_t number = 0;
  const std::string text = value.value_or("");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < min || number > max) {
    errors_.push_back(fmt::format("{} must be a whole number from {} to {}.", name, min, max));
    return min;
  }
  return number;
}

bool ConfigReader::boolean(const std::string& name, bool fallback) {
  const auto value = find(name);
  if (!value) return fallback;
  if (*value == "true" || *value == "1") return true;
  if (*value != "false" && *value != "0") errors_.push_back(name + " must be true, false, 1 or 0.");
  return false;
}

std::chrono::milliseconds ConfigReader::duration_ms(const std::string& name, std::int64_t min,
                                                    std::int64_t max, std::int64_t fallback) {
  return std::chrono::milliseconds(integer(name, min, max, fallback));
}

std::vector<std::string> ConfigReader::list(const std::string& name, std::vector<std::string> fallback) {
  const auto value = find(name);
  if (!value) return fallback;
  std::vector<std::string> items;
  std::string_view rest = *value;
  while (true) {
    const auto comma = rest.find(',');
    if (const auto item = trimmed(rest.substr(0, comma)); !item.empty()) items.emplace_back(item);
    if (comma == std::string_view::npos) return items;
    rest.remove_prefix(comma + 1);
  }
}

core::Secret ConfigReader::secret(const std::string& name, std::size_t min_length) {
  const std::string variable = name + "_FILE";
  const auto path = find(variable);
  if (!path) {
    errors_.push_back(variable + " is not set: it names the file that holds the secret.");
    return {};
  }
  const auto secret = core::Secret::in_file(*path);
  const auto lines = secret.all();
  if (lines.empty()) {
    errors_.push_back(fmt::format("{}: the file {} cannot be read or is empty.", variable, *path));
  }
  for (const auto& line : lines) {
    check_secret(fmt::format("{}: the secret in {}", variable, *path), line, min_length);
  }
  return secret;
}

void ConfigReader::check_secret(const std::string& where, const std::string& secret, std::size_t min_length) {
  if (looks_like_example(secret)) {
    errors_.push_back(fmt::format("{} is one from an example; {}", where, kHowToMakeOne));
  } else if (secret.size() < min_length) {
    errors_.push_back(
        fmt::format("{} must have at least {} characters; {}", where, min_length, kHowToMakeOne));
  }
}

void ConfigReader::throw_if_wrong() const {
  if (errors_.empty()) return;
  std::string all;
  for (const auto& error : errors_) all += error + "\n";
  throw ConfigError(all);
}

}  // namespace turnkey::service
