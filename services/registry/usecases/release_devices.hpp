// SPDX-License-Identifier: Apache-2.0
// Taking devices back from their owners: they belong to nobody, and their credentials are new, which cuts
// their sessions. Admins of their groups and operators.
//
// The bus may bring one request to two replicas, and a client whose reply was lost sends a new one with its
// old key. So the secret is made of the request's own secret part and a salt that the first run keeps: the
// same request is answered the same, wherever and however often it runs. A later request with the same key
// gets new credentials in place of those that were lost; an earlier one that comes late gets none, since it
// would void those that somebody has by now.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/device.hpp"
#include "outbound/pg_releases.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

struct ReleaseRequest {
  core::UserId actor;
  std::string idempotency_key;
  std::string secret_part;  // 64 random hex characters, the same each time that the request is sent
  core::Timestamp requested_at;
};

struct Released {
  Device device;
  Credentials credentials;  // shown this once
};
// `not_found` for what is not theirs, or nobody's; a request with the same key within ten minutes is answered
// again. `conflict` for one that a later one has overtaken, and when the device was handed over since.
core::Result<Released> release_device(const Context& context, const ReleaseRequest& request,
                                      const std::string& serial);

// Each in a transaction of its own. A CSV of serial, result ("released", or the reason why not), access_key
// and access_secret, and how many were released.
struct ReleasedMany {
  std::string csv;
  std::size_t released = 0;
};
core::Result<ReleasedMany> release_devices(const Context& context, const ReleaseRequest& request,
                                           const std::vector<std::string>& serials);

// What the actor can still take back.
struct UndoablePage {
  std::vector<pg_releases::Undoable> items;
  std::optional<std::string> next_cursor;
};
core::Result<UndoablePage> list_releases(const Context& context, const core::UserId& actor,
                                         const std::optional<core::DeviceId>& after, int limit);

// Forgets what is over: former owners' names and tags, and what deleted devices left. Now and then.
void sweep_releases(const Context& context);

}  // namespace turnkey::registry
