// SPDX-License-Identifier: Apache-2.0
#include "outbound/services.hpp"

namespace turnkey::gateway {

using contracts::Json;

core::Result<Json> Services::registry(std::string_view method, const Json& request,
                                      std::chrono::milliseconds timeout) {
  return caller_.call("registry", method, request, "", timeout);
}

core::Result<Json> Services::provisioning(std::string_view method, const Json& request,
                                          std::chrono::milliseconds timeout) {
  return caller_.call("provisioning", method, request, "", timeout);
}

core::Result<Json> Services::telemetry(std::string_view method, const Json& request,
                                       std::chrono::milliseconds timeout) {
  return caller_.call("telemetry-ingest", method, request, "", timeout);
}

Json acting(const core::UserId& user, Json request) {
  request["actor"] = {{"userId", user.str()}};
  return request;
}

}  // namespace turnkey::gateway
