// SPDX-License-Identifier: Apache-2.0
#include "inbound/access.hpp"

#include <algorithm>
#include <thread>

#include "domain/answer_step.hpp"

namespace turnkey::gateway {
namespace {

constexpr std::size_t kTokenLength = 64;
constexpr std::string_view kBearer = "bearer";  // in whatever case
constexpr std::size_t kBearerLength = 67;       // "tk_" and 64 hex characters

bool changes_something(const http::Request& request) {
  return request.method != "GET" && request.method != "HEAD";
}

core::Error cross_site() {
  core::Error error = core::unauthorized("This request did not come from Turnkey's own pages.");
  error.detail = "cross_site";
  return error;
}

// The token of a request that has one, whatever it is worth.
std::optional<std::string> bearer_of(const http::Request& request) {
  const std::string header = request.header("authorization");
  const bool bearer =
      header.size() >= kBearer.size() &&
      std::equal(kBearer.begin(), kBearer.end(), header.begin(), [](char wanted, char given) {
        return wanted == given || (given >= 'A' && given <= 'Z' && wanted == given - 'A' + 'a');
      });
  if (!bearer) return std::nullopt;
  return header.substr(std::min(header.size(), kBearer.size() + 1));
}

// Those who ask again and again are slowed elsewhere (domain/miss_limiter), so this holds few threads.
template <typename Answer>
Answer in_full_steps(std::chrono::steady_clock::time_point began, Answer answer) {
  if (!answer && answer.error().code == core::ErrorCode::not_found)
    std::this_thread::sleep_until(answer_at(began, std::chrono::steady_clock::now()));
  return answer;
}

}  // namespace

core::Error missing_scope(std::string_view scope) {
  core::Error error = core::unauthorized(
      scope == kEveryScope
          ? "This lets somebody in, or lets them do more. It takes a sign-in by hand, or a token with every "
            "scope that your role has."
          : "This token was not made for that.");
  error.detail = "missing_scope";
  return error;
}

core::Result<Session> Access::session_of(const http::Request& request) const {
  if (const auto bearer = bearer_of(request)) {
    if (bearer->size() != kBearerLength || !bearer->starts_with("tk_")) return core::unauthorized();
    return session_by_token(*bearer);
  }
  const auto token = request.cookie(kSessionCookie);
  if (!token || token->size() != kTokenLength) return core::unauthorized();
  return session_by_token(*token);
}

core::Result<Session> Access::session_by_token(const std::string& token) const {
  if (auto known = cache_.find(token, SessionCache::Clock::now()); known && clock_.now() < known->expires_at)
    return *known;
  const auto asked_at = cache_.generation();
  const auto reply = services_.registry("get_session", {{"sessionToken", token}});
  if (!reply) return reply.error();
  const auto& user = reply->at("user");
  Session session{core::UserId::trusted(user.at("id").get<std::string>()), user.at("role").get<std::string>(),
                  user, token,
                  core::from_iso(reply->at("expiresAt").get<std::string>()).value_or(clock_.now())};
  // Without its scopes a program's token may nothing.
  if (token.size() == kBearerLength) session.scopes = reply->value("scopes", std::vector<std::string>{});
  cache_.put(session, SessionCache::Clock::now(), asked_at);
  return session;
}

bool Access::own_page(const http::Request& request) const {
  const std::string origin = request.header("origin");
  if (!origin.empty()) return std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
  if (changes_something(request)) return false;
  const std::string site = request.header("sec-fetch-site");
  return site.empty() || site == "same-origin" || site == "none";
}

core::Result<Session> Access::admitted(const http::Request& request, std::string_view scope) const {
  auto session = session_of(request);
  if (session && !session->has_scope(scope)) return missing_scope(scope);
  return session;
}

http::Handler Access::signed_in(SessionHandler handler, std::string_view scope) const {
  return [this, handler = std::move(handler),
          scope](const http::Request& request) -> core::Result<http::Response> {
    const auto began = std::chrono::steady_clock::now();
    const bool change = changes_something(request);
    if (change && !bearer_of(request) && !own_page(request)) return cross_site();
    const auto session = admitted(request, change ? scope : kReadScope);
    if (!session) return session.error();
    return in_full_steps(began, handler(request, *session));
  };
}

http::StreamHandler Access::signed_in_stream(StreamOpener opener) const {
  return [this, opener = std::move(opener)](
             const http::Request& request,
             const std::shared_ptr<http::EventStream>& stream) -> core::Result<core::Done> {
    const auto began = std::chrono::steady_clock::now();
    if (!bearer_of(request) && !own_page(request)) return cross_site();
    const auto session = admitted(request, kReadScope);
    if (!session) return session.error();
    return in_full_steps(began, opener(request, *session, stream));
  };
}

http::Handler Access::from_own_pages(http::Handler handler) const {
  return [this, handler = std::move(handler)](const http::Request& request) -> core::Result<http::Response> {
    if (!own_page(request)) return cross_site();
    return handler(request);
  };
}

}  // namespace turnkey::gateway
