// SPDX-License-Identifier: Apache-2.0
#include "pg/outbox.hpp"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <mutex>
#include <pqxx/result>
#include <thread>
#include <vector>

#include "pg/pool.hpp"

namespace turnkey::pg {
namespace {

constexpr auto kLookEvery = std::chrono::seconds(1);
constexpr int kBatch = 200;

OutboxEntry entry_of(const pqxx::row& row) {
  return {row[0].as<std::int64_t>(), row[1].as<std::string>(), row[2].as<std::string>(),
          row[3].as<std::string>()};
}

}  // namespace

void write_outbox(pqxx::work& tx, const std::string& kind, const std::string& key,
                  const std::string& payload) {
  tx.exec_params("insert into outbox (kind, key, payload) values ($1, $2, $3)", kind, key, payload);
}

class OutboxRelay::Loop {
 public:
  Loop(Pool& pool, std::function<bool(const OutboxEntry&)> send) : pool_(pool), send_(std::move(send)) {}
  ~Loop() { stop(); }

  void start() {
    thread_ = std::thread([this] { loop(); });
  }
  void wake() {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  }
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
  }
  std::int64_t backlog() {
    return pool_.transaction(
        [](pqxx::work& tx) { return tx.exec1("select count(*) from outbox")[0].as<std::int64_t>(); });
  }

 private:
  void loop() {
    for (;;) {
      bool more = false;
      try {
        more = send_batch();
      } catch (const std::exception& error) {
        spdlog::warn("outbox waits for the database reason={}", error.what());
      }
      std::unique_lock lock(mutex_);
      if (!more) changed_.wait_for(lock, kLookEvery, [this] { return stopping_ || woken_; });
      woken_ = false;
      if (stopping_) return;
    }
  }

  bool stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  // The advisory lock is held while sending: a relay that dies loses its connection and with it the lock.
  // Entries are deleted with the same transaction; a crash between sending and commit sends them again. True
  // when there may be more.
  bool send_batch() {
    return pool_.transaction([this](pqxx::work& tx) {
      if (!tx.exec1("select pg_try_advisory_xact_lock(hashtext('outbox ' || current_schema()))")[0]
               .as<bool>())
        return false;
      const auto due = tx.exec(
          "select id, kind, key, payload from outbox o where next_attempt_at <= now() and not exists "
          "(select from outbox older where older.key = o.key and older.id < o.id) order by id limit " +
          std::to_string(kBatch));
      bool sent_any = false;
      for (const auto& row : due) {
        if (stopping()) break;
        const OutboxEntry entry = entry_of(row);
        if (send_(entry)) {
          tx.exec_params("delete from outbox where id = $1", entry.id);
          sent_any = true;
        } else {
          // 0.2 s, 0.4 s, ... up to a minute, each with jitter.
          tx.exec_params(
              "update outbox set attempts = attempts + 1, next_attempt_at = clock_timestamp() + "
              "least(60, 0.2 * 2 ^ least(attempts, 12)) * (0.5 + random() / 2) * interval '1 second' where "
              "id = $1",
              entry.id);
        }
      }
      return sent_any;
    });
  }

  Pool& pool_;
  std::function<bool(const OutboxEntry&)> send_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

OutboxRelay::OutboxRelay(Pool& pool, std::function<bool(const OutboxEntry&)> send)
    : loop_(std::make_unique<Loop>(pool, std::move(send))) {}
OutboxRelay::~OutboxRelay() = default;
void OutboxRelay::start() { loop_->start(); }
void OutboxRelay::wake() { loop_->wake(); }
void OutboxRelay::stop() { loop_->stop(); }
std::int64_t OutboxRelay::backlog() { return loop_->backlog(); }

}  // namespace turnkey::pg
