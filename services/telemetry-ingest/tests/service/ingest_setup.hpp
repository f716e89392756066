// SPDX-License-Identifier: Apache-2.0
// The real App or program between a real broker with the plugin and a real PostgreSQL. The registry and
// provisioning do not run: bus clients with their names play their parts.
#pragma once

#include <memory>
#include <mutex>
#include <pqxx/result>
#include <set>
#include <string>

#include "app.hpp"
#include "bus/rpc.hpp"
#include "fixture/broker_fixture.hpp"
#include "pg/pool.hpp"
#include "testing/eventually.hpp"
#include "testing/postgres.hpp"
#include "testing/process.hpp"

namespace turnkey::ingest::tests {

using broker::tests::Device;

// The registry as ingest sees it.
class PlayedRegistry {
 public:
  PlayedRegistry(bus::Options options, const std::vector<Device>& devices);
  ~PlayedRegistry();
  void announce(const Device& device);                  // from now on it is known, and an event says so
  void remove(const Device& device, bool told = true);  // it is deleted, and an event says so if wanted
  // Likewise with these from now on; `fault_attribute` says that it has a fault.
  void roll_out(const Device& device, contracts::Attributes attributes,
                const std::string& fault_attribute = {});
  std::vector<contracts::Json> faults() const;  // that it was told

 private:
  contracts::DeviceEvent event_of(const Device& device) const;
  void say(const contracts::DeviceEvent& event);
  core::Result<contracts::Json> sync(std::int64_t after) const;
  mutable std::mutex mutex_;
  std::vector<contracts::DeviceEvent> devices_;
  std::vector<contracts::Json> faults_;
  bus::Client client_;
  bus::RpcServer server_;
};

class Setup {
 public:
  explicit Setup(std::vector<std::string> broker_options = {});

  Config config() const;
  // The built program; its internal port is `program_port`.
  std::unique_ptr<testing::Child> program(std::vector<std::pair<std::string, std::string>> more = {}) const;
  bus::Options options(const std::string& service, const std::string& instance = "test") const;
  core::Result<contracts::Json> ask(const std::string& method, const contracts::Json& request);
  int number(const std::string& sql);
  std::string program_log() const;
  // Status and body of GET on an internal port.
  static std::string get(int port, const std::string& path);
  void await_device_login(const Device& device) const;

  testing::TemporaryFolder folder;
  std::string database = testing::Postgres::instance().create_database();
  broker::tests::CredentialsDatabase credentials;
  Device device = Device::make();
  Device other = Device::make();
  Device unknown = Device::make();  // may log in; the registry has not announced it
  std::unique_ptr<broker::tests::TestBroker> broker;
  std::unique_ptr<PlayedRegistry> registry;
  std::unique_ptr<bus::Client> gateway;
  std::unique_ptr<bus::RpcCaller> caller;
  std::unique_ptr<pg::Pool> pool;
  int program_port = testing::free_port();
};

}  // namespace turnkey::ingest::tests
