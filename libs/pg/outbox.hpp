// SPDX-License-Identifier: Apache-2.0
// State and event together: an event is written into the table `outbox` of the service's schema in the
// transaction that changes the state; the relay sends it afterwards, in order, at least once. Create the
// table with `kOutboxTable` in the service's first migration (copied there as SQL; a test compares).
//
// Replicas share the work. A relay takes a batch by a lease: it moves `next_attempt_at` of the rows ahead and
// commits; it sends outside of any transaction; then it deletes what was sent and puts back what was not,
// where the lease is still its own. Rows of one key keep their order: a row that is leased or waits for its
// next attempt holds back the younger rows of its key. A relay that dies leaves its rows to be sent again, by
// whichever relay comes first, once the lease is over.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <pqxx/transaction>
#include <string>
#include <vector>

namespace turnkey::pg {

class Pool;

inline constexpr const char* kOutboxTable =
    "create table outbox (id bigserial primary key, kind text not null, key text not null, payload text not "
    "null, "
    "created_at timestamptz not null default now(), attempts int not null default 0, "
    "next_attempt_at timestamptz not null default now())";

struct OutboxEntry {
  std::int64_t id = 0;
  std::string kind;     // what to do, in the service's own words: "device_event", "ledger", "windows"
  std::string key;      // entries with the same key are sent in order
  std::string payload;  // JSON
};

struct OutboxOptions {
  // For how long a relay keeps its rows to itself: longer than one sending may take, and not longer than the
  // events of a relay that was killed may be late. A relay starts no sending after half of it.
  std::chrono::milliseconds lease{10'000};
  int batch = 200;  // rows at most
  // Of the same form as `kOutboxTable`: what may wait long has one of its own, so that nothing else waits for
  // it.
  std::string table = "outbox";
};

void write_outbox(pqxx::work& tx, const std::string& kind, const std::string& key,
                  const std::string& payload);

// For `send`: in place of an entry that it works off step by step, its next step, in the same transaction;
// then it says true. False, and nothing is written, when the entry is gone: another relay has done the step.
bool replace_outbox(pqxx::work& tx, const OutboxEntry& done, const std::string& next_payload);

class OutboxRelay {
 public:
  // `send` returns true when the entry is done (it is deleted then), false to try again later with back-off;
  // an exception counts as false. It runs on the relay's own thread, outside of any transaction. An entry may
  // come again: after a crash, or when sending took longer than the lease.
  OutboxRelay(Pool& pool, std::function<bool(const OutboxEntry&)> send, OutboxOptions options = {});
  ~OutboxRelay();
  void start();
  void wake();  // there is something new: call it after the commit; otherwise it looks every second
  void stop();  // after this nothing is sent any more
  // Entries that wait, for metrics and /readyz.
  std::int64_t backlog();

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace turnkey::pg
