// SPDX-License-Identifier: Apache-2.0
// The services around this one, played over a real broker with the plugin and a real database: the registry
// answers its RPCs, ingest reads the retained windows and publishes presses, the gateway asks and listens.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "app.hpp"
#include "bus/rpc.hpp"
#include "contracts/messages.hpp"
#include "fixture/broker_fixture.hpp"
#include "testing/process.hpp"

namespace turnkey::provisioning::tests {

using contracts::Json;

bus::Options options_of(const broker::tests::TestBroker& broker, const std::string& service);

struct PlayedDevice {
  std::string id = core::random_hex_id();
  std::string serial;
  std::string recipe_id = core::random_hex_id();
  std::string policy = "press";
  int window_s = 300;
  int burst_pause_ms = 300;
  bool blink_check = false;
  std::int64_t epoch = 0;
};

class PlayedRegistry {
 public:
  explicit PlayedRegistry(const broker::tests::TestBroker& broker);
  ~PlayedRegistry();
  bool connected() const { return client_.wait_connected(std::chrono::seconds(10)); }
  PlayedDevice add(PlayedDevice device);
  void hold_answers(bool hold);  // of assign_device: it is done, and nobody hears of it
  int assign_calls() const { return assign_calls_; }
  std::size_t assignments();
  std::vector<std::string> acts(const std::string& serial);  // of the ledger, in order
  void tell(const PlayedDevice& device, const std::string& event);
  void may_name(const PlayedDevice& device, const std::string& user);
  int asked_who() const { return asked_who_; }

 private:
  core::Result<Json> find(const Json& request);
  core::Result<Json> who_may(const Json& request);
  core::Result<Json> assign(const Json& request, bool only_check);
  core::Result<Json> append(const Json& request);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool holding_ = false;
  std::atomic<int> assign_calls_{0};
  std::atomic<int> asked_who_{0};
  std::set<std::pair<std::string, std::string>> named_;  // device and user
  std::map<std::string, PlayedDevice> devices_;          // by serial
  std::map<std::string, Json> assigned_;                 // by provisioning
  std::set<std::string> ledger_keys_;
  std::vector<Json> ledger_;
  bus::Client client_;
  bus::RpcServer server_;
};

class PlayedIngest {
 public:
  explicit PlayedIngest(const broker::tests::TestBroker& broker);
  ~PlayedIngest();
  bool connected() const { return client_.wait_connected(std::chrono::seconds(10)); }
  // The retained windows as ingest knows them: ids of provisionings.
  std::vector<std::string> windows(const std::string& device_id);
  bool press(const std::string& provisioning, const std::string& press_id, core::Timestamp at, int count = 1);
  bool press(const std::string& provisioning);           // now, with an id of its own
  core::Result<Json> stray(const PlayedDevice& device);  // it has no window and is pressed now
  void remember(const std::string& provisioning, const std::string& press_id, core::Timestamp at);
  int asked() const { return asked_; }

 private:
  std::mutex mutex_;
  std::map<std::string, contracts::Windows> windows_;
  Json recent_ = Json::array();
  std::atomic<int> asked_{0};
  bus::Client client_;
  bus::RpcCaller caller_;
  bus::RpcServer server_;
};

class PlayedGateway {
 public:
  explicit PlayedGateway(const broker::tests::TestBroker& broker);
  ~PlayedGateway() { client_.stop(); }
  bool connected() const { return client_.wait_connected(std::chrono::seconds(10)); }
  core::Result<Json> call(const std::string& method, const Json& request,
                          std::chrono::milliseconds timeout = std::chrono::seconds(5));
  core::Result<Json> ask(const std::string& service, const std::string& method, const Json& request,
                         std::chrono::milliseconds timeout);
  core::Result<Json> open(const std::string& user, const std::string& serial);
  core::Result<Json> get(const std::string& user, const std::string& id);
  core::Result<Json> complete(const std::string& user, const std::string& id,
                              std::chrono::milliseconds timeout = std::chrono::seconds(5));
  // The newest status that was told; its state is empty when there was none.
  contracts::ProvisioningStatus status(const std::string& id);

 private:
  std::mutex mutex_;
  std::map<std::string, contracts::ProvisioningStatus> statuses_;
  bus::Client client_;
  bus::RpcCaller caller_;
};

class Installation {
 public:
  explicit Installation(broker::tests::BrokerSettings settings = {});
  void start() { app = std::make_unique<App>(config("a")); }
  void start(const core::Clock& clock) { app = std::make_unique<App>(config("a"), clock); }
  Config config(const std::string& instance) const;
  std::unique_ptr<testing::Child> run_program();  // the built one, for kill -9
  std::string log() const;

  broker::tests::TestBroker broker;
  std::string database;
  PlayedRegistry registry{broker};
  PlayedIngest ingest{broker};
  PlayedGateway gateway{broker};
  testing::TemporaryFolder folder;
  std::unique_ptr<App> app;
  const std::string anna = core::random_hex_id();
  const std::string bert = core::random_hex_id();
};

}  // namespace turnkey::provisioning::tests
