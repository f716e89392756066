// SPDX-License-Identifier: Apache-2.0
#include "bus/paho.hpp"

#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>

namespace turnkey::bus::paho {
namespace {

std::string text_of(const MQTTLenString& text) { return {text.data, static_cast<std::size_t>(text.len)}; }

std::string text_property(const MQTTProperties& list, MQTTPropertyCodes code) {
  const MQTTProperty* found = MQTTProperties_getProperty(const_cast<MQTTProperties*>(&list), code);
  return found == nullptr ? std::string() : text_of(found->value.data);
}

int peer_port_of(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
  return 0;
}

template <typename Action>
void for_sockets_to(int peer_port, Action&& action) {
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return;
  while (const dirent* entry = readdir(folder)) {
    const int fd = std::atoi(entry->d_name);
    if (fd > 2 && peer_port_of(fd) == peer_port) action(fd);
  }
  closedir(folder);
}

}  // namespace

Properties::Properties(const Publication& publication) {
  if (!publication.response_topic.empty())
    add_text(MQTTPROPERTY_CODE_RESPONSE_TOPIC, publication.response_topic);
  if (!publication.correlation_data.empty())
    add_text(MQTTPROPERTY_CODE_CORRELATION_DATA, publication.correlation_data);
  if (publication.expiry) {
    MQTTProperty property{};
    property.identifier = MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL;
    property.value.integer4 = static_cast<unsigned>(publication.expiry->count());
    MQTTProperties_add(&list_, &property);
  }
  for (const auto& [name, value] : publication.user) {
    MQTTProperty property{};
    property.identifier = MQTTPROPERTY_CODE_USER_PROPERTY;
    property.value.data = {static_cast<int>(name.size()), const_cast<char*>(name.data())};
    property.value.value = {static_cast<int>(value.size()), const_cast<char*>(value.data())};
    MQTTProperties_add(&list_, &property);  // copies
  }
}

Properties::Properties(std::uint16_t receive_maximum) {
  MQTTProperty property{};
  property.identifier = MQTTPROPERTY_CODE_RECEIVE_MAXIMUM;
  property.value.integer2 = receive_maximum;
  MQTTProperties_add(&list_, &property);
}

void Properties::add_text(MQTTPropertyCodes code, const std::string& value) {
  MQTTProperty property{};
  property.identifier = code;
  property.value.data = {static_cast<int>(value.size()), const_cast<char*>(value.data())};
  MQTTProperties_add(&list_, &property);
}

Message to_message(const char* topic, int topic_length, const MQTTAsync_message& message) {
  Message out;
  // Paho gives a length only when the topic holds a NUL.
  out.topic.assign(topic, topic_length > 0 ? static_cast<std::size_t>(topic_length) : std::strlen(topic));
  out.payload.assign(static_cast<const char*>(message.payload), static_cast<std::size_t>(message.payloadlen));
  out.qos = message.qos;
  out.retained = message.retained != 0;
  out.duplicate = message.dup != 0;
  const MQTTProperties& list = message.properties;
  out.response_topic = text_property(list, MQTTPROPERTY_CODE_RESPONSE_TOPIC);
  out.correlation_data = text_property(list, MQTTPROPERTY_CODE_CORRELATION_DATA);
  for (int i = 0; i < list.count; ++i) {
    const MQTTProperty& property = list.array[i];
    if (property.identifier == MQTTPROPERTY_CODE_USER_PROPERTY) {
      out.user.emplace_back(text_of(property.value.data), text_of(property.value.value));
    } else if (property.identifier == MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL) {
      out.expiry = std::chrono::seconds(property.value.integer4);
    }
  }
  return out;
}

void set_no_delay(int peer_port) {
  for_sockets_to(peer_port, [](int fd) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  });
}

void shut_down(int peer_port) {
  for_sockets_to(peer_port, [](int fd) { shutdown(fd, SHUT_RDWR); });
}

}  // namespace turnkey::bus::paho
