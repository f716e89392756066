// SPDX-License-Identifier: Apache-2.0
// The gateway as it is delivered, between a real broker with its plugin and services that the test plays.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

#include "app.hpp"
#include "bus/rpc.hpp"
#include "contracts/messages.hpp"
#include "fixture/broker_fixture.hpp"
#include "service/browser.hpp"
#include "testing/fake_clock.hpp"

namespace turnkey::gateway::tests {

using contracts::Json;

// A service of the test: what it answers can change at any time.
class Played {
 public:
  using Method = std::function<core::Result<Json>(const Json& request)>;
  Played(const broker::tests::TestBroker& broker, const std::string& name,
         const std::vector<std::string>& methods);
  ~Played();
  // What stays for all tests, and what the present one puts in its place until it is forgotten.
  void always(const std::string& method, Method answer);
  void on(const std::string& method, Method answer);
  // Returns when nothing of it runs any more: the bus may bring a request twice, the second time late.
  void forget();
  int asked(const std::string& method);
  // Until it is called with false, nothing is answered.
  void hold(bool held);
  void say(const std::string& topic, const Json& message);  // returns when the broker has it

 private:
  core::Result<Json> answer(const std::string& method, const Json& request);

  bus::Client client_;
  bus::RpcServer server_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Method> lasting_;
  std::map<std::string, Method> methods_;
  std::map<std::string, int> asked_;
  bool held_ = false;
  std::shared_mutex running_;  // shared by what runs
};

struct Person {
  std::string id;
  std::string token;
  std::string role;
  std::optional<std::vector<std::string>> scopes{};  // of a program's token
  std::optional<core::Timestamp> expires_at{};
};

class Stage {
 public:
  static constexpr int kHttpThreads = 8;
  Stage();

  // Of a gateway at this broker; each instance once.
  Config config(const std::string& instance) const;
  // Somebody who is signed in.
  Person person(const std::string& role, std::optional<core::Timestamp> expires_at = {});
  Browser browser(const Person& person) const;
  // A program's token of the same person.
  Person program_of(const Person& person, std::vector<std::string> scopes,
                    std::optional<core::Timestamp> expires_at = {});
  void end_token(const Person& program);                       // and say so
  void change(const Person& person, const std::string& role);  // and say so
  void sign_out(const Person& person);                         // and say so

  // A device with credentials that `owner` may see; "" = nobody.
  struct Owned {
    std::string serial;
    broker::tests::Device device;
  };
  Owned device(const std::string& owner, core::Timestamp since);
  void hand_over(const Owned& device, const std::string& owner);     // and say so
  void remove(const Owned& device);                                  // and say so
  void roll_out(const Owned& device, const std::string& attribute);  // its only one from now on; and say so

  broker::tests::CredentialsDatabase credentials;
  std::unique_ptr<broker::tests::TestBroker> broker;
  std::unique_ptr<Played> registry;
  std::unique_ptr<Played> provisioning;
  std::unique_ptr<Played> telemetry;
  testing::FakeClock clock;
  std::unique_ptr<App> app;

 private:
  struct Known {
    std::string id;
    std::string owner;
    core::Timestamp since;
    std::string attribute;
  };
  core::Result<Json> get_session(const Json& request);
  core::Result<Json> get_device(const Json& request);

  std::mutex mutex_;
  std::map<std::string, Person> by_token_;
  std::map<std::string, Known> by_serial_;
};

Stage& stage();  // one for all tests of the program

// Forgets what the services of the stage were told to answer. Declared after what those answers refer to.
struct Curtain {
  Curtain() = default;
  Curtain(const Curtain&) = delete;
  Curtain& operator=(const Curtain&) = delete;
  ~Curtain();
};

// A registry that keeps what it was asked by one method, and answers with `reply`.
struct Asked {
  Asked(std::string method, Json reply) : name(std::move(method)) {
    stage().registry->on(name, [this, reply = std::move(reply)](const Json& request) -> core::Result<Json> {
      const std::lock_guard lock(mutex);
      requests.push_back(request);
      return reply;
    });
  }
  ~Asked() { stage().registry->on(name, nullptr); }
  Json last() {
    const std::lock_guard lock(mutex);
    return requests.empty() ? Json() : requests.back();
  }
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return requests.size();
  }
  const std::string name;
  std::mutex mutex;
  std::vector<Json> requests;
};

}  // namespace turnkey::gateway::tests
