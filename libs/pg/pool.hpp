// SPDX-License-Identifier: Apache-2.0
// Connections to PostgreSQL, and the one way to run a transaction. Thread safe.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <pqxx/connection>
#include <pqxx/transaction>
#include <string>
#include <type_traits>

#include "core/secret.hpp"
#include "core/unavailable.hpp"

namespace turnkey::pg {

// The database is away or does not answer in time. Edges turn it into `unavailable`.
class Unavailable : public core::UnavailableError {
 public:
  using core::UnavailableError::UnavailableError;
};

// A statement took longer than it may. The same with less to do may get through.
class TooSlow : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

struct PoolOptions {
  std::string connection_string;  // libpq form: "host=... dbname=... user=..."
  core::Secret password{};        // read for each new connection; the next line when the first does not do
  std::size_t size = 4;           // connections at most; opened when needed
  std::chrono::milliseconds checkout_timeout{2000};
  std::chrono::milliseconds statement_timeout{10'000};
  // A connection in a transaction over which nothing was said for statement_timeout and this is cut: the
  // server is frozen, or the body holds its transaction without using it. TCP only.
  std::chrono::milliseconds silence_grace{5'000};
  std::string search_path{};  // the service's own schema
  std::string application_name{};
};

class Pool {
 public:
  explicit Pool(PoolOptions options);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Runs `body` in a transaction and commits it. A serialisation failure or deadlock runs it again (up to 5
  // times, with jitter); a connection found broken before anything was sent is replaced and the body runs
  // again; a connection lost later throws Unavailable (the outcome is unknown: bodies that change something
  // are idempotent by key). So do statement time-outs (TooSlow), a server that shuts down or starts, and one
  // that is out of connections, memory or disk. The body's own exceptions roll back and pass through.
  template <typename Body>
  auto transaction(Body&& body) {
    using Value = decltype(body(std::declval<pqxx::work&>()));
    if constexpr (std::is_void_v<Value>) {
      run([&](pqxx::work& tx) { body(tx); });
    } else {
      std::unique_ptr<Value> value;
      run([&](pqxx::work& tx) { value = std::make_unique<Value>(body(tx)); });
      return std::move(*value);
    }
  }

  const PoolOptions& options() const;
  bool reachable() noexcept;  // one short round trip, for /readyz

 private:
  void run(const std::function<void(pqxx::work&)>& body);
  struct Connections;
  std::unique_ptr<Connections> connections_;
};

}  // namespace turnkey::pg
