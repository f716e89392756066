// SPDX-License-Identifier: Apache-2.0
// Why a command ended without what was asked for: an exit code for scripts, a sentence for people, and the
// problem document (RFC 9457), which is the server's own where the server refused.
#pragma once

#include <string>

#include "contracts/json.hpp"
#include "core/result.hpp"

namespace turnkey::ctl {

using contracts::Json;
using core::Done;

// Documented in docs/turnkeyctl.md; scripts rely on the numbers.
enum class ExitCode {
  ok = 0,
  failed = 1,
  usage = 2,
  not_verified = 3,
  not_found = 4,
  refused = 5,
  invalid = 6,
  conflict = 7,
  unavailable = 8,
};

struct Failure {
  ExitCode exit = ExitCode::failed;
  std::string message;
  Json problem = Json::object();  // with "errors":[{field,code,message}] where fields are wrong
  std::string code() const;       // of the problem; "" when it has none
};

// Failures that begin here: the problem document is made from the sentence.
Failure failure(ExitCode exit, const std::string& code, std::string message);
Failure usage(std::string message);
Failure from_error(const core::Error& error);
// What the server answered with a status of 400 or more; also when the body is no problem document.
Failure from_answer(int status, const std::string& body);

template <typename T>
using OutcomeBase = tl::expected<T, Failure>;

template <typename T>
class [[nodiscard]] Outcome : public OutcomeBase<T> {
 public:
  using OutcomeBase<T>::OutcomeBase;
  Outcome(Failure failure)  // NOLINT(google-explicit-constructor)
      : OutcomeBase<T>(tl::unexpect, std::move(failure)) {}
};

}  // namespace turnkey::ctl
