// SPDX-License-Identifier: Apache-2.0
// The broker as it is delivered: mosquitto.conf.in filled in, the built plugin, a real PostgreSQL with the
// view that the registry offers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mqtt/mqtt_client.hpp"
#include "testing/process.hpp"

namespace turnkey::broker::tests {

struct Device {
  std::string id;
  std::string access_key;
  std::string secret;
  static Device make();
  std::string state() const { return "devices/" + id + "/state"; }
  std::string command() const { return "devices/" + id + "/command"; }
  Identity identity(int version = 5) const { return {id, access_key, secret, version, {}}; }
};

// The registry's side: a database with the view registry.broker_credentials.
class CredentialsDatabase {
 public:
  CredentialsDatabase();
  void make_view();
  void add(const Device& device);
  void revoke(const Device& device);
  void execute(const std::string& sql) const;
  std::string broker_connection_string() const;

 private:
  std::string name_;
};

struct BrokerSettings {
  std::string database{};                     // connection string of the role turnkey_broker
  std::vector<std::string> plugin_options{};  // further lines "plugin_opt_..."
  std::string services_file{"<generated>"};   // content
  std::vector<std::string> command_prefix{};  // e.g. prlimit
};

class TestBroker {
 public:
  explicit TestBroker(BrokerSettings settings = {});  // returns when it answers, or has ended
  int port() const { return port_; }
  std::string journal() const { return folder_.path() + "/journal"; }
  std::string metrics() const;
  std::string log() const;
  std::size_t segment_files() const;
  void signal(int number) { process_->signal(number); }
  void stop(int signal);  // and waits for the end
  void start();
  bool running();

  Identity service(const std::string& name) const;
  std::unique_ptr<MqttClient> connect(const Identity& identity) const;

 private:
  testing::TemporaryFolder folder_;
  BrokerSettings settings_;
  int port_ = 0;
  std::unique_ptr<testing::Child> process_;
};

}  // namespace turnkey::broker::tests
