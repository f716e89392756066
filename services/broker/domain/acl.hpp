// SPDX-License-Identifier: Apache-2.0
// Who may publish, subscribe to and receive what: the table of proto/README.md, as patterns.
//
// A pattern's level is literal, `+` (any one level), or `{client}` (the client's own id). A filter is allowed
// when every topic that it matches is, so `presence/<id>` is as good as `presence/+` and `presence/#` is not.
// Immutable after construction.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace turnkey::broker {

enum class Access { subscribe, publish, receive };

class Acl {
 public:
  explicit Acl(std::vector<std::string> roots);

  bool device_may(Access access, std::string_view device_id, std::string_view topic) const;
  // Its own events and nothing else; it publishes nothing.
  static bool integration_may(Access access, std::string_view integration_id, std::string_view topic);
  // The integration's id in `events/{id}`; nothing for other topics.
  static std::optional<std::string_view> integration_of_event(std::string_view topic);
  // `service` as authenticated. False for a service that is not in the table.
  bool service_may(Access access, std::string_view service, std::string_view client_id,
                   std::string_view topic) const;
  // The device id in `{root}/{id}/state`; nothing for other topics.
  std::optional<std::string_view> device_of_state(std::string_view topic) const;
  // Likewise in `{root}/{id}/command` and `{root}/{id}/login`.
  std::optional<std::string_view> device_of_command(std::string_view topic) const;
  std::optional<std::string_view> device_of_login(std::string_view topic) const;

  static bool known_service(std::string_view name);
  // `<service>-<instance>`, the instance 1..64 of [A-Za-z0-9._-]: it becomes a level of the reply topic.
  static bool service_client_id(std::string_view service, std::string_view client_id);

 private:
  struct Rules {
    std::vector<std::string> subscribe;
    std::vector<std::string> publish;
    std::vector<std::string> receive;  // `subscribe` without the prefix of shared subscriptions
  };
  bool device_topic(std::string_view topic, std::string_view device_id, std::string_view last) const;
  std::optional<std::string_view> device_of(std::string_view topic, std::string_view last) const;

  std::vector<std::string> roots_;
  std::map<std::string, Rules, std::less<>> services_;
};

// "devices,losant" -> names; nothing when one is empty, repeats, or holds '/', '+', '#' or '$'.
std::optional<std::vector<std::string>> parse_roots(std::string_view comma_separated);

}  // namespace turnkey::broker
