// SPDX-License-Identifier: Apache-2.0
#include "mqtt_session.hpp"

namespace turnkey::simulator {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{5};
constexpr std::size_t kReadAtOnce = 16 * 1024;  // bytes

}  // namespace

core::Result<MqttSession> MqttSession::open(const http::Endpoint& endpoint, const mqtt::Connect& wanted) {
  auto stream = http::DialledStream::dial(endpoint);
  if (!stream) return stream.error();
  if (!(*stream)->distrust().empty())
    return core::unavailable("The broker's certificate is not to be trusted: " + (*stream)->distrust() + ".");
  MqttSession session(std::move(*stream), wanted.version);
  session.stream_->send(mqtt::connect(wanted));
  if (const auto packet = session.next(Clock::now() + kPatience))
    session.connack_ = mqtt::read_connack(*packet);
  return session;
}

std::optional<mqtt::Packet> MqttSession::next(Instant until) {
  for (;;) {
    if (auto packet = mqtt::take_packet(bytes_, broken_)) return packet;
    if (broken_ || stream_->ended()) return std::nullopt;
    const std::string more = stream_->read(kReadAtOnce, until);
    if (more.empty()) return std::nullopt;
    bytes_ += more;
  }
}

void MqttSession::keep(const mqtt::Packet& packet) {
  auto publication = mqtt::read_publish(packet, version_);
  if (!publication) return;
  if (publication->qos == 1) stream_->send(mqtt::puback(publication->id));
  publications_.push_back(std::move(*publication));
}

std::optional<int> MqttSession::wait_for(const std::function<std::optional<int>(const mqtt::Packet&)>& read) {
  const auto until = Clock::now() + kPatience;
  while (const auto packet = next(until)) {
    if (const auto code = read(*packet)) return code;
    keep(*packet);
  }
  return std::nullopt;
}

std::optional<int> MqttSession::subscribe(const std::string& filter, int qos) {
  const auto id = ++last_id_;
  if (!stream_->send(mqtt::subscribe(version_, id, filter, qos))) return std::nullopt;
  return wait_for([&](const mqtt::Packet& packet) { return mqtt::read_suback(packet, version_, id); });
}

std::optional<int> MqttSession::publish(const std::string& topic, const std::string& payload) {
  const auto id = ++last_id_;
  if (!stream_->send(mqtt::publish(version_, {topic, payload, 1, false, id}))) return std::nullopt;
  return wait_for([&](const mqtt::Packet& packet) { return mqtt::read_puback(packet, id); });
}

bool MqttSession::publish_at_most_once(const std::string& topic, const std::string& payload) {
  return stream_->send(mqtt::publish(version_, {topic, payload, 0, false, 0}));
}

bool MqttSession::answers_ping() {
  if (!stream_->send(mqtt::ping())) return false;
  return wait_for([](const mqtt::Packet& packet) {
           return packet.type == mqtt::kPingresp ? std::optional(0) : std::nullopt;
         })
      .has_value();
}

std::optional<mqtt::Publish> MqttSession::next_publish(std::chrono::milliseconds within) {
  const auto until = Clock::now() + within;
  while (publications_.empty()) {
    const auto packet = next(until);
    if (!packet) return std::nullopt;
    keep(*packet);
  }
  auto first = std::move(publications_.front());
  publications_.pop_front();
  return first;
}

bool MqttSession::ends_within(std::chrono::milliseconds time) {
  const auto until = Clock::now() + time;
  while (next(until)) {
  }
  return stream_->ended() || broken_;
}

void MqttSession::disconnect() { stream_->send(mqtt::disconnect()); }

}  // namespace turnkey::simulator
