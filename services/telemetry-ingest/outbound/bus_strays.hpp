// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/rpc.hpp"
#include "domain/press_filter.hpp"

namespace turnkey::ingest {

// Tells provisioning; true when it answered.
bool ask_about_stray(bus::RpcCaller& caller, const StrayPress& press);

}  // namespace turnkey::ingest
