// SPDX-License-Identifier: Apache-2.0
// What registering has in common, many devices at once or one by itself.
#pragma once

#include <pqxx/transaction>
#include <string>
#include <vector>

#include "contracts/messages.hpp"
#include "outbound/pg_devices.hpp"

namespace turnkey::registry {

// Held until the end of the transaction: whether a serial is taken stays as it is, that of all or of this
// one.
void lock_serials(pqxx::work& tx);
void lock_serial(pqxx::work& tx, const std::string& serial);

// Tells the broker of the devices' credentials, after the `changes` given.
void announce_credentials(pqxx::work& tx, const std::vector<pg_devices::NewDevice>& devices,
                          contracts::CredentialChanges changes);

}  // namespace turnkey::registry
