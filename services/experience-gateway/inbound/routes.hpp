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
};

void add_session_routes(const Routes& routes);
void add_administration_routes(const Routes& routes);
void add_device_routes(const Routes& routes, DeviceStreams& streams);
void add_provisioning_routes(const Routes& routes, ProvisioningStreams& streams);

// The request's `Idempotency-Key` (8..128 of letters, digits, - and _), or a new one.
std::string idempotency_key_of(const http::Request& request);
// The registry's answer about a serial; misses are counted against the user.
core::Result<contracts::Json> find_device(const Routes& routes, const Session& session,
                                          const std::string& serial);

}  // namespace turnkey::gateway
