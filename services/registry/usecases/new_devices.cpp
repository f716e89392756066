// SPDX-License-Identifier: Apache-2.0
#include "usecases/new_devices.hpp"

#include <algorithm>

#include "core/hash.hpp"
#include "outbound/events.hpp"

namespace turnkey::registry {
namespace {

constexpr std::size_t kChangesPerMessage = 500;  // measured to be applied fastest by the broker

}  // namespace

void lock_serials(pqxx::work& tx) { tx.exec("select pg_advisory_xact_lock(hashtext('registration'))"); }

void lock_serial(pqxx::work& tx, const std::string& serial) {
  tx.exec("select pg_advisory_xact_lock_shared(hashtext('registration'))");
  tx.exec_params("select pg_advisory_xact_lock(hashtext('serial'), hashtext($1))", serial);
}

void announce_credentials(pqxx::work& tx, const std::vector<pg_devices::NewDevice>& devices,
                          contracts::CredentialChanges changes) {
  for (const auto& [device, credentials] : devices) {
    changes.revision = std::max(changes.revision, device.revision);
    changes.changes.push_back(
        {credentials.access_key, false, device.id, core::sha256_hex(credentials.access_secret)});
    if (changes.changes.size() < kChangesPerMessage) continue;
    events::credentials_changed(tx, changes);
    changes.changes.clear();
  }
  if (!changes.changes.empty()) events::credentials_changed(tx, changes);
}

}  // namespace turnkey::registry
