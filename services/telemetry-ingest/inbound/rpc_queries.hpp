// SPDX-License-Identifier: Apache-2.0
// The methods that others may call (proto/README.md, "telemetry-ingest"): decode, ask, encode.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "bus/rpc.hpp"
#include "usecases/filter_presses.hpp"
#include "usecases/history.hpp"

namespace turnkey::ingest {

class RpcQueries {
 public:
  // What a device declares; nothing when it is unknown.
  using DeclaredOf = std::function<std::optional<std::vector<Declared>>(const std::string& device_id)>;
  // When the oldest report was received that is not stored yet; nothing when none waits.
  using OldestWaiting = std::function<std::optional<core::Timestamp>()>;
  RpcQueries(HistoryStore& store, const FilterPresses& presses, const core::Clock& clock,
             DeclaredOf declared_of, OldestWaiting oldest_waiting)
      : store_(store),
        presses_(presses),
        clock_(clock),
        declared_of_(std::move(declared_of)),
        oldest_waiting_(std::move(oldest_waiting)) {}

  void serve(bus::RpcServer& server);

  using Answer = core::Result<contracts::Json>;
  Answer latest(const contracts::Json& request);
  Answer history(const contracts::Json& request);
  Answer fleet(const contracts::Json& request);  // rpc_fleet.cpp
  Answer connections(const contracts::Json& request);
  Answer counters();
  Answer recent_presses(const contracts::Json& request);

 private:
  HistoryStore& store_;
  const FilterPresses& presses_;
  const core::Clock& clock_;
  const DeclaredOf declared_of_;
  const OldestWaiting oldest_waiting_;
};

}  // namespace turnkey::ingest
