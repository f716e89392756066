// SPDX-License-Identifier: Apache-2.0
#include "http/server.hpp"

namespace turnkey::http {
namespace {

using contracts::Json;

const char* title_of(int status) {
  switch (status) {
    case 400:
      return "Bad request";
    case 401:
      return "Sign in first";
    case 403:
      return "Not allowed";
    case 404:
      return "Not found";
    case 405:
      return "Method not allowed";
    case 409:
      return "Conflict";
    case 411:
      return "Length needed";
    case 413:
      return "Too large";
    case 414:
      return "Address too long";
    case 415:
      return "Not in this form";
    case 422:
      return "Some fields are not right";
    case 429:
      return "Too many requests";
    case 501:
      return "Method not known";
    case 503:
      return "Not available now";
    default:
      return "Internal error";
  }
}

// Refusals of the HTTP layer itself refine `invalid` by their detail.
int status_of_invalid(std::string_view detail) {
  if (detail == "malformed") return 400;
  if (detail == "length_required") return 411;
  if (detail == "too_large") return 413;
  if (detail == "uri_too_long") return 414;
  if (detail == "unsupported_media_type") return 415;
  if (detail == "not_implemented") return 501;
  return 422;
}

}  // namespace

std::string Request::parameter(const std::string& name) const {
  const auto it = path_parameters.find(name);
  return it == path_parameters.end() ? std::string() : it->second;
}

std::optional<std::string> Request::query_value(const std::string& name) const {
  const auto it = query.find(name);
  return it == query.end() ? std::nullopt : std::optional(it->second);
}

std::string Request::header(const std::string& lower_case_name) const {
  const auto it = headers.find(lower_case_name);
  return it == headers.end() ? std::string() : it->second;
}

std::optional<std::string> Request::cookie(std::string_view name) const {
  const std::string all = header("cookie");
  std::string_view rest = all;
  while (!rest.empty()) {
    const auto end = rest.find(';');
    std::string_view pair = rest.substr(0, end);
    while (!pair.empty() && pair.front() == ' ') pair.remove_prefix(1);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
      return std::string(pair.substr(name.size() + 1));
    }
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return std::nullopt;
}

core::Result<Json> Request::json() const {
  if (!header("content-type").starts_with("application/json")) {
    return core::invalid("The content type application/json is needed.");
  }
  auto json = contracts::parse_json(body);
  if (!json) {
    core::Error error = json.error();
    error.detail = "malformed";
    return error;
  }
  if (!json->is_object()) return core::invalid("A JSON object is needed.");
  return json;
}

Response json_response(const Json& body, int status) {
  return {status, body.dump(-1, ' ', false, Json::error_handler_t::replace), "application/json", {}};
}

Response empty_response(int status) { return {status, "", "", {}}; }

int status_of(const core::Error& error) {
  switch (error.code) {
    case core::ErrorCode::invalid:
      return status_of_invalid(error.detail);
    case core::ErrorCode::unauthorized:
      return error.detail == "cross_site" || error.detail == "missing_scope" ? 403 : 401;
    case core::ErrorCode::not_found:
      return error.detail == "method_not_allowed" ? 405 : 404;
    case core::ErrorCode::conflict:
      return 409;
    case core::ErrorCode::expired:
      return 409;
    case core::ErrorCode::throttled:
      return 429;
    case core::ErrorCode::unavailable:
      return 503;
    case core::ErrorCode::internal:
      return 500;
  }
  return 500;
}

Response problem(const core::Error& error, const Json& more) {
  const int status = status_of(error);
  const std::string code = error.detail.empty() ? std::string(core::to_string(error.code)) : error.detail;
  Json json = {{"type", "urn:turnkey:problem:" + code},
               {"title", title_of(status)},
               {"status", status},
               {"detail", error.message},
               {"code", code}};
  for (const auto& field : error.fields) {
    json["errors"].push_back({{"field", field.field}, {"code", field.code}, {"message", field.message}});
  }
  json.update(more);
  Response response = json_response(json, status);
  response.content_type = "application/problem+json";
  const auto wait = error.retry_after.value_or(std::chrono::seconds(status == 429 ? 10 : 2));
  if (status == 429 || status == 503)
    response.headers.emplace_back("Retry-After", std::to_string(wait.count()));
  return response;
}

}  // namespace turnkey::http
