// SPDX-License-Identifier: Apache-2.0
// State reports of devices that speak no MQTT. The broker's plugin judges the device's key and secret as it
// does at a login, journals the report and stamps it before it acknowledges: the answer 202 is that
// acknowledgement, and the report has the same way from there as any other.
#include "config.hpp"
#include "contracts/messages.hpp"
#include "contracts/state_report.hpp"
#include "inbound/basic_credentials.hpp"
#include "inbound/routes.hpp"

namespace turnkey::gateway {
namespace {

using core::Result;
using http::Request;
using http::Response;

constexpr auto kReportTimeout = std::chrono::seconds(2);
constexpr auto kAskTimeout = std::chrono::seconds(1);

// The same bytes for an unknown device, a foreign one, a wrong secret and none.
Response refused() {
  Response response = http::problem(core::unauthorized("The device's access key and secret are needed."));
  response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"device\"");
  return response;
}

core::Error not_now() {
  return core::unavailable("The report was not taken, or this was not confirmed. Send it again in a moment.");
}

bus::UserProperties shown(const BasicCredentials& credentials, const Request& request) {
  return {{std::string(contracts::kPropertyAccessKey), credentials.key},
          {std::string(contracts::kPropertyAccessSecret), credentials.secret},
          {std::string(contracts::kPropertyAddress), request.remote_address}};
}

// The broker says no to a report in one word; whether it was because of the credentials it says here.
bool would_be_let_in(const Routes& routes, const core::DeviceId& device, const bus::UserProperties& user) {
  bus::Publication question;
  question.topic = contracts::topics::login(routes.config.service.roots.names.front(), device);
  question.user = user;
  return routes.client.deliver(question, kAskTimeout) != bus::Delivery::refused;
}

Result<Response> take_report(const Routes& routes, const Request& request) {
  const auto device = core::DeviceId::parse(request.parameter("deviceId"));
  const auto credentials = read_basic(request.header("authorization"));
  if (!device || !credentials) return refused();
  bus::Publication report;
  report.topic = contracts::topics::state(routes.config.service.roots.names.front(), *device);
  report.payload = request.body;
  report.user = shown(*credentials, request);
  switch (routes.client.deliver(report, kReportTimeout)) {
    case bus::Delivery::acknowledged:
      return http::json_response(contracts::Json::object(), 202);
    case bus::Delivery::refused:
      if (!would_be_let_in(routes, *device, report.user)) return refused();
      return not_now();  // the journal is full, or its disk
    case bus::Delivery::unknown:
      return not_now();
  }
  return not_now();
}

}  // namespace

// Needs no session and no Origin: a browser holds no device's secret that another site could make it send.
void add_report_routes(const Routes& routes) {
  routes.server.route(
      "POST", "/api/devices/{deviceId}/state",
      [routes](const Request& request) { return take_report(routes, request); }, contracts::kMaxStatePayload);
}

}  // namespace turnkey::gateway
