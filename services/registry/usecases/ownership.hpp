// SPDX-License-Identifier: Apache-2.0
// What every change of a device's owner is made of. All of it works in the caller's transaction, under the
// device's lock.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/device.hpp"
#include "domain/ledger_line.hpp"
#include "domain/recipe.hpp"
#include "outbound/pg_releases.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

// For those who see the groups that the device is in as it is given.
LedgerEntry line_about(const Device& device, const User& actor, std::string act, core::Timestamp now);

// The device, locked, for an admin of its group or an operator; `not_found` for everybody else. They are told
// so before anything is waited for: what is not theirs must not show in how long the answer takes.
core::Result<Device> lock_administered(pqxx::work& tx, const User& actor, const std::string& serial);

// The recipe's version that the device was made with, and the models that the recipe offers now.
Recipe recipe_of(pqxx::work& tx, const Device& device);
std::vector<Model> models_for(pqxx::work& tx, const Device& device);

// Nobody's from now on, with nothing left that its owner had given it.
void give_back(Device& device, const Recipe& recipe);
// What the device is to its owner, so that a release can be taken back until ten minutes from now.
pg_releases::Release remember_owner(const Device& device, core::Timestamp now);

// Every valid key of the device ends, and `next` begins where there is one, at the device's revision. The
// keys that ended.
std::vector<std::string> change_keys(pqxx::work& tx, const Device& device,
                                     const std::optional<Credentials>& next, core::Timestamp now);
// Ends the added keys whose maker does not administer the device as it is now, at the device's revision: who
// had it before knows their secrets. Its first key stays, or it could not be reached any more.
void end_keys_of_others(pqxx::work& tx, const Device& device, core::Timestamp now);
// These are valid again as they were, at the device's revision.
void restore_keys(pqxx::work& tx, const Device& device, const std::vector<std::string>& keys);

}  // namespace turnkey::registry
