// SPDX-License-Identifier: Apache-2.0
#include "mqtt/mqtt_client.hpp"

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "testing/eventually.hpp"

namespace turnkey::broker::tests {
namespace {

constexpr int kNone = -1;

MqttClient& self(void* object) { return *static_cast<MqttClient*>(object); }

Properties properties_from(const mosquitto_property* list) {
  Properties all;
  char* name = nullptr;
  char* value = nullptr;
  for (const mosquitto_property* at =
           mosquitto_property_read_string_pair(list, MQTT_PROP_USER_PROPERTY, &name, &value, false);
       at != nullptr;
       at = mosquitto_property_read_string_pair(at, MQTT_PROP_USER_PROPERTY, &name, &value, true)) {
    all[name] = value;
    std::free(name);
    std::free(value);
  }
  return all;
}

}  // namespace

MqttClient::MqttClient(int port, const Identity& identity) : version_(identity.version) {
  static const int kInitialised = mosquitto_lib_init();
  if (kInitialised != MOSQ_ERR_SUCCESS) throw std::runtime_error("libmosquitto does not start");
  client_ = mosquitto_new(identity.client_id.c_str(), true, this);
  mosquitto_threaded_set(client_, true);
  mosquitto_int_option(client_, MOSQ_OPT_PROTOCOL_VERSION, version_);
  mosquitto_int_option(client_, MOSQ_OPT_SEND_MAXIMUM, 65535);
  if (!identity.user_name.empty()) {
    mosquitto_username_pw_set(client_, identity.user_name.c_str(), identity.password.c_str());
  }
  if (!identity.will_topic.empty()) {
    mosquitto_will_set(client_, identity.will_topic.c_str(), 4, "will", 1, true);
  }
  mosquitto_connect_v5_callback_set(client_, on_connack);
  mosquitto_subscribe_v5_callback_set(client_, on_suback);
  mosquitto_publish_v5_callback_set(client_, on_puback);
  mosquitto_message_v5_callback_set(client_, on_message);
  alive_ = mosquitto_connect(client_, "127.0.0.1", port, 30) == MOSQ_ERR_SUCCESS;
  loop_ = std::thread([this] {
    while (!stop_ && mosquitto_loop(client_, 5, 1) == MOSQ_ERR_SUCCESS) {
    }
    alive_ = false;
  });
  testing::eventually([&] { return connack_ != kNone || !alive_; });
}

MqttClient::~MqttClient() {
  stop_ = true;
  loop_.join();
  const int socket = mosquitto_socket(client_);
  if (socket >= 0) ::close(::dup(socket));
  mosquitto_destroy(client_);
}

void MqttClient::on_connack(mosquitto*, void* object, int code, int, const mqtt5__property*) {
  self(object).connack_ = code;
}

void MqttClient::on_suback(mosquitto*, void* object, int mid, int count, const int* codes,
                           const mqtt5__property*) {
  const std::lock_guard lock(self(object).mutex_);
  self(object).subacks_[mid] = count > 0 ? codes[0] : kNone;
}

void MqttClient::on_puback(mosquitto*, void* object, int mid, int code, const mqtt5__property*) {
  const std::lock_guard lock(self(object).mutex_);
  self(object).pubacks_[mid] = code;
}

void MqttClient::on_message(mosquitto*, void* object, const mosquitto_message* message,
                            const mqtt5__property* properties) {
  Received one{message->topic,
               {static_cast<const char*>(message->payload), static_cast<std::size_t>(message->payloadlen)},
               message->retain,
               properties_from(properties)};
  const std::lock_guard lock(self(object).mutex_);
  self(object).received_.push_back(std::move(one));
}

int MqttClient::subscribe(const std::string& filter, int qos) {
  int mid = 0;
  if (mosquitto_subscribe(client_, &mid, filter.c_str(), qos) != MOSQ_ERR_SUCCESS) return kNone;
  int code = kNone;
  testing::eventually([&] {
    const std::lock_guard lock(mutex_);
    const auto found = subacks_.find(mid);
    if (found != subacks_.end()) code = found->second;
    return found != subacks_.end() || !alive_;
  });
  return code;
}

int MqttClient::publish(const std::string& topic, const std::string& payload, int qos, bool retain,
                        const Properties& properties) {
  mosquitto_property* list = nullptr;
  for (const auto& [name, value] : properties) {
    mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, name.c_str(), value.c_str());
  }
  int mid = kNone;
  mosquitto_publish_v5(client_, &mid, topic.c_str(), static_cast<int>(payload.size()), payload.data(), qos,
                       retain, list);
  mosquitto_property_free_all(&list);
  return mid;
}

std::optional<int> MqttClient::puback(int mid) const {
  const std::lock_guard lock(mutex_);
  const auto found = pubacks_.find(mid);
  if (found == pubacks_.end()) return std::nullopt;
  return found->second;
}

std::size_t MqttClient::pubacks() const {
  const std::lock_guard lock(mutex_);
  return pubacks_.size();
}

bool MqttClient::published(const std::string& topic, const std::string& payload, int qos) {
  const int mid = publish(topic, payload, qos);
  testing::eventually([&] { return puback(mid) || !alive_; });
  return puback(mid).value_or(0xFF) < 0x80;
}

std::vector<Received> MqttClient::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

std::vector<Received> MqttClient::received_on(const std::string& topic) const {
  std::vector<Received> all = received();
  std::erase_if(all, [&](const Received& one) { return one.topic != topic; });
  return all;
}

void MqttClient::disconnect() {
  mosquitto_disconnect(client_);
  testing::eventually([&] { return !alive_.load(); });
}

}  // namespace turnkey::broker::tests
