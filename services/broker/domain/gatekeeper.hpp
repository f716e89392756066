// SPDX-License-Identifier: Apache-2.0
// Decides who logs in and what each client may do. A device logs in with client id = device id, user name =
// access key, password = secret; an integration likewise, by its own id; a service with its name, its
// password and a client id `<name>-<instance>`. Only the connection that owns its device may publish, so that
// a last will or an overtaken connection cannot. An integration only hears, and has no presence that anybody
// is told of. Not thread safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "domain/acl.hpp"
#include "domain/credential_table.hpp"
#include "domain/presence_map.hpp"
#include "domain/service_users.hpp"
#include "domain/waiting_commands.hpp"

namespace turnkey::broker {

struct ClientView {
  ClientHandle handle = nullptr;
  std::string_view id;         // may be empty
  std::string_view user_name;  // may be empty
  std::string_view address{};  // empty when unknown: a session whose device is away has none
  // Common name of the certificate that it showed; nothing where the listener asks for none.
  std::optional<std::string> certificate_name{};
};

enum class Login {
  device,
  service,
  unknown_key,
  wrong_secret,
  wrong_client_id,
  wrong_password,
  ended_key,
  wrong_address,
  integration,
  wrong_certificate
};
inline constexpr std::size_t kLogins = 10;

class Gatekeeper {
 public:
  Gatekeeper(std::vector<std::string> roots, ServiceUsers services);

  // Who it is, or why not. Changes nothing.
  Login judge(const ClientView& client, std::string_view password) const;
  // Likewise, but never a service.
  Login judge_key(const ClientView& client, std::string_view password) const;
  // After a `judge` that said device, integration or service: the connection lives.
  void logged_in(const ClientView& client, Login login);
  std::optional<PresenceChange> ended(ClientHandle client);
  std::vector<PresenceChange> settle();  // every login that still stands counts as connected
  // The session of this device or integration is going to be cut; true when it uses this key.
  bool prepare_cut(const DeviceId& device, const AccessKey& key, std::string_view reason);
  // News of a key. The device (or integration) whose session with this key must end now.
  std::optional<DeviceId> apply(const CredentialRow& row);

  bool may(Access access, const ClientView& client, std::string_view topic, std::size_t payload_bytes) const;
  // For a command that `may` let pass: a device that is away gets it when it is back only if it may wait.
  bool command_may_go(const ClientView& client, WaitingCommands::Instant now);

  // For an event that `may` let pass: an integration that is away finds so many when it is back, and no more.
  static constexpr int kMostWaitingEvents = 10'000;
  bool event_may_go(const ClientView& client);

  const Acl& acl() const { return acl_; }
  CredentialTable& credentials() { return credentials_; }  // news go through `apply`
  const CredentialTable& credentials() const { return credentials_; }
  WaitingCommands& commands() { return commands_; }
  PresenceMap& presence() { return presence_; }
  const PresenceMap& presence() const { return presence_; }
  void replace_services(ServiceUsers services) { services_ = std::move(services); }

 private:
  bool device_may(Access access, const ClientView& client, std::string_view topic,
                  std::size_t payload_bytes) const;
  bool integration_may(Access access, const ClientView& client, std::string_view topic) const;
  // The holder of the client's key; nothing when the key is not (or no longer) good for this client id.
  std::optional<Holder> holder_of(const ClientView& client) const;

  Acl acl_;
  ServiceUsers services_;
  CredentialTable credentials_;
  PresenceMap presence_;
  PresenceMap integrations_;
  std::unordered_map<DeviceId, int> waiting_events_;  // of integrations, since they were last here
  WaitingCommands commands_;
  std::unordered_set<ClientHandle> service_sessions_;
};

}  // namespace turnkey::broker
