// SPDX-License-Identifier: Apache-2.0
#include "outbound/services.hpp"

#include <algorithm>

#include "service/log.hpp"

namespace turnkey::gateway {

using contracts::Json;

namespace {

constexpr std::chrono::milliseconds kWaitForPlace{500};

}  // namespace

core::Result<Json> Services::call(Bulkhead& bulkhead, std::string_view service, std::string_view method,
                                  const Json& request, std::chrono::milliseconds timeout) {
  core::Result<Json> reply = core::unavailable("Too many wait for it already.");
  {
    const Bulkhead::Place place(bulkhead, std::min(timeout, kWaitForPlace));
    if (place.taken()) {
      const auto began = std::chrono::steady_clock::now();
      reply = caller_.call(service, method, request, "", timeout);
      std::chrono::steady_clock::now() - began < timeout ? bulkhead.answered() : bulkhead.silent();
    }
  }
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
