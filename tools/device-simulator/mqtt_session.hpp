// SPDX-License-Identifier: Apache-2.0
// One MQTT connection, made and ended by hand, that shows every code and never reconnects. Not thread safe.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "domain/mqtt_packets.hpp"
#include "http/dialled_stream.hpp"

namespace turnkey::simulator {

class MqttSession {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  // Dials and says CONNECT. An error when nobody is there, or when the certificate is not to be trusted.
  static core::Result<MqttSession> open(const http::Endpoint& endpoint, const mqtt::Connect& wanted);

  const std::optional<mqtt::Connack>& connack() const { return connack_; }  // nothing: none came in time
  bool accepted() const { return connack_ && connack_->code == 0; }
  // Codes; nothing when no answer came in time or the connection ended.
  std::optional<int> subscribe(const std::string& filter, int qos);
  std::optional<int> publish(const std::string& topic, const std::string& payload);  // QoS 1
  bool publish_at_most_once(const std::string& topic, const std::string& payload);
  bool answers_ping();
  std::optional<mqtt::Publish> next_publish(std::chrono::milliseconds within);
  bool ends_within(std::chrono::milliseconds time);  // by the broker
  void disconnect();

 private:
  MqttSession(std::unique_ptr<http::DialledStream> stream, mqtt::Version version)
      : stream_(std::move(stream)), version_(version) {}
  std::optional<mqtt::Packet> next(Instant until);
  // Packets that are none of these are kept apart when they are publications, else passed over.
  std::optional<int> wait_for(const std::function<std::optional<int>(const mqtt::Packet&)>& read);
  void keep(const mqtt::Packet& packet);

  std::unique_ptr<http::DialledStream> stream_;
  mqtt::Version version_;
  std::optional<mqtt::Connack> connack_{};
  std::string bytes_{};
  bool broken_ = false;
  std::uint16_t last_id_ = 0;
  std::deque<mqtt::Publish> publications_{};
};

}  // namespace turnkey::simulator
