// SPDX-License-Identifier: Apache-2.0
#include "plugin/mosquitto_api.hpp"

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mqtt_protocol.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace turnkey::broker::mosquitto_api {
namespace {

constexpr int kVersion5 = 5;

std::string_view text_or_empty(const char* text) { return text == nullptr ? std::string_view{} : text; }

}  // namespace

void log(Level level, const std::string& text) {
  const int mask = level == Level::error     ? MOSQ_LOG_ERR
                   : level == Level::warning ? MOSQ_LOG_WARNING
                                             : MOSQ_LOG_NOTICE;
  mosquitto_log_printf(mask, "turnkey: %s", text.c_str());
}

ClientView view(const mosquitto* client) {
  return {client, text_or_empty(mosquitto_client_id(client)),
          text_or_empty(mosquitto_client_username(client)), text_or_empty(mosquitto_client_address(client))};
}

std::optional<std::string> certificate_name(const mosquitto* client) {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      static_cast<X509*>(mosquitto_client_certificate(client)), X509_free);
  if (!certificate) return std::nullopt;
  std::array<char, 256> name{};
  const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName,
                                             name.data(), static_cast<int>(name.size()));
  return std::string(name.data(), static_cast<std::size_t>(std::max(size, 0)));
}

bool speaks_version_5(const mosquitto* client) {
  return mosquitto_client_protocol_version(client) == kVersion5;
}

bool keeps_session(const mosquitto* client) { return !mosquitto_client_clean_session(client); }

std::optional<std::string> user_property(const mosquitto_property* list, std::string_view name) {
  using Text = std::unique_ptr<char, decltype(&std::free)>;
  const mosquitto_property* at = list;
  for (bool skip_first = false;; skip_first = true) {
    char* key = nullptr;
    char* value = nullptr;
    at = mosquitto_property_read_string_pair(at, MQTT_PROP_USER_PROPERTY, &key, &value, skip_first);
    const Text own_key(key, std::free);
    const Text own_value(value, std::free);
    if (at == nullptr) return std::nullopt;
    if (key == name) return std::string(value);
  }
}

bool replace_properties(mosquitto_property** list, const UserProperties& properties) {
  mosquitto_property_free_all(list);
  for (const auto& [name, value] : properties) {
    if (mosquitto_property_add_string_pair(list, MQTT_PROP_USER_PROPERTY, name.c_str(), value.c_str()) !=
        MOSQ_ERR_SUCCESS) {
      return false;
    }
  }
  return true;
}

bool publish(const std::string& topic, std::string_view payload, int qos, bool retain,
             const UserProperties& properties) {
  mosquitto_property* list = nullptr;
  void* copy = payload.empty() ? nullptr : mosquitto_malloc(payload.size());
  if ((copy == nullptr && !payload.empty()) || !replace_properties(&list, properties)) {
    mosquitto_property_free_all(&list);
    mosquitto_free(copy);
    return false;
  }
  if (copy != nullptr) std::memcpy(copy, payload.data(), payload.size());
  const int result = mosquitto_broker_publish(nullptr, topic.c_str(), static_cast<int>(payload.size()), copy,
                                              qos, retain, list);
  if (result == MOSQ_ERR_SUCCESS) return true;  // Mosquitto owns both now
  mosquitto_property_free_all(&list);
  mosquitto_free(copy);
  return false;
}

void cut(const std::string& client_id) { mosquitto_kick_client_by_clientid(client_id.c_str(), false); }

std::string printable(std::string_view text) {
  constexpr std::size_t kMax = 64;
  std::string out(text.substr(0, kMax));
  for (char& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  if (text.size() > kMax) out += "...";
  return out;
}

}  // namespace turnkey::broker::mosquitto_api
