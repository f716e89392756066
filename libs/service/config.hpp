// SPDX-License-Identifier: Apache-2.0
// Settings from the environment, read once into one struct of each service. All errors are reported together.
// A secret is given as NAME_FILE (path of a file that holds it); an empty or example secret is an error (S1).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/secret.hpp"

namespace turnkey::service {

class ConfigReader {
 public:
  // `lookup` yields a variable's value; the default reads the process's environment.
  ConfigReader();
  explicit ConfigReader(std::function<std::optional<std::string>(const std::string&)> lookup);

  std::string text(const std::string& name, std::optional<std::string> fallback = {});
  std::int64_t integer(const std::string& name, std::int64_t min, std::int64_t max,
                       std::optional<std::int64_t> fallback = {});
  bool boolean(const std::string& name, bool fallback);  // true false 1 0
  std::chrono::milliseconds duration_ms(const std::string& name, std::int64_t min, std::int64_t max,
                                        std::int64_t fallback);
  std::vector<std::string> list(const std::string& name,
                                std::vector<std::string> fallback);  // comma separated
  // In the file that NAME_FILE names. Each line of it has at least `min_length` characters.
  core::Secret secret(const std::string& name, std::size_t min_length = 16);

  // For what only the caller can judge: a sentence that begins with the variable's name.
  void reject(std::string error) { errors_.push_back(std::move(error)); }
  const std::vector<std::string>& errors() const { return errors_; }
  // Throws ConfigError with every error, one a line, when there are any.
  void throw_if_wrong() const;

 private:
  void check_secret(const std::string& where, const std::string& secret, std::size_t min_length);
  std::optional<std::string> find(const std::string& name);
  std::function<std::optional<std::string>(const std::string&)> lookup_;
  std::vector<std::string> errors_;
};

class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace turnkey::service
