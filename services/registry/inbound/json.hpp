// SPDX-License-Identifier: Apache-2.0
// The registry's values as its replies show them (proto/README.md, design.md section 5).
#pragma once

#include <optional>
#include <vector>

#include "contracts/json.hpp"
#include "domain/device.hpp"
#include "domain/device_broker.hpp"
#include "domain/user.hpp"
#include "outbound/pg_deliveries.hpp"
#include "outbound/pg_integrations.hpp"
#include "outbound/pg_registration.hpp"
#include "outbound/pg_releases.hpp"
#include "usecases/decide_consent.hpp"
#include "usecases/manage_credentials.hpp"
#include "usecases/read_devices.hpp"
#include "usecases/read_notices.hpp"
#include "usecases/register_device.hpp"

namespace turnkey::registry {

contracts::Json to_json(const User& user);
contracts::Json to_json(const Group& group);                // one, with no children
contracts::Json tree_of(const std::vector<Group>& groups);  // parents first -> nested lists
contracts::Json to_json(const Device& device);              // without latest and lastSeenAt
contracts::Json to_json(const LedgerPage& page);
contracts::Json to_json(const ShownCredential& shown);  // nothing secret
contracts::Json to_json(const pg_releases::Undoable& release);
contracts::Json to_json(const ShownConsent& consent);
contracts::Json to_json(const pg_notices::Notice& notice);
contracts::Json to_json(const pg_registration::Key& key);
contracts::Json to_json(const pg_registration::Token& token);
contracts::Json to_json(const DeviceBroker& broker);  // {"host","port","tls","ca"?}
contracts::Json to_json(const SelfRegistered& made, const DeviceBroker& broker);
contracts::Json to_json(const pg_integrations::Stored& stored);  // nothing secret
contracts::Json to_json(const pg_deliveries::Shown& delivery);
contracts::Json optional_time(const std::optional<core::Timestamp>& time);  // ISO or null

}  // namespace turnkey::registry
