// SPDX-License-Identifier: Apache-2.0
#include "inbound/access.hpp"

#include <algorithm>

namespace turnkey::gateway {
namespace {

constexpr std::size_t kTokenLength = 64;

bool changes_something(const http::Request& request) {
  return request.method != "GET" && request.method != "HEAD";
}

core::Error cross_site() {
  core::Error error = core::unauthorized("This request did not come from Turnkey's own pages.");
  error.detail = "cross_site";
  return error;
}

}  // namespace

core::Result<Session> Access::session_of(const http::Request& request) const {
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

http::Handler Access::signed_in(SessionHandler handler) const {
  return [this, handler = std::move(handler)](const http::Request& request) -> core::Result<http::Response> {
    if (changes_something(request) && !own_page(request)) return cross_site();
    const auto session = session_of(request);
    if (!session) return session.error();
    return handler(request, *session);
  };
}

http::StreamHandler Access::signed_in_stream(StreamOpener opener) const {
  return [this, opener = std::move(opener)](
             const http::Request& request,
             const std::shared_ptr<http::EventStream>& stream) -> core::Result<core::Done> {
    if (!own_page(request)) return cross_site();
    const auto session = session_of(request);
    if (!session) return session.error();
    return opener(request, *session, stream);
  };
}

http::Handler Access::from_own_pages(http::Handler handler) const {
  return [this, handler = std::move(handler)](const http::Request& request) -> core::Result<http::Response> {
    if (!own_page(request)) return cross_site();
    return handler(request);
  };
}

}  // namespace turnkey::gateway
