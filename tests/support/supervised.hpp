// SPDX-License-Identifier: Apache-2.0
// The processes that deploy/quickstart supervises, and its database, for tests that kill and look.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace turnkey::tests {

int pid_of(const std::string& data_folder, const std::string& process);  // 0: not running
// kill -9, and waits until the supervisor has started it again (15 s at most; false when not).
bool kill_and_wait(const std::string& data_folder, const std::string& process);
// Signals the process itself, and of PostgreSQL every process: to freeze it (SIGSTOP) and to let it go on
// (SIGCONT).
void signal_all(const std::string& data_folder, const std::string& process, int number);
// Has the supervisor stop it, or start it again; returns when that is done (30 s at most; false when not).
bool stop_process(const std::string& data_folder, const std::string& process);
bool start_process(const std::string& data_folder, const std::string& process);
// Of a process and its children: what they alone have in memory and their share of what they have in common.
double memory_MiB(const std::string& data_folder, const std::string& process);
// Processor time of a process without its children, since it began.
double cpu_seconds(const std::string& data_folder, const std::string& process);
bool database_answers(const std::string& data_folder);
std::string admin_connection_string(const std::string& data_folder);

// How often each value of the attribute `rpm` of the device is stored.
std::map<int, int> stored_values(const std::string& data_folder, const std::string& device_id);
// Asks what is stored of reports whose attribute `rpm` is a number that grows by one from 0 on.
class StoredReports {
 public:
  explicit StoredReports(const std::string& data_folder);
  ~StoredReports();
  struct Of {
    std::uint64_t rows = 0;
    std::uint64_t different = 0;  // numbers
  };
  Of of(const std::string& device_id);
  // How many of all these devices are stored, when each device's newest one was stored last.
  std::uint64_t newest_of_all(const std::vector<std::string>& device_ids);

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

// received - stored - refused - duplicate, over all devices: 0 when every report is accounted for.
long long unaccounted_reports(const std::string& data_folder);

}  // namespace turnkey::tests
