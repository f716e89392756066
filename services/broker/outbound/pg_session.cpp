// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_session.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <chrono>
#include <stdexcept>

namespace turnkey::broker {
namespace {

constexpr int kPollMs = 100;  // so long may `stop` go unnoticed
constexpr std::chrono::seconds kSilenceLimit{15};

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ClearResult>;

std::runtime_error failure(pg_conn* connection) {
  std::string text = PQerrorMessage(connection);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return std::runtime_error(text.empty() ? "the connection failed" : text);
}

}  // namespace

void PgSession::Close::operator()(pg_conn* connection) const { PQfinish(connection); }

PgSession::PgSession(const std::string& connection_string, const std::atomic<bool>& stop) : stop_(stop) {
  const char* names[] = {"dbname", "fallback_application_name", nullptr};
  const char* values[] = {connection_string.c_str(), "turnkey-broker", nullptr};
  connection_.reset(PQconnectStartParams(names, values, 1));
  if (!connection_ || PQstatus(connection_.get()) == CONNECTION_BAD) throw failure(connection_.get());
  for (PostgresPollingStatusType state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK;
       state = PQconnectPoll(connection_.get())) {
    if (state == PGRES_POLLING_FAILED) throw failure(connection_.get());
    wait(state == PGRES_POLLING_WRITING);
  }
}

void PgSession::wait(bool for_write) {
  const auto end = std::chrono::steady_clock::now() + kSilenceLimit;
  for (;;) {
    if (stop_) throw std::runtime_error("stopping");
    pollfd socket{PQsocket(connection_.get()), static_cast<short>(for_write ? POLLOUT : POLLIN), 0};
    if (socket.fd < 0) throw failure(connection_.get());
    if (::poll(&socket, 1, kPollMs) > 0) return;
    if (std::chrono::steady_clock::now() >= end) throw std::runtime_error("the database does not answer");
  }
}

void PgSession::send(const char* sql) {
  if (PQsendQuery(connection_.get(), sql) != 1) throw failure(connection_.get());
}

void PgSession::wait_for_result() {
  while (PQisBusy(connection_.get()) != 0) {
    wait(false);
    if (PQconsumeInput(connection_.get()) != 1) throw failure(connection_.get());
  }
}

std::vector<std::string> PgSession::one_row(const char* sql) {
  send(sql);
  std::vector<std::string> row;
  for (;;) {
    wait_for_result();
    const Result result(PQgetResult(connection_.get()));
    if (!result) return row;
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) throw failure(connection_.get());
    for (int column = 0; PQntuples(result.get()) > 0 && column < PQnfields(result.get()); ++column) {
      row.emplace_back(PQgetvalue(result.get(), 0, column));
    }
  }
}

void PgSession::copy_out(const std::string& sql, const std::function<void(std::string_view)>& on_line) {
  send(sql.c_str());
  wait_for_result();
  const Result begin(PQgetResult(connection_.get()));
  if (PQresultStatus(begin.get()) != PGRES_COPY_OUT) throw failure(connection_.get());
  for (;;) {
    char* line = nullptr;
    const int length = PQgetCopyData(connection_.get(), &line, 1);
    if (length > 0) {
      const std::unique_ptr<char, void (*)(void*)> owner(line, PQfreemem);
      on_line({line, static_cast<std::size_t>(length - 1)});
    } else if (length == 0) {
      wait(false);
      if (PQconsumeInput(connection_.get()) != 1) throw failure(connection_.get());
    } else if (length == -1) {
      break;
    } else {
      throw failure(connection_.get());
    }
  }
  for (;;) {
    wait_for_result();
    const Result result(PQgetResult(connection_.get()));
    if (!result) return;
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) throw failure(connection_.get());
  }
}

}  // namespace turnkey::broker
