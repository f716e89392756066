// SPDX-License-Identifier: Apache-2.0
#include "device.hpp"

#include <functional>
#include <mutex>

#include "contracts/topics.hpp"
#include "core/time.hpp"
#include "domain/generator.hpp"
#include "domain/led.hpp"

namespace turnkey::simulator {
namespace {

using contracts::Json;

constexpr std::size_t kReportsInArray = 200;
constexpr auto kAcknowledgement = std::chrono::seconds(20);
constexpr int kBlinksUnlessTold = 3;

Json to_json(const GeneratorReadings& readings) {
  return {{"rpm", readings.rpm},
          {"manifold_temperature", readings.manifold_temperature},
          {"battery_voltage", readings.battery_voltage},
          {"fuel_level", readings.fuel_level},
          {"current", readings.current},
          {"running", readings.running}};
}

Led::Millis steady_now() {
  return std::chrono::duration_cast<Led::Millis>(std::chrono::steady_clock::now().time_since_epoch());
}

Json stamped(const Json& data, core::Timestamp time) {
  return {{"data", data}, {"time", {{"$date", core::to_iso(time)}}}};
}

bus::Options options_of(const Identity& identity, const Network& network) {
  bus::Options options;
  options.host = network.host;
  options.port = network.port;
  options.tls = network.tls;
  options.ca_file = network.ca_file;
  options.client_id = identity.device_id;
  options.user_name = identity.access_key;
  options.password = identity.access_secret;
  options.protocol = 4;
  options.reconnect_max = std::chrono::seconds(5);
  return options;
}

}  // namespace

class Device::Body {
 public:
  Body(Identity identity, const Network& network, std::string register_attribute)
      : identity_(std::move(identity)),
        root_(network.root),
        register_attribute_(std::move(register_attribute)),
        generator_(static_cast<std::uint32_t>(std::hash<std::string>{}(identity_.serial)), identity_.running),
        client_(options_of(identity_, network)) {
    client_.subscribe(topic("command"), 1, [this](const bus::Message& message) { obey(message.payload); });
  }

  std::string topic(const char* what) const { return root_ + "/" + identity_.device_id + "/" + what; }

  void obey(const std::string& payload) {
    const auto json = contracts::parse_json(payload);
    if (!json) return;
    contracts::ObjectReader in(*json);
    const std::string name = in.text("name");
    const std::lock_guard lock(mutex_);
    last_command_ = name + " at " + core::to_iso(core::SystemClock().now());
    if (name == "start") generator_.start();
    if (name == "stop") generator_.stop();
    if (name == "identify") {
      const Json* wanted = in.optional_object("payload");
      const auto times = wanted != nullptr ? contracts::ObjectReader(*wanted).optional_integer("times", 1, 20)
                                           : std::nullopt;
      const Json* time = in.optional_object("time");
      led_.blink(static_cast<int>(times.value_or(kBlinksUnlessTold)), time != nullptr ? time->dump() : "",
                 steady_now());
    }
  }

  bool publish_data(const Json& data) {
    bus::Publication publication;
    publication.topic = topic("state");
    publication.payload = stamped(data, core::SystemClock().now()).dump();
    if (!client_.publish(publication)) return false;
    ++reports_;
    return true;
  }

  Identity identity_;
  std::string root_;
  std::string register_attribute_;
  mutable std::mutex mutex_;
  Generator generator_;
  Led led_;
  std::string last_command_;
  long reports_ = 0;
  bus::Client client_;  // last: it ends first, and its handler uses the rest
};

Device::Device(Identity identity, const Network& network, std::string register_attribute)
    : body_(std::make_shared<Body>(std::move(identity), network, std::move(register_attribute))) {}
Device::~Device() { body_->client_.stop(); }

const Identity& Device::identity() const { return body_->identity_; }
void Device::connect() { body_->client_.start(); }

void Device::report(double seconds_since_last) {
  const std::lock_guard lock(body_->mutex_);
  body_->generator_.advance(seconds_since_last);
  if (body_->client_.connected()) body_->publish_data(to_json(body_->generator_.read()));
}

bool Device::press(int times) {
  const std::lock_guard lock(body_->mutex_);
  if (!body_->client_.connected()) return false;
  for (int i = 0; i < times; ++i) {
    if (!body_->publish_data({{body_->register_attribute_, true}})) return false;
  }
  return true;
}

Shown Device::shown() const {
  const std::lock_guard lock(body_->mutex_);
  const auto now = steady_now();
  const Led& led = body_->led_;
  return {body_->client_.connected(),       led.on(now),     led.flash(now),
          led.busy(now) ? led.times() : 0,  led.number(),    led.since(now),
          body_->generator_.wants_to_run(), body_->reports_, body_->last_command_};
}

void Device::live_through(double hours) {
  const std::lock_guard lock(body_->mutex_);
  body_->generator_.advance(hours * 3600);
}

bool Device::send_history(double hours, double every_s) {
  if (!body_->client_.wait_connected(kAcknowledgement)) return false;
  const auto step = core::Millis(static_cast<std::int64_t>(every_s * 1000));
  const core::Timestamp now = core::SystemClock().now();
  core::Timestamp time = now - core::Millis(static_cast<std::int64_t>(hours * 3600 * 1000));
  while (time < now) {
    Json reports = Json::array();
    for (; time < now && reports.size() < kReportsInArray; time += step) {
      const std::lock_guard lock(body_->mutex_);
      body_->generator_.advance(every_s);
      reports.push_back(stamped(to_json(body_->generator_.read()), time));
    }
    if (!body_->client_.publish_and_wait({body_->topic("state"), reports.dump()}, kAcknowledgement))
      return false;
  }
  return true;
}

}  // namespace turnkey::simulator
