// SPDX-License-Identifier: Apache-2.0
// One connection of the pool. It is never opened again once it is lost: libpqxx would do so silently, and the
// rest of a transaction's body would then run outside of its transaction. Used by one thread at a time.
#pragma once

#include <memory>
#include <pqxx/connection>

namespace turnkey::pg {

struct PoolOptions;

class Connection {
 public:
  explicit Connection(const PoolOptions& options);  // throws pqxx::broken_connection
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  pqxx::connection& raw() { return *raw_; }
  bool is_open() const { return raw_->is_open(); }
  // A descriptor of our own on the connection's socket, so that another thread may look at it and cut it
  // while libpq closes its one.
  int socket() const { return socket_; }
  void check();  // a short round trip; throws when the connection is dead

 private:
  std::unique_ptr<pqxx::connection> raw_;
  int socket_ = -1;
};

}  // namespace turnkey::pg
