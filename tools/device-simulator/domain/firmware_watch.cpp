// SPDX-License-Identifier: Apache-2.0
#include "domain/firmware_watch.hpp"

#include <algorithm>

#include "contracts/report_time.hpp"
#include "contracts/state_report.hpp"

namespace turnkey::simulator {
namespace {

using namespace std::chrono_literals;
using contracts::Json;

constexpr int kLongestKeepAlive_s = 300;
constexpr core::Millis kClockOff = std::chrono::minutes(5);
// After 1, 2, 4 ... s, with some chance in it.
constexpr core::Millis kShortestFirst = 500ms;
constexpr core::Millis kShortestThird = 2s;

bool is_hex(const std::string& text, std::size_t size) {
  return text.size() == size && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string first_of(const std::string& one, std::string other) {
  return one.empty() ? std::move(other) : one;
}

// Undeclared attributes are the recipe's affair: here none is declared.
std::string fault_of_report(const contracts::ParsedStates& parsed) {
  for (const auto& [reason, count] : parsed.refused_reports)
    if (reason != "no_value_fits" && count > 0) return "a report would be refused: " + reason;
  for (const auto& [reason, count] : parsed.refused_values)
    if (reason != "undeclared" && count > 0) return "a value would be refused: " + reason;
  return {};
}

}  // namespace

void FirmwareWatch::connects(const mqtt::Connect& connect) {
  if (login_) return;
  login_ = connect;
  device_ = connect.client_id;
}

void FirmwareWatch::subscribes(const mqtt::Subscribe& subscribe) {
  for (const auto& [filter, qos] : subscribe.filters) {
    if (filter == root_ + "/" + device_ + "/command")
      commands_fault_.clear();
    else
      topic_fault_ = first_of(topic_fault_, "it asks for " + filter);
  }
}

void FirmwareWatch::publishes(const mqtt::Publish& publish, core::Timestamp now) {
  if (publish.topic != state_topic()) {
    topic_fault_ = first_of(topic_fault_, "it publishes on " + publish.topic);
    return;
  }
  ++reports_;
  if (publish.qos > 1) report_fault_ = first_of(report_fault_, "a report comes with QoS 2");
  read_report(publish.payload, now);
  const auto presses = contracts::find_presses(publish.payload, register_attribute_, now);
  for (const auto& press : presses) {
    if (press.released) continue;
    presses_ += press.count;
    press_retained_ = press_retained_ || publish.retain;
  }
}

void FirmwareWatch::read_report(const std::string& payload, core::Timestamp now) {
  report_fault_ = first_of(report_fault_, fault_of_report(contracts::parse_state_message(payload, {}, now)));
  const auto json = contracts::parse_json(payload);
  if (!json) return;
  const Json& newest = json->is_array() && !json->empty() ? json->back() : *json;
  if (!newest.is_object() || !newest.contains("time")) return;
  const auto time = contracts::read_report_time(newest, now);
  if (!time)
    time_fault_ =
        first_of(time_fault_, "its time cannot be read: " +
                                  newest["time"].dump(-1, ' ', true, Json::error_handler_t::replace));
  else if (!json->is_array() && std::chrono::abs(*time - now) > kClockOff)
    time_fault_ = first_of(time_fault_, "its clock says " + core::to_iso(*time) + " at " + core::to_iso(now));
}

void FirmwareWatch::is_refused(core::Timestamp now) { refused_.push_back(now); }

std::string FirmwareWatch::login_fault() const {
  if (nonsense_) return "it sends what is no MQTT";
  if (!login_) return "it did not connect";
  if (!is_hex(login_->client_id, 24)) return "the client id is no device id: 24 lower-case hex characters";
  if (login_->user_name.size() != 36) return "the user name is no access key";
  if (!is_hex(login_->password, 64)) return "the password is no access secret";
  return {};
}

std::string FirmwareWatch::waiting_fault() const {
  const auto pause = [this](std::size_t i) { return refused_[i + 1] - refused_[i]; };
  if (pause(0) < kShortestFirst) return "it tries again after " + std::to_string(pause(0).count()) + " ms";
  if (pause(2) < kShortestThird || pause(2) * 4 < pause(0) * 5)
    return "its first pause is " + std::to_string(pause(0).count()) + " ms and its third " +
           std::to_string(pause(2).count()) + " ms: they do not grow";
  return came_back_ ? "" : "it did not come back";
}

std::string FirmwareWatch::press_fault() const {
  if (presses_ == 0) return "no press came: " + register_attribute_ + " with a true value";
  return press_retained_ ? "the press was retained: such a press never counts" : "";
}

std::vector<Ruling> FirmwareWatch::rulings() const {
  std::vector<Ruling> all = {
      ruling("login", "It connects with its device id, access key and access secret.", login_fault())};
  if (!login_) return all;
  const bool keeps_alive = login_->keep_alive_s > 0 && login_->keep_alive_s <= kLongestKeepAlive_s;
  all.push_back(ruling("keep_alive", "Its keep-alive is between 1 s and 5 minutes.",
                       keeps_alive ? "" : "it is " + std::to_string(login_->keep_alive_s) + " s"));
  all.push_back(ruling("commands", "It subscribes to its own commands.", commands_fault_));
  all.push_back(ruling("topics", "It uses its own two topics and no others.", topic_fault_));
  all.push_back(ruling("reports", "It reports, in a form that is taken.",
                       reports_ == 0 ? "no report came" : report_fault_));
  all.push_back(
      ruling("time", "The time of a report can be read and is right, or is left out.", time_fault_));
  Ruling press{"press", "A press is reported, and not retained."};
  if (press_awaited_) press = ruling(press.rule, press.sentence, press_fault());
  all.push_back(press);
  Ruling waiting{"waiting", "Refused, it tries again after pauses that grow, and comes back."};
  if (refused_.size() >= kRefusalsToJudge)
    waiting = ruling(waiting.rule, waiting.sentence, waiting_fault());
  else if (!refused_.empty())
    waiting = ruling(waiting.rule, waiting.sentence, "it stopped trying");
  all.push_back(waiting);
  return all;
}

}  // namespace turnkey::simulator
