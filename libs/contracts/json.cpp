// SPDX-License-Identifier: Apache-2.0
#include "contracts/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace turnkey::contracts {
namespace {

constexpr int kMaxDepth = 40;  // a tree of groups of 16 levels, each an object within a list, in a reply
constexpr std::size_t kMostErrors =
    500;  // a body of nothing but unknown fields must not make an answer ten times its size

// Counts characters, not bytes: limits are promised to people in characters.
std::size_t characters(const std::string& utf8) {
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// A document is refused while it is read as soon as it is too deep, so that hostile nesting costs nothing.
struct DepthGuard {
  bool too_deep = false;
  bool operator()(int depth, Json::parse_event_t event, Json& /*parsed*/) {
    if (depth >= kMaxDepth &&
        (event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start)) {
      too_deep = true;
    }
    return !too_deep;
  }
};

}  // namespace

core::Result<Json> parse_json(std::string_view text) {
  DepthGuard guard;
  try {
    Json json = Json::parse(text, std::ref(guard));
    if (guard.too_deep)
      return core::invalid(fmt::format("JSON may be nested {} levels deep at most.", kMaxDepth));
    return json;
  } catch (const Json::parse_error& error) {
    return core::invalid(fmt::format("The body is not JSON: it breaks off at byte {}.", error.byte));
  } catch (const Json::exception&) {
    return core::invalid("The body is not JSON that can be read.");
  }
}

ObjectReader::ObjectReader(const Json& object, std::string prefix)
    : object_(object), prefix_(std::move(prefix)) {
  if (!object_.is_object()) wrong("", "wrong_type", "an object is needed");
}

const Json* ObjectReader::find(const char* name, bool required) {
  if (object_.is_object()) {
    const auto it = object_.find(name);
    if (it != object_.end() && !it->is_null()) return &*it;
  }
  if (required) wrong(name, "required", "this field is needed");
  return nullptr;
}

bool ObjectReader::present(const char* name) const {
  if (!object_.is_object()) return false;
  const auto it = object_.find(name);
  return it != object_.end() && !it->is_null();
}

std::string ObjectReader::text(const char* name, std::size_t min, std::size_t max) {
  const Json* value = find(name, true);
  if (value == nullptr) return {};
  if (!value->is_string()) {
    wrong(name, "wrong_type", "a text is needed");
    return {};
  }
  const auto& text = value->get_ref<const std::string&>();
  const std::size_t length = characters(text);
  if (length < min) {
    wrong(name, length == 0 ? "required" : "too_short",
          fmt::format("at least {} characters are needed", min));
  } else if (length > max) {
    wrong(name, "too_long", fmt::format("at most {} characters are allowed", max));
  } else if (text.find('\0') != std::string::npos) {
    wrong(name, "bad_character", "the character NUL is not allowed");
  }
  return text;
}

std::optional<std::string> ObjectReader::optional_text(const char* name, std::size_t min, std::size_t max) {
  if (!present(name)) return std::nullopt;
  return text(name, min, max);
}

std::int64_t ObjectReader::integer(const char* name, std::int64_t min, std::int64_t max) {
  const Json* value = find(name, true);
  if (value == nullptr) return min;
  const bool fits = value->is_number_unsigned()
                        ? value->get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX)
                        : value->is_number_integer();
  const std::int64_t number = fits ? value->get<std::int64_t>() : min;
  if (!fits || number < min || number > max) {
    wrong(name, "out_of_range", fmt::format("a whole number from {} to {} is needed", min, max));
    return min;
  }
  return number;
}

std::optional<std::int64_t> ObjectReader::optional_integer(const char* name, std::int64_t min,
                                                           std::int64_t max) {
  if (!present(name)) return std::nullopt;
  return integer(name, min, max);
}

bool ObjectReader::boolean(const char* name) {
  const Json* value = find(name, true);
  if (value == nullptr) return false;
  if (!value->is_boolean()) {
    wrong(name, "wrong_type", "true or false is needed");
    return false;
  }
  return value->get<bool>();
}

std::optional<bool> ObjectReader::optional_boolean(const char* name) {
  if (!present(name)) return std::nullopt;
  return boolean(name);
}

core::Timestamp ObjectReader::time(const char* name) {
  const Json* value = find(name, true);
  if (value == nullptr) return {};
  const auto parsed =
      value->is_string() ? core::from_iso(value->get_ref<const std::string&>()) : std::nullopt;
  if (!parsed) wrong(name, "malformed", "a time such as 2026-11-22T21:48:05.130Z is needed");
  return parsed.value_or(core::Timestamp{});
}

std::optional<core::Timestamp> ObjectReader::optional_time(const char* name) {
  if (!present(name)) return std::nullopt;
  return time(name);
}

const Json* ObjectReader::object(const char* name) {
  const Json* value = find(name, true);
  if (value != nullptr && !value->is_object()) {
    wrong(name, "wrong_type", "an object is needed");
    return nullptr;
  }
  return value;
}

const Json* ObjectReader::array(const char* name, std::size_t max) {
  const Json* value = find(name, true);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) {
    wrong(name, "wrong_type", "a list is needed");
    return nullptr;
  }
  if (value->size() > max) {
    wrong(name, "too_long", fmt::format("at most {} entries are allowed", max));
    return nullptr;
  }
  return value;
}

const Json* ObjectReader::optional_object(const char* name) { return present(name) ? object(name) : nullptr; }
const Json* ObjectReader::optional_array(const char* name, std::size_t max) {
  return present(name) ? array(name, max) : nullptr;
}

void ObjectReader::allow_only(std::initializer_list<std::string_view> names) {
  if (!object_.is_object()) return;
  for (const auto& [key, value] : object_.items()) {
    if (std::find(names.begin(), names.end(), key) == names.end()) {
      wrong(std::string_view(key).substr(0, 64), "unknown_field", "this field is not known here");
    }
  }
}

void ObjectReader::wrong(std::string_view name, std::string code, std::string message) {
  if (errors_.size() >= kMostErrors) return;
  std::string field = prefix_;
  if (!prefix_.empty() && !name.empty()) field += '.';
  field += name;
  errors_.push_back({std::move(field), std::move(code), std::move(message)});
}

core::Error ObjectReader::error() const {
  std::string message = "Some fields are not right.";
  if (errors_.size() == 1) message = fmt::format("{}: {}.", errors_[0].field, errors_[0].message);
  return core::invalid(std::move(message), errors_);
}

Json to_json(const core::Error& error) {
  Json json = {{"code", core::to_string(error.code)}, {"message", error.message}};
  if (!error.detail.empty()) json["detail"] = error.detail;
  if (error.retry_after) json["retryAfter_s"] = error.retry_after->count();
  for (const auto& field : error.fields) {
    json["fields"].push_back({{"field", field.field}, {"code", field.code}, {"message", field.message}});
  }
  return json;
}

core::Error error_from_json(const Json& json) {
  ObjectReader in(json);
  core::Error error;
  error.code = core::error_code_from(in.text("code", 1, 64)).value_or(core::ErrorCode::internal);
  error.message = in.text("message", 0, 2000);
  error.detail = in.optional_text("detail", 0, 64).value_or("");
  if (const auto seconds = in.optional_integer("retryAfter_s", 0, 1'000'000))
    error.retry_after = std::chrono::seconds(*seconds);
  if (const Json* fields = in.optional_array("fields", 100'000)) {
    for (const Json& item : *fields) {
      ObjectReader field(item);
      error.fields.push_back(
          {field.text("field", 0, 500), field.text("code", 0, 64), field.text("message", 0, 2000)});
    }
  }
  return error;
}

}  // namespace turnkey::contracts
