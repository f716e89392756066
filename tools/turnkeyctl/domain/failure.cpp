// SPDX-License-Identifier: Apache-2.0
#include "domain/failure.hpp"

#include <algorithm>

namespace turnkey::ctl {
namespace {

ExitCode exit_of(core::ErrorCode code) {
  switch (code) {
    case core::ErrorCode::invalid:
      return ExitCode::invalid;
    case core::ErrorCode::unauthorized:
      return ExitCode::refused;
    case core::ErrorCode::not_found:
      return ExitCode::not_found;
    case core::ErrorCode::conflict:
    case core::ErrorCode::expired:
      return ExitCode::conflict;
    case core::ErrorCode::throttled:
    case core::ErrorCode::unavailable:
      return ExitCode::unavailable;
    case core::ErrorCode::internal:
      return ExitCode::failed;
  }
  return ExitCode::failed;
}

ExitCode exit_of(int status) {
  switch (status) {
    case 401:
    case 403:
      return ExitCode::refused;
    case 404:
      return ExitCode::not_found;
    case 409:
      return ExitCode::conflict;
    case 400:
    case 411:
    case 413:
    case 415:
    case 422:
      return ExitCode::invalid;
    case 429:
    case 502:
    case 503:
    case 504:
      return ExitCode::unavailable;
    default:
      return ExitCode::failed;
  }
}

std::string sentence_of(int status) {
  switch (exit_of(status)) {
    case ExitCode::refused:
      return "The server refuses this.";
    case ExitCode::not_found:
      return "There is no such thing, or it is not yours.";
    case ExitCode::conflict:
      return "Something else stands in the way.";
    case ExitCode::invalid:
      return status == 413 ? "This is larger than the server takes." : "The server cannot take this.";
    case ExitCode::unavailable:
      return "The server cannot answer just now.";
    default:
      return "The server answered with status " + std::to_string(status) + ".";
  }
}

std::string code_of(int status) {
  switch (exit_of(status)) {
    case ExitCode::refused:
      return "unauthorized";
    case ExitCode::not_found:
      return "not_found";
    case ExitCode::conflict:
      return "conflict";
    case ExitCode::invalid:
      return "invalid";
    case ExitCode::unavailable:
      return "unavailable";
    default:
      return "internal";
  }
}

Json problem_of(const std::string& code, const std::string& message) {
  return {{"type", "urn:turnkey:problem:" + code},
          {"title", "It did not work"},
          {"detail", message},
          {"code", code}};
}

std::string text_of(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

// A name, an email: the form is right, but somebody has it. Cells of a table are wrong input all the same.
bool all_taken(const Json& problem) {
  const auto errors = problem.find("errors");
  if (errors == problem.end() || !errors->is_array() || errors->empty()) return false;
  return std::all_of(errors->begin(), errors->end(), [](const Json& error) {
    return error.is_object() && text_of(error, "code") == "taken" && !error.contains("line");
  });
}

}  // namespace

std::string Failure::code() const { return problem.is_object() ? text_of(problem, "code") : std::string(); }

Failure failure(ExitCode exit, const std::string& code, std::string message) {
  Json problem = problem_of(code, message);
  return {exit, std::move(message), std::move(problem)};
}

Failure usage(std::string message) { return failure(ExitCode::usage, "usage", std::move(message)); }

Failure from_error(const core::Error& error) {
  const std::string code = error.detail.empty() ? std::string(core::to_string(error.code)) : error.detail;
  Failure result = failure(exit_of(error.code), code, error.message);
  for (const auto& field : error.fields)
    result.problem["errors"].push_back(
        {{"field", field.field}, {"code", field.code}, {"message", field.message}});
  return result;
}

Failure from_answer(int status, const std::string& body) {
  Json document = Json::parse(body, nullptr, false);
  if (!document.is_object() || text_of(document, "detail").empty()) {
    Failure result = failure(exit_of(status), code_of(status), sentence_of(status));
    result.problem["status"] = status;
    return result;
  }
  std::string message = text_of(document, "detail");
  const ExitCode exit = status == 422 && all_taken(document) ? ExitCode::conflict : exit_of(status);
  return {exit, std::move(message), std::move(document)};
}

}  // namespace turnkey::ctl
