// SPDX-License-Identifier: Apache-2.0
#include "pg/connection.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <pqxx/except>
#include <pqxx/nontransaction>
#include <pqxx/result>

#include "pg/pool.hpp"

namespace turnkey::pg {
namespace {

// A server that is gone without a word is noticed within about 10 s. These come first: what the operator's
// own string says wins.
constexpr const char* kLiveness =
    "keepalives=1 keepalives_idle=5 keepalives_interval=2 keepalives_count=3 tcp_user_timeout=10000";

std::string connection_string_of(const PoolOptions& options) {
  std::string settings = fmt::format("-c statement_timeout={}", options.statement_timeout.count());
  if (!options.search_path.empty()) settings += " -c search_path=" + options.search_path;
  return fmt::format("{} {} connect_timeout=3 application_name={} options='{}'", kLiveness,
                     options.connection_string,
                     options.application_name.empty() ? "turnkey" : options.application_name, settings);
}

// As libpq reads it: any character may be in a password.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// libpq tells no refused password from a server that is away: whatever it is, the next line is tried.
std::unique_ptr<pqxx::connection> opened(const PoolOptions& options) {
  const std::string wanted = connection_string_of(options);
  const auto passwords = options.password.all();
  for (std::size_t i = 0; i + 1 < passwords.size(); ++i) {
    try {
      return std::make_unique<pqxx::connection>(wanted + " password=" + quoted(passwords[i]));
    } catch (const pqxx::broken_connection&) {
      continue;
    }
  }
  return std::make_unique<pqxx::connection>(
      passwords.empty() ? wanted : wanted + " password=" + quoted(passwords.back()));
}

}  // namespace

Connection::Connection(const PoolOptions& options) : raw_(opened(options)) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // libpqxx 7 never reactivates, 6 has only this
  raw_->inhibit_reactivation(true);
#pragma GCC diagnostic pop
  socket_ = fcntl(raw_->sock(), F_DUPFD_CLOEXEC, 0);
}

Connection::~Connection() {
  if (socket_ >= 0) ::close(socket_);
}

void Connection::check() { pqxx::nontransaction(*raw_).exec("select 1"); }

}  // namespace turnkey::pg
