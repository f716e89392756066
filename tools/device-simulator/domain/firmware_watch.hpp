// SPDX-License-Identifier: Apache-2.0
// What a firmware does at a bench that plays its broker, judged by the rules of docs/firmware.md. Told what
// happens as it happens; not thread safe. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "domain/mqtt_packets.hpp"
#include "domain/ruling.hpp"

namespace turnkey::simulator {

class FirmwareWatch {
 public:
  static constexpr std::size_t kRefusalsToJudge = 4;  // three pauses between them

  FirmwareWatch(std::string root, std::string register_attribute)
      : root_(std::move(root)), register_attribute_(std::move(register_attribute)) {}

  void connects(const mqtt::Connect& connect);
  void subscribes(const mqtt::Subscribe& subscribe);
  void publishes(const mqtt::Publish& publish, core::Timestamp now);
  void sends_nonsense() { nonsense_ = true; }  // bytes that are no MQTT
  void is_refused(core::Timestamp now);        // a login, one after the other
  void comes_back() { came_back_ = true; }     // a login after the refused ones
  void awaits_press() { press_awaited_ = true; }

  bool pressed() const { return presses_ > 0; }
  std::vector<Ruling> rulings() const;

 private:
  std::string state_topic() const { return root_ + "/" + device_ + "/state"; }
  std::string login_fault() const;
  std::string waiting_fault() const;
  std::string press_fault() const;
  void read_report(const std::string& payload, core::Timestamp now);

  const std::string root_;
  const std::string register_attribute_;
  std::optional<mqtt::Connect> login_{};
  std::string device_{};
  std::string commands_fault_ = "it did not subscribe to its commands";
  std::string topic_fault_{};
  std::string report_fault_{};
  std::string time_fault_{};
  bool nonsense_ = false;
  bool press_awaited_ = false;
  bool press_retained_ = false;
  bool came_back_ = false;
  std::size_t reports_ = 0;
  int presses_ = 0;
  std::vector<core::Timestamp> refused_{};
};

}  // namespace turnkey::simulator
