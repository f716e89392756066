// SPDX-License-Identifier: Apache-2.0
// One connection to PostgreSQL whose waits end soon after `stop` becomes true. Used by one thread.
// Everything throws std::runtime_error with the server's sentence.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct pg_conn;

namespace turnkey::broker {

class PgSession {
 public:
  PgSession(const std::string& connection_string, const std::atomic<bool>& stop);
  std::vector<std::string> one_row(const char* sql);
  // `sql` is a COPY ... TO STDOUT in text format; `on_line` gets each line without its end.
  void copy_out(const std::string& sql, const std::function<void(std::string_view)>& on_line);

 private:
  struct Close {
    void operator()(pg_conn* connection) const;
  };
  void wait(bool for_write);
  void send(const char* sql);
  void wait_for_result();

  const std::atomic<bool>& stop_;
  std::unique_ptr<pg_conn, Close> connection_;
};

}  // namespace turnkey::broker
