// SPDX-License-Identifier: Apache-2.0
// A bare MQTT client (libmosquitto) that shows every code and never reconnects, for tests of refusals.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

struct mosquitto;
struct mosquitto_message;
struct mqtt5__property;

namespace turnkey::broker::tests {

using Properties = std::map<std::string, std::string>;

struct Received {
  std::string topic;
  std::string payload;
  bool retained = false;
  Properties properties;
};

struct Identity {
  std::string client_id;
  std::string user_name{};  // empty: anonymous
  std::string password{};
  int version = 5;  // or 4: MQTT 3.1.1
  std::string will_topic{};
};

class MqttClient {
 public:
  MqttClient(int port, const Identity& identity);  // connects; `connack` tells how it went
  ~MqttClient();                                   // leaves without DISCONNECT
  MqttClient(const MqttClient&) = delete;
  MqttClient& operator=(const MqttClient&) = delete;

  int connack() const { return connack_; }  // -1: none came
  bool alive() const { return alive_; }
  int subscribe(const std::string& filter, int qos = 1);  // SUBACK's code; -1: none came
  // The packet's number; `puback` tells its reason code when it came.
  int publish(const std::string& topic, const std::string& payload, int qos = 1, bool retain = false,
              const Properties& properties = {});
  std::optional<int> puback(int mid) const;
  std::size_t pubacks() const;
  bool published(const std::string& topic, const std::string& payload,
                 int qos = 1);  // and PUBACK 0 (or 0x10)
  std::vector<Received> received() const;
  std::vector<Received> received_on(const std::string& topic) const;
  void disconnect();

 private:
  static void on_connack(mosquitto*, void*, int, int, const mqtt5__property*);
  static void on_suback(mosquitto*, void*, int, int, const int*, const mqtt5__property*);
  static void on_puback(mosquitto*, void*, int, int, const mqtt5__property*);
  static void on_message(mosquitto*, void*, const mosquitto_message*, const mqtt5__property*);

  mosquitto* client_;
  int version_;
  std::atomic<int> connack_{-1};
  std::atomic<bool> alive_{false};
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;
  std::map<int, int> subacks_;
  std::map<int, int> pubacks_;
  std::vector<Received> received_;
  std::thread loop_;
};

}  // namespace turnkey::broker::tests
