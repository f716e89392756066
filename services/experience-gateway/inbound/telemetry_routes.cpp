// SPDX-License-Identifier: Apache-2.0
// What became of all reports of the installation, for operators. For everybody else there is no such path.
#include "inbound/routes.hpp"

namespace turnkey::gateway {
namespace {

using core::Result;
using http::Request;
using http::Response;

Result<Response> counters(const Routes& routes, const Request&, const Session& session) {
  if (!session.is_operator()) return core::not_found();
  const auto counted = routes.services.telemetry("counters", contracts::Json::object());
  if (!counted) return counted.error();
  return http::json_response(*counted);
}

}  // namespace

void add_telemetry_routes(const Routes& routes) { routes.add("GET", "/api/telemetry/counters", counters); }

}  // namespace turnkey::gateway
