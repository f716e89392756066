// SPDX-License-Identifier: Apache-2.0
// The three functions that Mosquitto looks for, and the callbacks that it gets. No exception passes into C
// here.
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#include <signal.h>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "plugin/broker_plugin.hpp"

#define TURNKEY_ENTRY extern "C" __attribute__((visibility("default")))

namespace {

using turnkey::broker::BrokerPlugin;
namespace api = turnkey::broker::mosquitto_api;

// What an event gives when the plugin itself fails: memory ran out, say. Nothing is let in or confirmed then.
template <typename Work>
int guarded(int result_of_failure, Work&& work) noexcept {
  try {
    return work();
  } catch (const std::exception& error) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "turnkey: %s", error.what());
  } catch (...) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "turnkey: an unknown failure");
  }
  return result_of_failure;
}

BrokerPlugin& plugin(void* user_data) { return *static_cast<BrokerPlugin*>(user_data); }

int on_login(int, void* event, void* user_data) {
  return guarded(MOSQ_ERR_AUTH,
                 [&] { return plugin(user_data).on_login(*static_cast<mosquitto_evt_basic_auth*>(event)); });
}

int on_access(int, void* event, void* user_data) {
  return guarded(MOSQ_ERR_ACL_DENIED,
                 [&] { return plugin(user_data).on_access(*static_cast<mosquitto_evt_acl_check*>(event)); });
}

int on_message(int, void* event, void* user_data) {
  return guarded(MOSQ_ERR_NOMEM,
                 [&] { return plugin(user_data).on_message(*static_cast<mosquitto_evt_message*>(event)); });
}

int on_credentials(int, void* event, void* user_data) {
  return guarded(MOSQ_ERR_SUCCESS, [&] {
    return plugin(user_data).on_credentials(*static_cast<mosquitto_evt_control*>(event));
  });
}

int on_journal(int, void* event, void* user_data) {
  return guarded(MOSQ_ERR_SUCCESS,
                 [&] { return plugin(user_data).on_journal(*static_cast<mosquitto_evt_control*>(event)); });
}

int on_disconnect(int, void* event, void* user_data) {
  return guarded(MOSQ_ERR_SUCCESS, [&] {
    plugin(user_data).on_disconnect(static_cast<mosquitto_evt_disconnect*>(event)->client);
    return MOSQ_ERR_SUCCESS;
  });
}

int on_reload(int, void*, void* user_data) {
  return guarded(MOSQ_ERR_SUCCESS, [&] {
    plugin(user_data).on_reload();
    return MOSQ_ERR_SUCCESS;
  });
}

int on_tick(int, void*, void* user_data) {
  return guarded(MOSQ_ERR_SUCCESS, [&] {
    plugin(user_data).on_tick();
    return MOSQ_ERR_SUCCESS;
  });
}

struct Registration {
  int event;
  MOSQ_FUNC_generic_callback callback;
  const char* topic;
};

constexpr Registration kRegistrations[] = {
    {MOSQ_EVT_BASIC_AUTH, on_login, nullptr},
    {MOSQ_EVT_ACL_CHECK, on_access, nullptr},
    {MOSQ_EVT_MESSAGE, on_message, nullptr},
    {MOSQ_EVT_CONTROL, on_credentials, "$CONTROL/turnkey/credentials"},
    {MOSQ_EVT_CONTROL, on_journal, "$CONTROL/turnkey/journal"},
    {MOSQ_EVT_DISCONNECT, on_disconnect, nullptr},
    {MOSQ_EVT_RELOAD, on_reload, nullptr},
    {MOSQ_EVT_TICK, on_tick, nullptr},
};

int start(mosquitto_plugin_id_t* identifier, void** user_data, mosquitto_opt* options, int option_count) {
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  for (int i = 0; i < option_count; ++i) pairs.emplace_back(options[i].key, options[i].value);
  const auto settings = turnkey::broker::parse_settings(pairs);
  if (!settings) throw std::runtime_error(settings.error().message);
  // A journal that reaches a file size limit gets EFBIG and refuses; the signal would end the broker.
  ::signal(SIGXFSZ, SIG_IGN);
  auto created = std::make_unique<BrokerPlugin>(*settings);
  for (const Registration& one : kRegistrations) {
    if (mosquitto_callback_register(identifier, one.event, one.callback, one.topic, created.get()) !=
        MOSQ_ERR_SUCCESS) {
      throw std::runtime_error("Mosquitto does not take the plugin's callbacks");
    }
  }
  *user_data = created.release();
  return MOSQ_ERR_SUCCESS;
}

}  // namespace

TURNKEY_ENTRY int mosquitto_plugin_version(int supported_version_count, const int* supported_versions) {
  for (int i = 0; i < supported_version_count; ++i) {
    if (supported_versions[i] == MOSQ_PLUGIN_VERSION) return MOSQ_PLUGIN_VERSION;
  }
  return -1;
}

TURNKEY_ENTRY int mosquitto_plugin_init(mosquitto_plugin_id_t* identifier, void** user_data,
                                        mosquitto_opt* options, int option_count) {
  return guarded(MOSQ_ERR_INVAL, [&] { return start(identifier, user_data, options, option_count); });
}

TURNKEY_ENTRY int mosquitto_plugin_cleanup(void* user_data, mosquitto_opt*, int) {
  return guarded(MOSQ_ERR_SUCCESS, [&] {
    delete static_cast<BrokerPlugin*>(user_data);  // Mosquitto unloads the callbacks with the plugin
    return MOSQ_ERR_SUCCESS;
  });
}
