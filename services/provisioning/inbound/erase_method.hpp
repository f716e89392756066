// SPDX-License-Identifier: Apache-2.0
// rpc/provisioning/erase.
#pragma once

#include "bus/rpc.hpp"
#include "usecases/erase.hpp"

namespace turnkey::provisioning {

// `store` must outlive the server.
void add_erase_method(bus::RpcServer& server, ErasureStore& store);

}  // namespace turnkey::provisioning
