// SPDX-License-Identifier: Apache-2.0
// Small pieces around Paho's C API (MQTTAsync): properties in both directions, TCP_NODELAY. Only for
// bus/*.cpp.
#pragma once

#include <MQTTAsync.h>

#include <cstdint>
#include <string>

#include "bus/client.hpp"

namespace turnkey::bus::paho {

// MQTT 5 properties of a publication, or of a CONNECT; freed with the object.
class Properties {
 public:
  explicit Properties(const Publication& publication);
  explicit Properties(std::uint16_t receive_maximum);
  ~Properties() { MQTTProperties_free(&list_); }
  Properties(const Properties&) = delete;
  Properties& operator=(const Properties&) = delete;
  const MQTTProperties& list() const { return list_; }
  MQTTProperties* for_connect() { return &list_; }  // Paho copies it, but does not say const

 private:
  void add_text(MQTTPropertyCodes code, const std::string& value);
  MQTTProperties list_ = MQTTProperties_initializer;
};

Message to_message(const char* topic, int topic_length, const MQTTAsync_message& message);

// Paho never sets TCP_NODELAY and does not hand out its socket: sets it on every TCP socket of this process
// whose peer has that port. Without it a QoS 1 publication takes about 90 ms (Nagle against delayed
// acknowledgement).
void set_no_delay(int peer_port);
// Ends the connections of those sockets, in both directions.
void shut_down(int peer_port);

}  // namespace turnkey::bus::paho
