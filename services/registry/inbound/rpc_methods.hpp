// SPDX-License-Identifier: Apache-2.0
// The registry's RPC methods (proto/README.md): decode, one use case, encode.
#pragma once

#include "bus/rpc.hpp"
#include "domain/device_broker.hpp"
#include "outbound/sealer.hpp"
#include "usecases/administer_integrations.hpp"
#include "usecases/context.hpp"
#include "usecases/password_hasher.hpp"

namespace turnkey::registry {

struct Imports;

struct RpcDependencies {
  const Context& context;
  PasswordHasher& hasher;
  std::string first_operator_token;  // "" = none: the first operator was made elsewhere
};

struct RegistrationDependencies {
  const Context& context;
  const Sealer& sealer;
  DeviceBroker broker;
};

struct IntegrationDependencies {
  IntegrationTools tools;
  DeviceBroker broker;  // where integrations connect too
};

void add_people_methods(bus::RpcServer& server,
                        const RpcDependencies& dependencies);  // sessions, groups, users
void add_link_methods(bus::RpcServer& server,
                      const RpcDependencies& dependencies);                   // invitations, resets, passes
void add_token_methods(bus::RpcServer& server, const Context& context);       // API tokens
void add_device_methods(bus::RpcServer& server, const Context& context);      // recipes, devices, hand-over
void add_credential_methods(bus::RpcServer& server, const Context& context);  // keys of a device
void add_lifecycle_methods(bus::RpcServer& server,
                           const Context& context);  // edits, releases, deletion, rollouts, pictures
void add_consent_methods(bus::RpcServer& server,
                         const Context& context);  // asking owners, notices of take-overs
void add_ledger_methods(bus::RpcServer& server, const Context& context);
void add_erasure_methods(bus::RpcServer& server, const Context& context);
void add_batch_methods(bus::RpcServer& server, const Context& context, Imports& imports);
void add_integration_methods(bus::RpcServer& server, const IntegrationDependencies& dependencies);
void add_registration_methods(bus::RpcServer& server, const RegistrationDependencies& dependencies);

// The `actor` of a request; its errors go into `in`.
core::UserId read_actor(contracts::ObjectReader& in);
// `cursor`, the number of a line; 0 when there is none.
std::int64_t read_cursor(contracts::ObjectReader& in);
// The request's `serial`. A text that cannot be one is as unknown as one that nobody has: "".
std::string read_serial(contracts::ObjectReader& in, const contracts::Json& request);

}  // namespace turnkey::registry
