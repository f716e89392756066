// SPDX-License-Identifier: Apache-2.0
// Which serials a registration token is good for: "GEN-*", with `*` for any characters and `?` for one. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/serial.hpp"

namespace turnkey::registry {

class SerialPattern {
 public:
  // Normalised as serials are; then 1..64 characters of [A-Z0-9._-*?] or nothing.
  static std::optional<SerialPattern> parse(std::string_view text);
  static SerialPattern trusted(std::string normalised) { return SerialPattern(std::move(normalised)); }
  const std::string& str() const { return text_; }
  // At most pattern times serial steps, whatever the pattern.
  bool matches(const core::Serial& serial) const;

 private:
  explicit SerialPattern(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace turnkey::registry
