// SPDX-License-Identifier: Apache-2.0
// Which connection speaks for which device. Mosquitto tells of a login (before it is sure that the connection
// lives), and of an end (for refused logins too, and for the old connection *after* the login of the one that
// takes it over). So:
//
//   login ---------> pending --(first sign of life, or the next tick)--> announced, "connected" goes out
//   end of a connection that is not the device's owner ----> nothing
//   end of the owner while pending, the older one lives ---> the older one owns the device again
//   end of the owner otherwise ----------------------------> "disconnected" goes out, if it was announced
//
// Not thread safe.
#pragma once

#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/address_range.hpp"
#include "domain/access_key.hpp"

namespace turnkey::broker {

using ClientHandle = const void*;

struct PresenceChange {
  DeviceId device;
  bool connected = false;
  std::string_view reason;  // static text; may be empty
};

class PresenceMap {
 public:
  struct Session {
    DeviceId device;
    AccessKey key;
    std::optional<core::IpAddress> address;  // where it comes from; nothing when that is unknown
    std::string_view end_reason{};           // why it will end, when known before
  };

  void logged_in(ClientHandle client, const Session& session);
  std::optional<PresenceChange> sign_of_life(ClientHandle client);
  std::vector<PresenceChange> settle();  // every login that still stands counts as connected
  std::optional<PresenceChange> ended(ClientHandle client);

  const Session* find(ClientHandle client) const;
  // The session that owns the device, if it uses this key.
  const Session* owner_with(const DeviceId& device, const AccessKey& key) const;
  bool owns_its_device(ClientHandle client) const;
  // The session that owns the device is going to be cut; true when it uses this key.
  bool prepare_cut(const DeviceId& device, const AccessKey& key, std::string_view reason);
  std::size_t connected() const { return owners_.size(); }

 private:
  struct Owner {
    ClientHandle client = nullptr;
    ClientHandle previous = nullptr;
    bool pending = true;
    bool announced = false;  // "connected" went out for the device, by this connection or one before
  };
  std::optional<PresenceChange> announce(const DeviceId& device, Owner& owner);

  std::unordered_map<ClientHandle, Session> sessions_;
  std::unordered_map<DeviceId, Owner> owners_;
  std::vector<ClientHandle> pending_;
};

}  // namespace turnkey::broker
