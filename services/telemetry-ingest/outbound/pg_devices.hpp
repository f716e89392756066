// SPDX-License-Identifier: Apache-2.0
// The table of known devices, and how far the registry was asked.
#pragma once

#include <functional>
#include <vector>

#include "outbound/known_devices.hpp"
#include "pg/pool.hpp"

namespace turnkey::ingest {

void load_devices(pg::Pool& pool, KnownDevices& devices);
void save_devices(pg::Pool& pool, const std::vector<DeviceRow>& rows);
std::int64_t load_sync_revision(pg::Pool& pool);
void save_sync_revision(pg::Pool& pool, std::int64_t next_revision);

}  // namespace turnkey::ingest
