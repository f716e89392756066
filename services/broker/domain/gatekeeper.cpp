// SPDX-License-Identifier: Apache-2.0
#include "domain/gatekeeper.hpp"

#include <algorithm>

#include "core/hash.hpp"
#include "domain/journal_entry.hpp"

namespace turnkey::broker {
namespace {
std::string_view bytes_of(const core::Sha256& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}
}  // namespace

Gatekeeper::Gatekeeper(std::vector<std::string> roots, ServiceUsers services)
    : acl_(std::move(roots)), services_(std::move(services)) {}

Login Gatekeeper::judge(const ClientView& client, std::string_view password) const {
  if (!Acl::known_service(client.user_name)) return judge_key(client, password);
  if (!services_.accepts(client.user_name, password)) return Login::wrong_password;
  if (!Acl::service_client_id(client.user_name, client.id)) return Login::wrong_client_id;
  return Login::service;
}

Login Gatekeeper::judge_key(const ClientView& client, std::string_view password) const {
  const auto key = AccessKey::parse(client.user_name);
  const auto credential = key ? credentials_.find(*key) : std::nullopt;
  // An unknown key costs the same work as a wrong secret.
  static const core::Sha256 kNobody{};
  const core::Sha256& wanted = credential ? credential->secret_hash : kNobody;
  const bool right = core::equal_in_constant_time(bytes_of(core::sha256(password)), bytes_of(wanted));
  if (!credential) return key && credentials_.ended(*key) ? Login::ended_key : Login::unknown_key;
  if (!right) return Login::wrong_secret;
  if (DeviceId::parse(client.id) != credential->device) return Login::wrong_client_id;
  if (client.certificate_name && *client.certificate_name != client.id) return Login::wrong_certificate;
  if (!credentials_.allows(*key, core::IpAddress::parse(client.address))) return Login::wrong_address;
  return credential->holder == Holder::integration ? Login::integration : Login::device;
}

void Gatekeeper::logged_in(const ClientView& client, Login login) {
  if (login == Login::service) service_sessions_.insert(client.handle);
  const auto key = AccessKey::parse(client.user_name);
  const auto device = DeviceId::parse(client.id);
  if (!key || !device) return;
  const PresenceMap::Session session{*device, *key, core::IpAddress::parse(client.address)};
  if (login == Login::integration) {
    waiting_events_.erase(*device);
    integrations_.logged_in(client.handle, session);
  }
  if (login != Login::device) return;
  presence_.logged_in(client.handle, session);
  commands_.comes_back(client.handle, *device);
}

std::optional<DeviceId> Gatekeeper::apply(const CredentialRow& row) {
  if (const auto device = credentials_.apply(row)) return device;
  const auto credential = credentials_.find(row.key);
  if (!credential) return std::nullopt;
  const PresenceMap::Session* session = presence_.owner_with(credential->device, row.key);
  if (session == nullptr || credentials_.allows(row.key, session->address)) return std::nullopt;
  return credential->device;
}

std::optional<PresenceChange> Gatekeeper::ended(ClientHandle client) {
  if (service_sessions_.erase(client) > 0) return std::nullopt;
  integrations_.ended(client);
  return presence_.ended(client);
}

std::vector<PresenceChange> Gatekeeper::settle() {
  integrations_.settle();
  return presence_.settle();
}

bool Gatekeeper::prepare_cut(const DeviceId& device, const AccessKey& key, std::string_view reason) {
  return presence_.prepare_cut(device, key, reason) || integrations_.prepare_cut(device, key, reason);
}

bool Gatekeeper::may(Access access, const ClientView& client, std::string_view topic,
                     std::size_t payload_bytes) const {
  if (Acl::known_service(client.user_name)) {
    return acl_.service_may(access, client.user_name, client.id, topic);
  }
  if (Acl::integration_of_event(topic)) return integration_may(access, client, topic);
  return device_may(access, client, topic, payload_bytes);
}

std::optional<Holder> Gatekeeper::holder_of(const ClientView& client) const {
  const auto key = AccessKey::parse(client.user_name);
  const auto credential = key ? credentials_.find(*key) : std::nullopt;
  if (!credential || DeviceId::parse(client.id) != credential->device) return std::nullopt;
  return credential->holder;
}

// Asked for sessions that are away too, before an event is stored for later.
bool Gatekeeper::integration_may(Access access, const ClientView& client, std::string_view topic) const {
  return holder_of(client) == Holder::integration && Acl::integration_may(access, client.id, topic);
}

bool Gatekeeper::event_may_go(const ClientView& client) {
  const auto id = DeviceId::parse(client.id);
  if (!id || integrations_.find(client.handle) != nullptr) return id.has_value();
  int& waiting = waiting_events_[*id];
  if (waiting >= kMostWaitingEvents) return false;
  ++waiting;
  return true;
}

bool Gatekeeper::device_may(Access access, const ClientView& client, std::string_view topic,
                            std::size_t payload_bytes) const {
  const bool live = presence_.owns_its_device(client.handle);
  if (access == Access::publish && (!live || payload_bytes > kMaxReportBytes)) return false;
  // Mosquitto asks for sessions whose device is away too, before it stores a command for later.
  if (!live && holder_of(client) != Holder::device) return false;
  return acl_.device_may(access, client.id, topic);
}

bool Gatekeeper::command_may_go(const ClientView& client, WaitingCommands::Instant now) {
  const auto key = AccessKey::parse(client.user_name);
  const auto device = DeviceId::parse(client.id);
  if (!key || !device) return false;
  return commands_.may_receive({client.handle, presence_.find(client.handle) != nullptr, *device, *key}, now);
}

}  // namespace turnkey::broker
