// SPDX-License-Identifier: Apache-2.0
// Errors that a user can cause, as values. Faults of the machine stay exceptions.
//
// Every function that can refuse returns Result<T>. The set of codes is closed: each edge (HTTP, RPC) turns
// a code into its own form with one switch. Branch on `code` or `detail`, never on `message`.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace turnkey::core {

enum class ErrorCode {
  invalid,
  unauthorized,
  not_found,
  conflict,
  expired,
  throttled,
  unavailable,
  internal
};

// The code's name on the wire, as in proto/README.md.
std::string_view to_string(ErrorCode code);
std::optional<ErrorCode> error_code_from(std::string_view name);

// One wrong field: `field` as the sender named it ("attributes.0.name"), `code` a short word ("required",
// "too_long", "unknown"), `message` a sentence that says what would be right.
struct FieldError {
  std::string field;
  std::string code;
  std::string message;
  bool operator==(const FieldError&) const = default;
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;   // a plain sentence for people
  std::string detail{};  // refines the code for programs: "device_busy", "window_closed"; may be empty
  std::vector<FieldError> fields{};  // only with `invalid`
  std::optional<std::chrono::seconds> retry_after{};
};

template <typename T>
using ResultBase = tl::expected<T, Error>;

template <typename T>
class [[nodiscard]] Result : public ResultBase<T> {
 public:
  using ResultBase<T>::ResultBase;
  Result(ResultBase<T> base) : ResultBase<T>(std::move(base)) {}  // NOLINT(google-explicit-constructor)
  Result(Error error)
      : ResultBase<T>(tl::unexpect, std::move(error)) {}  // NOLINT(google-explicit-constructor)
};

struct Done {};  // the value of a Result that has nothing to say but success

Error invalid(std::string message, std::vector<FieldError> fields = {});
Error unauthorized(std::string message = "Sign in first.");
Error not_found(std::string message = "There is no such thing here, or it is not yours.");
Error conflict(std::string message, std::string detail = {});
Error expired(std::string message, std::string detail = {});
Error throttled(std::string message, std::chrono::seconds retry_after);
Error unavailable(std::string message);
Error internal(std::string message);

}  // namespace turnkey::core
