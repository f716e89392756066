// SPDX-License-Identifier: Apache-2.0
// The processes that deploy/quickstart supervises, and its database, for tests that kill and look.
#pragma once

#include <map>
#include <string>

namespace turnkey::tests {

int pid_of(const std::string& data_folder, const std::string& process);  // 0: not running
// kill -9, and waits until the supervisor has started it again (15 s at most; false when not).
bool kill_and_wait(const std::string& data_folder, const std::string& process);
std::string admin_connection_string(const std::string& data_folder);

// How often each value of the attribute `rpm` of the device is stored.
std::map<int, int> stored_values(const std::string& data_folder, const std::string& device_id);
// received - stored - refused - duplicate, over all devices: 0 when every report is accounted for.
long long unaccounted_reports(const std::string& data_folder);

}  // namespace turnkey::tests
