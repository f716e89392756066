// SPDX-License-Identifier: Apache-2.0
// Reading foreign JSON: every wrong field is collected, none throws, so that a sender learns of all at once.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace turnkey::contracts {

using Json = nlohmann::json;

// Parses a document: depth at most 40, valid UTF-8, otherwise `invalid` with a sentence that says where.
core::Result<Json> parse_json(std::string_view text);

// Reads one JSON object field by field. A missing or wrong field leaves a FieldError (the first 500 do) and
// yields the default; a text that is too short or too long is yielded as it is.
// `allow_only` makes unknown fields errors (no mass assignment). Not thread safe; keeps a reference to the
// object.
class ObjectReader {
 public:
  explicit ObjectReader(const Json& object, std::string prefix = {});

  std::string text(const char* name, std::size_t min = 1, std::size_t max = 255);
  std::optional<std::string> optional_text(const char* name, std::size_t min = 1, std::size_t max = 255);
  std::int64_t integer(const char* name, std::int64_t min, std::int64_t max);
  std::optional<std::int64_t> optional_integer(const char* name, std::int64_t min, std::int64_t max);
  bool boolean(const char* name);
  std::optional<bool> optional_boolean(const char* name);
  core::Timestamp time(const char* name);
  std::optional<core::Timestamp> optional_time(const char* name);
  template <typename IdType>
  IdType id(const char* name) {
    const auto parsed = IdType::parse(text(name, 24, 24));
    if (!parsed) wrong(name, "malformed", "an id of 24 lower-case hex characters is needed");
    return parsed.value_or(IdType{});
  }
  template <typename IdType>
  std::optional<IdType> optional_id(const char* name) {
    if (!present(name)) return std::nullopt;
    return id<IdType>(name);
  }
  const Json* object(const char* name);  // null and an error when it is not an object
  const Json* array(const char* name, std::size_t max);
  const Json* optional_object(const char* name);
  const Json* optional_array(const char* name, std::size_t max);

  bool present(const char* name) const;  // there and not null
  void allow_only(std::initializer_list<std::string_view> names);
  void wrong(std::string_view name, std::string code, std::string message);

  bool ok() const { return errors_.empty(); }
  std::vector<core::FieldError> take_errors() { return std::move(errors_); }
  core::Error error() const;  // `invalid` with everything collected

 private:
  const Json* find(const char* name, bool required);
  const Json& object_;
  std::string prefix_;
  std::vector<core::FieldError> errors_;
};

// Error <-> the wire form {"code","detail"?,"message","fields"?,"retryAfter_s"?}.
Json to_json(const core::Error& error);
core::Error error_from_json(const Json& json);

}  // namespace turnkey::contracts
