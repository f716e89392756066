// SPDX-License-Identifier: Apache-2.0
#include "pg/pool.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <pqxx/except>
#include <thread>
#include <vector>

#include "core/random.hpp"
#include "pg/connection.hpp"
#include "pg/sqlstate.hpp"
#include "pg/watchdog.hpp"

namespace turnkey::pg {
namespace {

using Body = std::function<void(pqxx::work&)>;
constexpr int kAttempts = 5;
constexpr const char* kCancelled = "57014";
constexpr auto kCheckLimit = std::chrono::milliseconds(3000);  // as long as opening a new one may take

enum class Outcome { done, retry };

void pause_before_retry(int attempt) {
  std::this_thread::sleep_for(
      std::chrono::milliseconds(core::random_below(static_cast<std::uint64_t>(10 << attempt)) + 1));
}

bool open(const std::unique_ptr<Connection>& connection) { return connection && connection->is_open(); }

// Nothing for a limit of 0: without a statement_timeout a silent server may still be at work.
std::chrono::milliseconds silence_limit(const PoolOptions& options) {
  if (options.statement_timeout.count() <= 0) return std::chrono::milliseconds(0);
  return options.statement_timeout + options.silence_grace;
}

}  // namespace

struct Pool::Connections {
  explicit Connections(PoolOptions wanted) : options(std::move(wanted)) {}

  // An idle connection, or null as the permission to open one.
  std::unique_ptr<Connection> take() {
    std::unique_lock lock(mutex);
    if (!freed.wait_for(lock, options.checkout_timeout, [this] { return used < options.size; })) {
      throw Unavailable("all database connections are busy");
    }
    ++used;
    if (idle.empty()) return nullptr;
    auto connection = std::move(idle.back());
    idle.pop_back();
    return connection;
  }
  void give_back(std::unique_ptr<Connection> connection) {
    const std::lock_guard lock(mutex);
    --used;
    if (open(connection)) idle.push_back(std::move(connection));
    freed.notify_one();
  }
  // Where one idle connection has died the others mostly have too.
  void drop_idle() {
    std::vector<std::unique_ptr<Connection>> dropped;
    const std::lock_guard lock(mutex);
    dropped.swap(idle);
  }

  Outcome attempt(std::unique_ptr<Connection>& connection, const Body& body);
  // False when the connection had died while it was idle, which is no fault of the body.
  bool ready(std::unique_ptr<Connection>& connection);
  void in_transaction(Connection& connection, const Body& body);

  const PoolOptions options;
  Watchdog watchdog;
  std::mutex mutex;
  std::condition_variable freed;
  std::vector<std::unique_ptr<Connection>> idle;
  std::size_t used = 0;
};

bool Pool::Connections::ready(std::unique_ptr<Connection>& connection) {
  if (!connection) {
    connection = std::make_unique<Connection>(options);
    return true;
  }
  try {
    // Outside of the body's transaction, whose isolation it may still set.
    const Watchdog::Watch watch(watchdog, connection->socket(), kCheckLimit);
    connection->check();
    return true;
  } catch (const pqxx::failure& error) {
    spdlog::debug("an idle database connection is replaced reason={}", error.what());
    connection.reset();
    drop_idle();
    return false;
  }
}

void Pool::Connections::in_transaction(Connection& connection, const Body& body) {
  // Outlives the transaction, whose rolling back waits for the server too.
  const Watchdog::Watch watch(watchdog, connection.socket(), silence_limit(options));
  pqxx::work tx(connection.raw());
  body(tx);
  tx.commit();
}

Outcome Pool::Connections::attempt(std::unique_ptr<Connection>& connection, const Body& body) {
  try {
    if (!ready(connection)) return Outcome::retry;
    in_transaction(*connection, body);
    return Outcome::done;
  } catch (const pqxx::serialization_failure&) {  // deadlocks derive from it in libpqxx 6
    return Outcome::retry;
  } catch (const pqxx::deadlock_detected&) {
    return Outcome::retry;
  } catch (const pqxx::broken_connection& error) {  // also: too many connections
    connection.reset();
    throw Unavailable(error.what());
  } catch (const pqxx::in_doubt_error& error) {
    connection.reset();
    throw Unavailable(error.what());
  } catch (const pqxx::statement_completion_unknown& error) {
    connection.reset();
    throw Unavailable(error.what());
  } catch (const pqxx::sql_error& error) {
    if (!is_unavailable(error.sqlstate()) && open(connection)) throw;
    if (error.sqlstate().starts_with("57P")) connection.reset();  // the server is about to close it
    if (error.sqlstate() == kCancelled) throw TooSlow(error.what());
    throw Unavailable(error.what());
  } catch (const pqxx::usage_error& error) {  // a body that went on after its connection was lost
    if (open(connection)) throw;
    throw Unavailable(error.what());
  } catch (const pqxx::failure& error) {  // a COPY that loses its connection says no more than this
    if (open(connection)) throw;
    throw Unavailable(error.what());
  }
}

Pool::Pool(PoolOptions options) : connections_(std::make_unique<Connections>(std::move(options))) {}
Pool::~Pool() = default;

const PoolOptions& Pool::options() const { return connections_->options; }

void Pool::run(const Body& body) {
  for (int number = 1;; ++number) {
    auto connection = connections_->take();
    Outcome outcome = Outcome::done;
    try {
      outcome = connections_->attempt(connection, body);
    } catch (...) {
      connections_->give_back(std::move(connection));
      throw;
    }
    connections_->give_back(std::move(connection));
    if (outcome == Outcome::done) return;
    if (number == kAttempts) throw Unavailable("the database refused the transaction again and again");
    pause_before_retry(number);
  }
}

bool Pool::reachable() noexcept {
  try {
    run([](pqxx::work&) {});
    return true;
  } catch (const std::exception& error) {
    spdlog::debug("database not reachable reason={}", error.what());
    return false;
  }
}

}  // namespace turnkey::pg
