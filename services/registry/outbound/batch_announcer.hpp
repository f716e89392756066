// SPDX-License-Identifier: Apache-2.0
// Tells the others of a whole batch. One outbox entry stands for all of it; each sending tells a page of what
// is true by then and leaves an entry for the rest. Who hears a page twice knows it by its revisions.
#pragma once

#include <pqxx/transaction>
#include <string>
#include <vector>

#include "bus/client.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"
#include "pg/outbox.hpp"
#include "pg/pool.hpp"

namespace turnkey::registry {

namespace events {
// Credentials with revisions above `after` and up to `last`, in order with all other changes of credentials.
void credentials_changed(pqxx::work& tx, std::int64_t after, std::int64_t last);
// The devices of a batch with such revisions.
void batch_registered(pqxx::work& tx, const core::BatchId& batch, std::int64_t after, std::int64_t last,
                      core::Timestamp at);
}  // namespace events

// Thread safe: it keeps nothing.
class BatchAnnouncer {
 public:
  BatchAnnouncer(bus::Client& client, pg::Pool& pool) : client_(client), pool_(pool) {}
  static bool knows(const std::string& kind);
  bool send(const pg::OutboxEntry& entry);

 private:
  bool send_credentials(const pg::OutboxEntry& entry);
  bool send_devices(const pg::OutboxEntry& entry);
  bool publish(const std::vector<bus::Publication>& page);

  bus::Client& client_;
  pg::Pool& pool_;
};

}  // namespace turnkey::registry
