// SPDX-License-Identifier: Apache-2.0
// MQTT 3.1.1 on a plain socket, as little of it as a load needs: a client library would take more of the
// machine than what is measured. Not thread safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "bus/client.hpp"

namespace turnkey::tests::wire {

enum class Packet : std::uint8_t { connack = 2, publish = 3, puback = 4, suback = 9 };

std::string connect(const bus::Options& options);  // clean session, no keep-alive
std::string subscribe(const std::string& filter, int qos);
void append_publish(std::string& out, std::string_view topic, std::string_view payload, std::uint16_t id);
void append_puback(std::string& out, std::uint16_t id);

// One connection. Throws std::runtime_error when it breaks: a load that loses connections measures nothing.
class Socket {
 public:
  Socket(const std::string& host, int port);  // connected, blocking until `unblock`
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }
  // Sends the packet and waits for the answer of that kind; the last byte of a CONNACK or SUBACK says whether
  // it was accepted.
  void exchange(const std::string& packet, Packet answer);
  void unblock();

  std::string out{};  // what is to be sent
  bool flush();       // false: the rest has to wait until there is room
  bool wants_room() const { return !out.empty(); }
  using OnPacket = std::function<void(Packet kind, std::uint8_t flags, std::string_view body)>;
  void receive(const OnPacket& on_packet);  // what there is

 private:
  void parse(const OnPacket& on_packet);
  int fd_;
  std::string in_;
};

// Of a QoS 1 publish.
std::uint16_t id_of_publish(std::string_view body);
std::uint16_t id_of_puback(std::string_view body);

}  // namespace turnkey::tests::wire
