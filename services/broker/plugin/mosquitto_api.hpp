// SPDX-License-Identifier: Apache-2.0
// The calls into Mosquitto that the plugin makes, in C++ terms. Only from the broker's own thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/gatekeeper.hpp"

struct mosquitto;
typedef struct mqtt5__property mosquitto_property;

namespace turnkey::broker::mosquitto_api {

using UserProperties = std::vector<std::pair<std::string, std::string>>;

enum class Level { notice, warning, error };
void log(Level level, const std::string& text);

ClientView view(const mosquitto* client);
// Common name of the client's certificate, "" of one without; nothing where the listener asks for none.
std::optional<std::string> certificate_name(const mosquitto* client);
bool speaks_version_5(const mosquitto* client);
bool keeps_session(const mosquitto* client);

// The first user property of this name.
std::optional<std::string> user_property(const mosquitto_property* list, std::string_view name);
// Replaces all properties of a message. False when memory ran out.
bool replace_properties(mosquitto_property** list, const UserProperties& properties);
// Goes out at the next turn of the broker's loop. False when memory ran out.
bool publish(const std::string& topic, std::string_view payload, int qos, bool retain,
             const UserProperties& properties = {});
// Ends the client's connection, without its last will. The DISCONNECT event comes inside this call.
void cut(const std::string& client_id);

// Foreign text for a log line: cut to 64 characters, anything but plain ASCII as '?'.
std::string printable(std::string_view text);

}  // namespace turnkey::broker::mosquitto_api
