// SPDX-License-Identifier: Apache-2.0
// Devices, with their first credentials, and their presence in PostgreSQL. Every function works in the
// caller's transaction.
#pragma once

#include <optional>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "contracts/messages.hpp"
#include "core/time.hpp"
#include "domain/device.hpp"

namespace turnkey::registry::pg_devices {

// The next `count` revisions; the last of them. Held until the end of the transaction: take it late.
std::int64_t next_revisions(pqxx::work& tx, std::int64_t count = 1);

// For a transaction that changes very many: others do not wait for it. `drawing` is a short transaction of
// its own, committed before a row with such a revision is written; `of` is that of the rows. The revision
// before the first that was drawn.
std::int64_t draw_revisions(pqxx::work& drawing, std::int64_t count, const std::string& of);
std::string transaction_id(pqxx::work& tx);
// Nothing from here on is certain to be all that there is: one who follows asks for it again.
std::optional<std::int64_t> first_unsettled(pqxx::work& tx);

std::optional<Device> find_by_serial(pqxx::work& tx, const std::string& serial);
std::optional<Device> find(pqxx::work& tx, const core::DeviceId& id);
std::vector<Device> of_ids(pqxx::work& tx, const std::vector<core::DeviceId>& ids);  // in the order of ids
// Ids of the group's own devices, in their order, after this one.
std::vector<core::DeviceId> ids_in_group(pqxx::work& tx, const core::GroupId& group,
                                         const core::DeviceId& after, std::size_t limit);
// `lock` for all of these, in the order of their ids; they get the next revisions. As they are then.
std::vector<Device> lock_and_revise(pqxx::work& tx, const std::vector<core::DeviceId>& ids);
void lock(pqxx::work& tx, const core::DeviceId& id);  // FOR UPDATE: one hand-over at a time

struct Filter {
  std::optional<core::GroupId> group{};  // it and everything below
  bool stock = false;                    // only devices in no group
  std::optional<core::BatchId> batch{};
  std::string q{};  // part of serial or name
  std::optional<bool> connected{};
  std::string after_serial{};
  bool after_in_stock = false;  // the device of `after_serial` was in no group
  int limit = 50;
};
// By serial, devices in groups before the stock. Only operators see the stock.
std::vector<Device> list(pqxx::work& tx, const User& reader, const Filter& filter);
std::vector<Device> changed_after(pqxx::work& tx, std::int64_t revision, int limit);  // by revision
// Likewise up to `last`: of revisions that a batch has drawn, its devices that nothing has changed since.
std::vector<Device> changed_between(pqxx::work& tx, std::int64_t after, std::int64_t last, int limit);
// Some of those that were made with an older version of the recipe.
std::vector<core::DeviceId> older_than(pqxx::work& tx, const core::RecipeId& recipe, int version, int limit);
std::vector<Device> lock_all(pqxx::work& tx, const std::vector<core::DeviceId>& ids);  // in their order
void set_recipe_version(pqxx::work& tx, const Device& device);                         // and the revision

// Who registers one device with this serial does it alone until the end of the transaction.
void lock_serial(pqxx::work& tx, const std::string& serial);
void insert(pqxx::work& tx, const Device& device, core::Timestamp now);  // of no batch, nobody's yet
void update_owner(pqxx::work& tx,
                  const Device& device);  // name model group tags epoch provisioned_at revision

// Each newer than what is known, or it changes nothing; so does one of a device that is not there (any more).
// Devices in the order of their ids, none twice. Those by which a device came or went: of many replicas that
// are told, one gets them.
std::vector<contracts::Presence> write_presences(pqxx::work& tx,
                                                 const std::vector<contracts::Presence>& presences);
void write_boot(pqxx::work& tx, const std::string& boot_id);

}  // namespace turnkey::registry::pg_devices
