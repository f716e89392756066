// SPDX-License-Identifier: Apache-2.0
// Beginnings of faults, noticed in the transaction that stores the samples and told to the registry
// afterwards, at least once, by the outbox. The registry knows who hears of them.
#pragma once

#include <functional>
#include <pqxx/transaction>
#include <string>

#include "bus/rpc.hpp"
#include "domain/batch.hpp"
#include "pg/outbox.hpp"

namespace turnkey::ingest {

struct StoredKeys {
  std::function<int(const std::string&)> device;
  std::function<int(const std::string&)> attribute;
};
// Before `latest` is brought up to date: what it says is the state before.
void note_faults(pqxx::work& tx, const Sorted& sorted, const StoredKeys& keys);

// For the relay: false when the registry could not be told yet.
bool tell_fault(bus::RpcCaller& caller, const pg::OutboxEntry& entry);

}  // namespace turnkey::ingest
