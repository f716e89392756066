// SPDX-License-Identifier: Apache-2.0
// The HTTP paths of design.md section 5: decode, ask the owning service, encode. The owning service decides
// what the user may; nothing here is more than its messenger.
#pragma once

#include "bus/client.hpp"
#include "contracts/topics.hpp"
#include "domain/miss_limiter.hpp"
#include "http/server.hpp"
#include "inbound/access.hpp"
#include "outbound/services.hpp"

namespace turnkey::gateway {

struct Config;
class DeviceStreams;
class ProvisioningStreams;

struct Routes {
  http::Server& server;
  const Config& config;
  Services& services;
  const Access& access;
  MissLimiter& misses;
  bus::Client& client;
  const core::Clock& clock;
  SessionCache& sessions;

  // A route for signed-in users that is given all of this; for programs, with the scope of domain/scopes.
  template <typename HandlerOfUser>
  void add(const char* method, const char* path, HandlerOfUser handler,
           std::optional<std::size_t> body_limit = {}) const {
    server.route(method, path,
                 access.signed_in(
                     [routes = *this, handler](const http::Request& request, const Session& session) {
                       return handler(routes, request, session);
                     },
                     scope_of(method, path)),
                 body_limit);
  }
};

void add_session_routes(const Routes& routes);
void add_branding_routes(const Routes& routes);
void add_administration_routes(const Routes& routes);
void add_people_routes(const Routes& routes);
void add_one_time_link_routes(const Routes& routes);
void add_consent_routes(const Routes& routes);
void add_ledger_routes(const Routes& routes);
void add_telemetry_routes(const Routes& routes);
void add_batch_routes(const Routes& routes);
void add_device_routes(const Routes& routes, DeviceStreams& streams);
void add_fleet_routes(const Routes& routes);
void add_label_routes(const Routes& routes);
void add_credential_routes(const Routes& routes);
void add_lifecycle_routes(const Routes& routes);
void add_provisioning_routes(const Routes& routes, ProvisioningStreams& streams);
void add_integration_routes(const Routes& routes);
void add_erasure_routes(const Routes& routes);
void add_registration_routes(const Routes& routes);
void add_report_routes(const Routes& routes);

// The request's `Idempotency-Key` (8..128 of letters, digits, - and _), or a new one.
std::string idempotency_key_of(const http::Request& request);
// The path's `{id}`. One that cannot be an id is not found like any other.
core::Result<std::string> id_of_path(const http::Request& request);
// The answer to a new session (`{user, sessionToken}` of the registry): its user, and the cookie.
http::Response signed_in_response(const contracts::Json& session);
std::string session_cookie(const std::string& token, int max_age_s);
// The body's object; `invalid` when it has other fields than these.
core::Result<contracts::Json> fields_of(const http::Request& request,
                                        const std::vector<std::string_view>& names);
// For a change that takes no fields: `invalid` when the body has some.
core::Result<core::Done> no_fields(const http::Request& request);
// A query's number as the owning service is asked for it: what is none stays text, which it refuses by name.
contracts::Json number_of_query(const std::string& text);
// The later of two ISO times (their text orders like they do); null when there is none, or only older than
// `since`.
contracts::Json last_seen(const contracts::Json& presence_at, const contracts::Json& reported_at,
                          const contracts::Json& since);
contracts::Json value_or_null(const contracts::Json& object, const char* name);
// What telemetry-ingest is asked about one device: nothing from before `since`, where that is a time.
contracts::Json since_request(const contracts::Json& device, const contracts::Json& since);
// Asks the registry about the path's `{serial}`; misses are counted against the user.
core::Result<contracts::Json> ask_about_serial(const Routes& routes, const http::Request& request,
                                               const Session& session, const char* method,
                                               contracts::Json more = contracts::Json::object());

}  // namespace turnkey::gateway
