// SPDX-License-Identifier: Apache-2.0
// Asking an owner for a device, the owner's answer, and notices of devices that were somebody's.
#include "inbound/registry_routes.hpp"

namespace turnkey::gateway {
namespace {

using core::Result;
using http::Request;
using http::Response;

// Whoever asks has found nothing: an ask counts as a lookup that missed, or asking would be the way around
// that limit.
Result<Response> ask_owner(const Routes& routes, const Request& request, const Session& session) {
  auto fields = fields_of(request, {"note"});
  if (!fields) return fields.error();
  const auto asked = ask_about_serial(routes, request, session, "ask_consent", std::move(*fields));
  if (!asked) return asked.error();
  routes.misses.miss(session.user_id, MissLimiter::Clock::now());
  return http::json_response(contracts::Json::object(), 202);
}

}  // namespace

void add_consent_routes(const Routes& routes) {
  routes.add("POST", "/api/devices/{serial}/consent-requests", ask_owner);
  routes.add("GET", "/api/consent-requests", listing("list_consent_requests", {"state", "cursor", "limit"}));
  routes.add("POST", "/api/consent-requests/{id}/grant", change_by_path("grant_consent", {"request", 200}));
  routes.add("POST", "/api/consent-requests/{id}/decline",
             change_by_path("decline_consent", {"request", 200}));
  routes.add("GET", "/api/notices", listing("list_notices", {"state", "cursor", "limit"}));
  routes.add("POST", "/api/notices/{id}/read", change_by_path("mark_notice_read", {"", 204}));
}

}  // namespace turnkey::gateway
