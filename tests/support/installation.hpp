// SPDX-License-Identifier: Apache-2.0
// A running installation (deploy/quickstart) as its users reach it: HTTPS through nginx, MQTT of devices. For
// benchmarks and fault tests.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bus/client.hpp"
#include "contracts/json.hpp"

namespace turnkey::tests {

struct DeviceKeys {
  std::string serial;
  std::string id;
  std::string access_key;
  std::string access_secret;
};

struct Reply {
  int status = 0;  // 0: no answer
  std::string body;
  contracts::Json json() const;  // throws when the body is none
};

// One signed-in user. Each call has a connection of its own. Thread safe.
class User {
 public:
  User(std::string host, int port, std::string ca_file, std::string origin, std::string cookie)
      : host_(std::move(host)),
        port_(port),
        ca_file_(std::move(ca_file)),
        origin_(std::move(origin)),
        cookie_(std::move(cookie)) {}
  Reply get(const std::string& path) const;
  Reply post(const std::string& path, const contracts::Json& body) const;
  Reply remove(const std::string& path) const;
  // Calls `on_event(name, data)` for each event until it returns false or the stream ends. False when it did
  // not open.
  bool stream(const std::string& path,
              const std::function<bool(const std::string&, const contracts::Json&)>& on_event) const;
  const std::string& cookie() const { return cookie_; }  // name=value, for connections of one's own

 private:
  std::string host_;
  int port_;
  std::string ca_file_;
  std::string origin_;
  std::string cookie_;
};

class Installation {
 public:
  explicit Installation(std::string data_folder);  // reads its demo.json
  // The first user of that role and tenant, signed in. Throws std::runtime_error when that does not work.
  User sign_in(const std::string& tenant, const std::string& role) const;
  // Registers that many devices with the demo's recipe, as its operator.
  std::vector<DeviceKeys> register_devices(int count) const;
  bus::Options device(const DeviceKeys& keys) const;  // MQTT over loopback
  bus::Options service(const std::string& name, const std::string& instance) const;
  const std::string& folder() const { return folder_; }
  int https_port() const { return port_; }
  std::string ca_file() const { return demo_.at("cafile"); }

 private:
  std::string folder_;
  contracts::Json demo_;
  std::string host_;
  int port_ = 0;
};

}  // namespace turnkey::tests
