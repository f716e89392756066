// SPDX-License-Identifier: Apache-2.0
#include "client/api.hpp"

#include <charconv>

#include "domain/duration.hpp"

namespace turnkey::ctl {
namespace {

bool harmless_again(const http::Call& call) {
  if (call.method == "GET" || call.method == "PUT" || call.method == "DELETE") return true;
  for (const auto& [name, value] : call.headers) {
    if (name == "Idempotency-Key") return true;
  }
  return false;
}

bool acted_perhaps(const core::Result<http::Answer>& answer) {
  if (!answer) return answer.error().detail == "broken" || answer.error().detail == "timeout";
  return answer->status == 503 || answer->status == 504;
}

Failure failure_of(const core::Error& error) {
  Failure result = from_error(error);
  // Who answers is not who was asked for: waiting does not help.
  if (error.detail == "certificate" || error.detail == "too_large") result.exit = ExitCode::failed;
  if (error.detail == "certificate") result.message += " Name the authority's file with --cafile.";
  return result;
}

}  // namespace

Failure failure_of(const http::Answer& answer) {
  Failure result = from_answer(answer.status, answer.body);
  if (const auto seconds = retry_after(answer); seconds && result.exit == ExitCode::unavailable)
    result.message += " Try again in " + std::to_string(seconds->count()) + " s.";
  if (answer.status == 401) result.message += " (turnkeyctl login URL signs in.)";
  return result;
}

std::optional<std::chrono::seconds> retry_after(const http::Answer& answer) {
  const std::string text = answer.header("retry-after");
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || seconds < 0)
    return std::nullopt;
  return std::chrono::seconds(seconds);
}

bool worth_another_try(const core::Result<http::Answer>& answer) {
  if (!answer) {
    const auto& why = answer.error().detail;
    return why == "unreachable" || why == "broken" || why == "timeout";
  }
  return answer->status == 429 || answer->status == 502 || answer->status == 503 || answer->status == 504;
}

http::Call json_call(std::string method, const Target& target, const Json& body) {
  http::Call call;
  call.method = std::move(method);
  call.target = target.str();
  call.content_type = "application/json";
  call.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return call;
}

Api::Api(const http::BaseUrl& url, const std::string& ca_file, Headers headers, const World& world)
    : client_(url, ca_file), headers_(std::move(headers)), world_(world) {}

core::Result<http::Answer> Api::ask_once(http::Call call) {
  call.headers.insert(call.headers.end(), headers_.begin(), headers_.end());
  call.headers.emplace_back("User-Agent", "turnkeyctl");
  return client_.send(call);
}

Outcome<http::Answer> Api::ask(http::Call call, bool harmless) {
  harmless = harmless || harmless_again(call);
  bool delivered = false;  // a stream that has begun cannot begin again
  if (call.on_body) {
    call.on_body = [&delivered, forward = std::move(call.on_body)](std::string_view piece) {
      delivered = true;
      return forward(piece);
    };
  }
  bool may_have_acted = false;
  for (int next = 2;; ++next) {
    auto answer = ask_once(call);
    const bool gone = answer && answer->status == 404 && call.method == "DELETE" && may_have_acted;
    if (gone) answer = http::Answer{204, {}, {}};  // the try before did it, and its answer was lost
    may_have_acted = may_have_acted || acted_perhaps(answer);
    if (answer && answer->status < 400) return std::move(*answer);
    const auto asked = answer ? retry_after(*answer) : std::nullopt;
    const auto pause =
        harmless && !delivered && worth_another_try(answer) ? pause_before(next, asked) : std::nullopt;
    if (!pause) return answer ? failure_of(*answer) : failure_of(answer.error());
    world_.sleep(*pause);
  }
}

Outcome<Json> Api::ask_json(http::Call call) {
  const auto answer = ask(std::move(call));
  if (!answer) return answer.error();
  if (answer->body.empty()) return Json(Json::object());
  Json document = Json::parse(answer->body, nullptr, false);
  if (!document.is_object())
    return failure(ExitCode::failed, "unreadable", url().str() + " answers something that is not Turnkey's.");
  return document;
}

Outcome<Json> Api::get(const Target& target) {
  http::Call call;
  call.target = target.str();
  return ask_json(std::move(call));
}

Outcome<Json> Api::post(const Target& target, const Json& body) {
  return ask_json(json_call("POST", target, body));
}

Outcome<Json> Api::post_once(const Target& target, const Json& body, const std::string& idempotency_key) {
  auto call = json_call("POST", target, body);
  call.headers.emplace_back("Idempotency-Key", idempotency_key);
  return ask_json(std::move(call));
}

Outcome<Json> Api::patch(const Target& target, const Json& body) {
  return ask_json(json_call("PATCH", target, body));
}

Outcome<Json> Api::remove(const Target& target) {
  http::Call call;
  call.method = "DELETE";
  call.target = target.str();
  return ask_json(std::move(call));
}

}  // namespace turnkey::ctl
