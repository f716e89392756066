// SPDX-License-Identifier: Apache-2.0
// One simulated device: a generator with a gateway, a button and an LED, connected over MQTT as firmware is
// (3.1.1, client id = device id, user name = access key, password = secret). Thread safe.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "bus/client.hpp"
#include "contracts/json.hpp"

namespace turnkey::simulator {

struct Identity {
  std::string serial;
  std::string device_id;
  std::string access_key;
  std::string access_secret;
  bool running = false;  // whether the generator runs when the device is switched on
};

struct Network {
  std::string host = "127.0.0.1";
  int port = 1883;
  bool tls = false;
  std::string ca_file;
  std::string root = "devices";
};

struct Shown {
  bool connected = false;
  bool led = false;
  int flash = 0;   // of the blinking that goes on: which one, from 1
  int blinks = 0;  // how many there will have been; 0 when none goes on
  int blinking_number = 0;
  std::chrono::milliseconds blinking_for{0};
  bool running = false;
  long reports = 0;
  std::string last_command;  // name and time, for people
};

class Device {
 public:
  Device(Identity identity, const Network& network, std::string register_attribute);
  ~Device();
  const Identity& identity() const;
  void connect();
  // Moves the generator on and publishes a report (QoS 1). Called by the fleet's clock.
  void report(double seconds_since_last);
  // Presses the button `times` times; each is one report of the register attribute. False when not connected.
  bool press(int times);
  Shown shown() const;
  // Moves the generator on without a word, to where `send_history` of as many hours left it. Before
  // `connect`.
  void live_through(double hours);
  // Publishes what would have been reported in the past hours, as arrays of reports with their times; waits
  // for the acknowledgements. False when the broker did not take all of it.
  bool send_history(double hours, double every_s);

 private:
  class Body;
  std::shared_ptr<Body> body_;
};

}  // namespace turnkey::simulator
