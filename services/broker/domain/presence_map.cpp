// SPDX-License-Identifier: Apache-2.0
#include "domain/presence_map.hpp"

namespace turnkey::broker {

void PresenceMap::logged_in(ClientHandle client, const Session& session) {
  sessions_[client] = session;
  Owner& owner = owners_[session.device];
  if (owner.client != client) owner.previous = owner.client;
  owner.client = client;
  owner.pending = true;
  pending_.push_back(client);
}

std::optional<PresenceChange> PresenceMap::announce(const DeviceId& device, Owner& owner) {
  if (!owner.pending) return std::nullopt;
  const bool takeover = owner.announced;
  owner.pending = false;
  owner.previous = nullptr;
  owner.announced = true;
  return PresenceChange{device, true, takeover ? "taken_over" : ""};
}

std::optional<PresenceChange> PresenceMap::sign_of_life(ClientHandle client) {
  const auto session = sessions_.find(client);
  if (session == sessions_.end()) return std::nullopt;
  const auto owner = owners_.find(session->second.device);
  if (owner == owners_.end() || owner->second.client != client) return std::nullopt;
  return announce(owner->first, owner->second);
}

std::vector<PresenceChange> PresenceMap::settle() {
  std::vector<PresenceChange> changes;
  for (const ClientHandle client : pending_) {
    if (const auto change = sign_of_life(client)) changes.push_back(*change);
  }
  pending_.clear();
  return changes;
}

std::optional<PresenceChange> PresenceMap::ended(ClientHandle client) {
  const auto session = sessions_.find(client);
  if (session == sessions_.end()) return std::nullopt;
  const Session was = session->second;
  sessions_.erase(session);
  const auto found = owners_.find(was.device);
  if (found == owners_.end() || found->second.client != client) return std::nullopt;
  Owner& owner = found->second;
  const auto previous = owner.pending ? sessions_.find(owner.previous) : sessions_.end();
  if (previous != sessions_.end() && previous->second.device == was.device) {
    owner = Owner{previous->first, nullptr, !owner.announced, owner.announced};
    if (owner.pending) pending_.push_back(owner.client);
    return std::nullopt;
  }
  const bool announced = owner.announced;
  owners_.erase(found);
  if (!announced) return std::nullopt;
  return PresenceChange{was.device, false, was.end_reason.empty() ? "disconnected" : was.end_reason};
}

const PresenceMap::Session* PresenceMap::find(ClientHandle client) const {
  const auto session = sessions_.find(client);
  return session == sessions_.end() ? nullptr : &session->second;
}

bool PresenceMap::owns_its_device(ClientHandle client) const {
  const Session* session = find(client);
  if (session == nullptr) return false;
  const auto owner = owners_.find(session->device);
  return owner != owners_.end() && owner->second.client == client;
}

const PresenceMap::Session* PresenceMap::owner_with(const DeviceId& device, const AccessKey& key) const {
  const auto owner = owners_.find(device);
  if (owner == owners_.end()) return nullptr;
  const Session* session = find(owner->second.client);
  return session != nullptr && session->key == key ? session : nullptr;
}

bool PresenceMap::prepare_cut(const DeviceId& device, const AccessKey& key, std::string_view reason) {
  if (owner_with(device, key) == nullptr) return false;
  sessions_.at(owners_.at(device).client).end_reason = reason;
  return true;
}

}  // namespace turnkey::broker
