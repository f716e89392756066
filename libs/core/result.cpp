// SPDX-License-Identifier: Apache-2.0
#include "core/result.hpp"

#include <array>

namespace turnkey::core {
namespace {

constexpr std::array<std::pair<ErrorCode, std::string_view>, 8> kNames = {{
    {ErrorCode::invalid, "invalid"},
    {ErrorCode::unauthorized, "unauthorized"},
    {ErrorCode::not_found, "not_found"},
    {ErrorCode::conflict, "conflict"},
    {ErrorCode::expired, "expired"},
    {ErrorCode::throttled, "throttled"},
    {ErrorCode::unavailable, "unavailable"},
    {ErrorCode::internal, "internal"},
}};

Error make(ErrorCode code, std::string message, std::string detail = {}) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.detail = std::move(detail);
  return error;
}

}  // namespace

std::string_view to_string(ErrorCode code) {
  for (const auto& [value, name] : kNames) {
    if (value == code) return name;
  }
  return "internal";
}

std::optional<ErrorCode> error_code_from(std::string_view name) {
  for (const auto& [value, known] : kNames) {
    if (known == name) return value;
  }
  return std::nullopt;
}

Error invalid(std::string message, std::vector<FieldError> fields) {
  Error error = make(ErrorCode::invalid, std::move(message));
  error.fields = std::move(fields);
  return error;
}
Error unauthorized(std::string message) { return make(ErrorCode::unauthorized, std::move(message)); }
Error not_found(std::string message) { return make(ErrorCode::not_found, std::move(message)); }
Error conflict(std::string message, std::string detail) {
  return make(ErrorCode::conflict, std::move(message), std::move(detail));
}
Error expired(std::string message, std::string detail) {
  return make(ErrorCode::expired, std::move(message), std::move(detail));
}
Error throttled(std::string message, std::chrono::seconds retry_after) {
  Error error = make(ErrorCode::throttled, std::move(message));
  error.retry_after = retry_after;
  return error;
}
Error unavailable(std::string message) { return make(ErrorCode::unavailable, std::move(message)); }
Error internal(std::string message) { return make(ErrorCode::internal, std::move(message)); }

}  // namespace turnkey::core
