// SPDX-License-Identifier: Apache-2.0
// Who asks, and whether the request comes from our own pages. Every route goes through `Access`. Thread safe.
//
// Browsers have a session's cookie; programs send `Authorization: Bearer tk_...`, which goes before a cookie.
// What a browser does not send by itself cannot be forged by another site: such requests need no `Origin`.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "domain/scopes.hpp"
#include "domain/session_cache.hpp"
#include "http/server.hpp"
#include "outbound/services.hpp"

namespace turnkey::gateway {

inline constexpr const char* kSessionCookie = "turnkey_session";

core::Error missing_scope(std::string_view scope);  // for a token that lacks it

class Access {
 public:
  Access(Services& services, SessionCache& cache, const core::Clock& clock, std::vector<std::string> origins)
      : services_(services), cache_(cache), clock_(clock), origins_(std::move(origins)) {}

  core::Result<Session> session_of(const http::Request& request) const;
  core::Result<Session> session_by_token(const std::string& token) const;

  using SessionHandler = std::function<core::Result<http::Response>(const http::Request&, const Session&)>;
  // The handler for signed-in users; changes must come from our own pages, and programs need `scope` for
  // them.
  http::Handler signed_in(SessionHandler handler, std::string_view scope = kSessionsOnly) const;
  // Likewise for a stream.
  using StreamOpener = std::function<core::Result<core::Done>(const http::Request&, const Session&,
                                                              const std::shared_ptr<http::EventStream>&)>;
  http::StreamHandler signed_in_stream(StreamOpener opener) const;
  http::Handler from_own_pages(http::Handler handler) const;  // for what needs no session

 private:
  // Who asks, if they may ask for this from where they are.
  core::Result<Session> admitted(const http::Request& request, std::string_view scope) const;
  // Streams and changes: `Origin` must be ours; where a browser sends none (GET), `Sec-Fetch-Site` must not
  // be foreign.
  bool own_page(const http::Request& request) const;

  Services& services_;
  SessionCache& cache_;
  const core::Clock& clock_;
  const std::vector<std::string> origins_;
};

}  // namespace turnkey::gateway
