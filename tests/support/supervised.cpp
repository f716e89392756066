// SPDX-License-Identifier: Apache-2.0
#include "support/supervised.hpp"

#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <pqxx/result>
#include <sstream>
#include <stdexcept>

#include "testing/eventually.hpp"
#include "testing/process.hpp"

namespace turnkey::tests {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string setting(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name + "=")) return line.substr(name.size() + 1);
  }
  throw std::runtime_error(name + " is not in " + path);
}

std::vector<int> children_of(int parent) {
  std::vector<int> children;
  std::ifstream file("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children");
  for (int child = 0; file >> child;) children.push_back(child);
  return children;
}

double pss_kib(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("Pss:")) return std::stod(line.substr(4));
  }
  throw std::runtime_error("process " + std::to_string(pid) + " does not run");
}

bool control(const std::string& data_folder, const std::string& process, const std::string& command) {
  testing::Child sv({"sv", "-w", "30", command, data_folder + "/supervise/" + process}, "/dev/null");
  return sv.wait() == 0;
}

}  // namespace

int pid_of(const std::string& data_folder, const std::string& process) {
  const std::string text = first_line(data_folder + "/supervise/" + process + "/supervise/pid");
  return text.empty() ? 0 : std::stoi(text);
}

bool kill_and_wait(const std::string& data_folder, const std::string& process) {
  const int before = pid_of(data_folder, process);
  if (before == 0 || kill(before, SIGKILL) != 0) return false;
  return testing::eventually(
      [&] {
        const int now = pid_of(data_folder, process);
        return now != 0 && now != before && kill(now, 0) == 0;
      },
      std::chrono::seconds(15));
}

void signal_all(const std::string& data_folder, const std::string& process, int number) {
  const int main_pid = pid_of(data_folder, process);
  if (main_pid == 0) return;
  kill(main_pid, number);
  for (const int child : children_of(main_pid)) kill(child, number);
}

bool stop_process(const std::string& data_folder, const std::string& process) {
  return control(data_folder, process, "force-stop");
}

bool start_process(const std::string& data_folder, const std::string& process) {
  return control(data_folder, process, "start");
}

double memory_MiB(const std::string& data_folder, const std::string& process) {
  const int main_pid = pid_of(data_folder, process);
  double kib = pss_kib(main_pid);
  for (const int child : children_of(main_pid)) kib += pss_kib(child);
  return kib / 1024;
}

double cpu_seconds(const std::string& data_folder, const std::string& process) {
  const std::string line = first_line("/proc/" + std::to_string(pid_of(data_folder, process)) + "/stat");
  // After the name, which may hold anything: the state, and at places 12 and 13 from it user and system time.
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  long user = 0;
  long system = 0;
  fields >> user >> system;
  return static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::string admin_connection_string(const std::string& data_folder) {
  return "host=127.0.0.1 dbname=turnkey user=postgres port=" +
         setting(data_folder + "/ports.env", "POSTGRES_PORT") +
         " password=" + first_line(data_folder + "/secrets/database-admin");
}

bool database_answers(const std::string& data_folder) {
  try {
    const pqxx::connection connection(admin_connection_string(data_folder));
    return connection.is_open();
  } catch (const std::exception&) {
    return false;
  }
}

std::map<int, int> stored_values(const std::string& data_folder, const std::string& device_id) {
  pqxx::connection connection(admin_connection_string(data_folder));
  pqxx::nontransaction tx(connection);
  std::map<int, int> values;
  const auto rows = tx.exec(
      "select s.number::int, count(*) from telemetry.samples s join telemetry.devices d using (device_key) "
      "join "
      "telemetry.attributes a using (attribute_key) where a.name = 'rpm' and d.device_id = " +
      tx.quote(device_id) + " group by 1");
  for (const auto& row : rows) values[row[0].as<int>()] = row[1].as<int>();
  return values;
}

struct StoredReports::Connection {
  pqxx::connection to_database;
};

StoredReports::StoredReports(const std::string& data_folder)
    : connection_(new Connection{pqxx::connection(admin_connection_string(data_folder))}) {}
StoredReports::~StoredReports() = default;

StoredReports::Of StoredReports::of(const std::string& device_id) {
  pqxx::nontransaction tx(connection_->to_database);
  const auto row = tx.exec1(
      "select count(*), count(distinct s.number) from telemetry.samples s join telemetry.devices d using "
      "(device_key) join telemetry.attributes a using (attribute_key) where a.name = 'rpm' and d.device_id "
      "= " +
      tx.quote(device_id));
  return {row[0].as<std::uint64_t>(), row[1].as<std::uint64_t>()};
}

std::uint64_t StoredReports::newest_of_all(const std::vector<std::string>& device_ids) {
  pqxx::nontransaction tx(connection_->to_database);
  std::string list;
  for (const auto& id : device_ids) list += (list.empty() ? "" : ",") + tx.quote(id);
  const auto row = tx.exec1(
      "select coalesce(sum(l.number + 1), 0)::bigint from telemetry.latest l join telemetry.devices d using "
      "(device_key) join telemetry.attributes a using (attribute_key) where a.name = 'rpm' and d.device_id "
      "in (" +
      list + ")");
  return row[0].as<std::uint64_t>();
}

long long unaccounted_reports(const std::string& data_folder) {
  pqxx::connection connection(admin_connection_string(data_folder));
  pqxx::nontransaction tx(connection);
  const auto row = tx.exec1(
      "select coalesce(sum(case name when 'received' then value when 'stored' then -value when 'refused' "
      "then -value when "
      "'duplicate' then -value else 0 end), 0)::bigint from telemetry.counters");
  return row[0].as<long long>();
}

}  // namespace turnkey::tests
