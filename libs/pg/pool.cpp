// SPDX-License-Identifier: Apache-2.0
#include "pg/pool.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <condition_variable>
#include <mutex>
#include <pqxx/except>
#include <pqxx/nontransaction>
#include <thread>
#include <vector>

#include "core/random.hpp"

namespace turnkey::pg {
namespace {

constexpr int kAttempts = 5;

enum class Outcome { done, retry };

std::string connection_string_of(const PoolOptions& options) {
  std::string settings = fmt::format("-c statement_timeout={}", options.statement_timeout.count());
  if (!options.search_path.empty()) settings += " -c search_path=" + options.search_path;
  return fmt::format("{} connect_timeout=3 application_name={} options='{}'", options.connection_string,
                     options.application_name.empty() ? "turnkey" : options.application_name, settings);
}

void pause_before_retry(int attempt) {
  std::this_thread::sleep_for(
      std::chrono::milliseconds(core::random_below(static_cast<std::uint64_t>(10 << attempt)) + 1));
}

}  // namespace

struct Pool::Connections {
  using Connection = std::unique_ptr<pqxx::connection>;
  explicit Connections(PoolOptions wanted) : options(std::move(wanted)) {}

  // An idle connection, or null as the permission to open one.
  Connection take() {
    std::unique_lock lock(mutex);
    if (!freed.wait_for(lock, options.checkout_timeout, [this] { return used < options.size; })) {
      throw Unavailable("all database connections are busy");
    }
    ++used;
    if (idle.empty()) return nullptr;
    Connection connection = std::move(idle.back());
    idle.pop_back();
    return connection;
  }
  void give_back(Connection connection) {
    const std::lock_guard lock(mutex);
    --used;
    if (connection) idle.push_back(std::move(connection));
    freed.notify_one();
  }

  const PoolOptions options;
  std::mutex mutex;
  std::condition_variable freed;
  std::vector<Connection> idle;
  std::size_t used = 0;
};

Pool::Pool(PoolOptions options) : connections_(std::make_unique<Connections>(std::move(options))) {}
Pool::~Pool() = default;

void Pool::run(const std::function<void(pqxx::work&)>& body) {
  // One attempt: `reused` connections may have died while idle, which is no fault of the body.
  const auto attempt = [&](Connections::Connection& connection, bool& reused) {
    bool begun = false;
    try {
      reused = connection != nullptr;
      if (!connection)
        connection = std::make_unique<pqxx::connection>(connection_string_of(connections_->options));
      // Finds a dead connection before the body runs; outside of the body's transaction, whose isolation it
      // may still set.
      if (reused) pqxx::nontransaction(*connection).exec("select 1");
      pqxx::work tx(*connection);
      begun = true;
      body(tx);
      tx.commit();
      return Outcome::done;
    } catch (const pqxx::serialization_failure&) {  // deadlocks derive from it in libpqxx 6
      return Outcome::retry;
    } catch (const pqxx::deadlock_detected&) {
      return Outcome::retry;
    } catch (const pqxx::broken_connection& error) {
      connection.reset();
      if (!begun && reused) return Outcome::retry;
      throw Unavailable(error.what());
    }
  };
  for (int number = 1;; ++number) {
    auto connection = connections_->take();
    bool reused = false;
    Outcome outcome = Outcome::done;
    try {
      outcome = attempt(connection, reused);
    } catch (...) {
      if (connection && !connection->is_open()) connection.reset();
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
