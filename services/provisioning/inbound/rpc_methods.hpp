// SPDX-License-Identifier: Apache-2.0
// The service's RPC methods (proto/README.md, "provisioning"): decode, one use case, encode.
#pragma once

#include "bus/rpc.hpp"
#include "usecases/ports.hpp"

namespace turnkey::provisioning {

// `world` must outlive the server.
void add_methods(bus::RpcServer& server, World& world);

}  // namespace turnkey::provisioning
