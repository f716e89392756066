// SPDX-License-Identifier: Apache-2.0
// rpc/telemetry-ingest/erase_history.
#pragma once

#include "bus/rpc.hpp"
#include "usecases/erase_history.hpp"

namespace turnkey::ingest {

// `eraser` must outlive the server.
void add_erase_history(bus::RpcServer& server, HistoryEraser& eraser);

}  // namespace turnkey::ingest
