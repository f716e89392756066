// SPDX-License-Identifier: Apache-2.0
#include "pg/outbox.hpp"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <mutex>
#include <pqxx/result>
#include <set>
#include <thread>

#include "pg/outbox_batch.hpp"
#include "pg/pool.hpp"

namespace turnkey::pg {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kLookEvery = std::chrono::seconds(1);

}  // namespace

void write_outbox(pqxx::work& tx, const std::string& kind, const std::string& key,
                  const std::string& payload) {
  tx.exec_params("insert into outbox (kind, key, payload) values ($1, $2, $3)", kind, key, payload);
}

bool replace_outbox(pqxx::work& tx, const OutboxEntry& done, const std::string& next_payload) {
  if (tx.exec_params("delete from outbox where id = $1", done.id).affected_rows() == 0) return false;
  write_outbox(tx, done.kind, done.key, next_payload);
  return true;
}

class OutboxRelay::Loop {
 public:
  Loop(Pool& pool, std::function<bool(const OutboxEntry&)> send, OutboxOptions options)
      : pool_(pool), send_(std::move(send)), options_(options) {}
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
    return pool_.transaction([this](pqxx::work& tx) {
      return tx.exec1("select count(*) from " + options_.table)[0].as<std::int64_t>();
    });
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

  // True when something was sent, so that there may be more.
  bool send_batch() {
    // Half of the lease is left to a sending that takes long and to settling. The clock starts before the
    // database's does.
    const auto end = Clock::now() + options_.lease / 2;
    OutboxBatch batch = take_outbox(pool_, options_);
    if (batch.entries.empty()) return false;
    bool sent_any = false;
    std::set<std::string> held_back;  // keys whose older entry was refused
    for (std::size_t i = 0; i < batch.entries.size() && Clock::now() < end && !stopping(); ++i) {
      const OutboxEntry& entry = batch.entries[i];
      if (held_back.count(entry.key) != 0) continue;
      const bool sent = try_to_send(entry);
      batch.fates[i] = sent ? Fate::sent : Fate::refused;
      sent_any = sent_any || sent;
      if (!sent) held_back.insert(entry.key);
    }
    settle_outbox(pool_, options_, batch);
    return sent_any;
  }

  bool try_to_send(const OutboxEntry& entry) {
    try {
      return send_(entry);
    } catch (const std::exception& error) {
      spdlog::warn("outbox entry could not be sent kind={} id={} reason={}", entry.kind, entry.id,
                   error.what());
      return false;
    }
  }

  Pool& pool_;
  std::function<bool(const OutboxEntry&)> send_;
  const OutboxOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

OutboxRelay::OutboxRelay(Pool& pool, std::function<bool(const OutboxEntry&)> send, OutboxOptions options)
    : loop_(std::make_unique<Loop>(pool, std::move(send), options)) {}
OutboxRelay::~OutboxRelay() = default;
void OutboxRelay::start() { loop_->start(); }
void OutboxRelay::wake() { loop_->wake(); }
void OutboxRelay::stop() { loop_->stop(); }
std::int64_t OutboxRelay::backlog() { return loop_->backlog(); }

}  // namespace turnkey::pg
