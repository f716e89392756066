// SPDX-License-Identifier: Apache-2.0
#include "outbound/services.hpp"

#include "service/log.hpp"

namespace turnkey::gateway {

using contracts::Json;

core::Result<Json> Services::call(Bulkhead& bulkhead, std::string_view service, std::string_view method,
                                  const Json& request, std::chrono::milliseconds timeout) {
  const Bulkhead::Place place(bulkhead);
  auto reply = place.taken() ? caller_.call(service, method, request, "", timeout)
                             : core::Result<Json>(core::unavailable("Too many wait for it already."));
  if (reply || reply.error().code != core::ErrorCode::unavailable) return reply;
  service::log_warning("a service did not answer",
                       {{"asked", service}, {"method", method}, {"reason", reply.error().message}});
  return core::unavailable("This does not work just now. Try again in a moment.");
}

core::Result<Json> Services::registry(std::string_view method, const Json& request,
                                      std::chrono::milliseconds timeout) {
  return call(registry_, "registry", method, request, timeout);
}

core::Result<Json> Services::provisioning(std::string_view method, const Json& request,
                                          std::chrono::milliseconds timeout) {
  return call(provisioning_, "provisioning", method, request, timeout);
}

core::Result<Json> Services::telemetry(std::string_view method, const Json& request,
                                       std::chrono::milliseconds timeout) {
  return call(telemetry_, "telemetry-ingest", method, request, timeout);
}

Json acting(const core::UserId& user, Json request) {
  request["actor"] = {{"userId", user.str()}};
  return request;
}

}  // namespace turnkey::gateway
