// SPDX-License-Identifier: Apache-2.0
// The way of a press as it is delivered: broker with its plugin, the programs of registry and ingest, and
// this service over one database each may only touch its schema of. The gateway alone is played.
#pragma once

#include "core/random.hpp"
#include "scene.hpp"

namespace turnkey::provisioning::tests {

class Chain {
 public:
  // A recipe with these fields changed.
  explicit Chain(Json recipe = Json::object());
  ~Chain();
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;

  struct Unit {
    std::string serial;
    broker::tests::Device device;
    std::unique_ptr<broker::tests::MqttClient> client{};
    bool press() { return client->published(device.state(), R"({"data":{"register_button":true}})"); }
  };
  std::vector<Unit> units(int count);               // registered, and connected
  std::vector<std::string> technicians(int count);  // ids of users of one group
  core::Result<Json> call(const std::string& service, const std::string& method, const std::string& user,
                          Json request);
  core::Result<Json> complete(const std::string& user, const std::string& id, const std::string& name);
  std::string open_window(const std::string& user, const Unit& unit);  // its id
  int number(const std::string& sql);
  int lines(const Unit& unit, const std::string& act);  // of the ledger
  contracts::ProvisioningStatus status(const std::string& id) { return gateway.status(id); }
  bool becomes(const std::string& id, const std::string& state, std::chrono::milliseconds within = 30s) {
    return eventually([&] { return status(id).provisioning.state == state; }, within);
  }
  void restart_ingest();

  std::string database;
  broker::tests::TestBroker broker;
  testing::TemporaryFolder folder;
  std::unique_ptr<testing::Child> registry;
  std::unique_ptr<testing::Child> ingest;
  std::unique_ptr<App> app;
  PlayedGateway gateway;
  std::string group;

 private:
  std::unique_ptr<testing::Child> program(const std::string& path, const std::string& service,
                                          const std::string& role);
  Json must(const std::string& method, const std::string& user, Json request);
  const std::string seal_key_ = core::random_hex(32);
  std::string operator_;
  std::string recipe_;
};

// All of it at the same moment, each in its own thread.
template <typename Work>
void at_once(int count, const Work& work) {
  std::atomic<int> ready{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      ++ready;
      while (ready < count) std::this_thread::yield();
      work(i);
    });
  for (auto& thread : threads) thread.join();
}

}  // namespace turnkey::provisioning::tests
