// SPDX-License-Identifier: Apache-2.0
// The HTTP edge: routes, JSON, problem+json errors (RFC 9457), and event streams that do not hold a thread.
//
// Plain HTTP, meant for loopback or an internal network behind nginx (TLS, header, body and rate limits).
// Ordinary requests run on a pool of threads; a stream's socket is handed to one epoll thread once its
// handler has agreed. Refused before a body is read: bodies without a Content-Length (411), Content-Encoding
// (415), paths over 256 characters (404), bodies over the limit of their route (413), too many large ones at
// once (429). Only http/*.cpp includes cpp-httplib.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contracts/json.hpp"
#include "core/address_range.hpp"
#include "core/result.hpp"

namespace turnkey::http {

struct Request {
  std::string method;
  std::string path;  // decoded, without the query
  std::map<std::string, std::string> path_parameters;
  std::multimap<std::string, std::string> query;
  std::multimap<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::string remote_address;  // the peer, or what a trusted proxy says in X-Real-IP
  std::string correlation_id;  // X-Correlation-Id when it is 8..64 of [0-9a-zA-Z_-], else a new one

  std::string parameter(const std::string& name) const;  // "" when there is none
  std::optional<std::string> query_value(const std::string& name) const;
  std::string header(const std::string& lower_case_name) const;
  std::optional<std::string> cookie(std::string_view name) const;
  core::Result<contracts::Json> json() const;  // `invalid` unless application/json and an object
};

struct Response {
  int status = 200;
  std::string body{};
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers{};
  // What follows `body`, part by part, for what is too large to be held at once: "" ends it. An error or an
  // exception cuts the connection, so that nobody takes what came for all of it. The request holds its
  // thread.
  std::function<core::Result<std::string>()> more{};
};
Response json_response(const contracts::Json& body, int status = 200);
Response empty_response(int status = 204);

// The one place where an error becomes a status and a problem document; `more` are further members of it.
int status_of(const core::Error& error);
Response problem(const core::Error& error, const contracts::Json& more = contracts::Json::object());

struct Event {
  std::string id{};
  std::string event{};
  std::string data{};  // one line of JSON
};

// One open stream. Thread safe; sending to a closed stream does nothing. A client that does not read is cut
// when `buffer_limit` bytes wait for it.
class EventStream {
 public:
  virtual ~EventStream() = default;
  virtual void send(const Event& event) = 0;
  virtual void finish() = 0;  // closes once everything queued has been written
  virtual bool open() const = 0;
  // Runs once on the hub's thread, when the stream has ended for whatever reason. Set it in the handler. Do
  // not block.
  virtual void on_closed(std::function<void()> callback) = 0;
};

using Handler = std::function<core::Result<Response>(const Request&)>;
// Checks rights, may send first events, keeps the stream. An error is answered as a problem and the stream is
// dropped.
using StreamHandler =
    std::function<core::Result<core::Done>(const Request&, const std::shared_ptr<EventStream>&)>;

std::vector<core::AddressRange> loopback();  // 127.0.0.0/8 and ::1

struct ServerOptions {
  std::string address = "127.0.0.1";
  int port = 0;  // 0: a free one, see Server::port()
  int threads = 16;
  std::size_t body_limit = 1024 * 1024;  // bytes; a route may have its own
  // Requests whose bodies are larger than this are in memory together at most so many times; one more is
  // answered 429.
  std::size_t large_body = 1024 * 1024;
  int large_bodies = 4;
  std::size_t stream_limit = 20'000;  // streams in total
  std::size_t stream_limit_per_address = 500;
  std::size_t buffer_limit = 256 * 1024;                         // bytes that wait for one stream's client
  std::chrono::seconds comment_interval{15};                     // keeps streams open through proxies
  std::vector<core::AddressRange> trusted_proxies = loopback();  // peers whose X-Real-IP is believed
};

class Server {
 public:
  explicit Server(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // `pattern` "/api/devices/{serial}/ledger": literal parts and parameters of one segment. Before start.
  void route(std::string method, std::string pattern, Handler handler,
             std::optional<std::size_t> body_limit = {});
  void stream(std::string pattern, StreamHandler handler);
  // Headers for every answer (security headers).
  void default_header(std::string name, std::string value);
  // After each request: route pattern ("" when none matched), method, status, seconds. For metrics and the
  // access log.
  using Observer = std::function<void(const std::string& pattern, const std::string& method, int status,
                                      double seconds, const std::string& correlation_id)>;
  void on_finished(Observer observer);

  void start();  // binds and listens, backlog 4096; throws std::runtime_error when the port is taken
  int port() const;
  bool listening() const;  // from start to stop; false when the listening socket itself has failed
  void stop();             // ends streams, waits for running requests
  std::size_t open_streams() const;

 private:
  class Listener;
  std::unique_ptr<Listener> listener_;
};

}  // namespace turnkey::http
