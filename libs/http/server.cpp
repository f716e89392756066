// SPDX-License-Identifier: Apache-2.0
#include "http/server.hpp"

#include <httplib.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>

#include "core/correlation.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "core/unavailable.hpp"
#include "http/acceptor.hpp"
#include "http/refusal.hpp"
#include "http/router.hpp"
#include "http/socket_stream.hpp"
#include "http/stream_hub.hpp"

namespace turnkey::http {
namespace {

using Clock = std::chrono::steady_clock;

// What the running handler decided about this thread's connection.
struct Handover {
  bool answered = false;  // by us; else cpp-httplib has given the request up
  bool taken = false;     // by the hub, for `stream`; cpp-httplib's own answer is swallowed
  bool large = false;     // its body counts among the large ones
  std::shared_ptr<StreamHub::Stream> stream;
  std::string head;
};
thread_local Handover* current_handover = nullptr;

std::string correlation_id_of(const std::string& given) {
  const bool usable =
      given.size() >= 8 && given.size() <= 64 && std::all_of(given.begin(), given.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               c == '-';
      });
  return usable ? given : core::random_hex(12);
}

bool is_among(const std::vector<core::AddressRange>& ranges, const std::string& peer) {
  const auto address = core::IpAddress::parse(peer);
  return address && std::any_of(ranges.begin(), ranges.end(),
                                [&](const core::AddressRange& range) { return range.contains(*address); });
}

Request to_request(const httplib::Request& raw, const std::vector<core::AddressRange>& trusted_proxies) {
  Request request;
  request.method = raw.method == "HEAD" ? "GET" : raw.method;
  request.path = raw.path;
  for (const auto& [name, value] : raw.params) request.query.emplace(name, value);
  for (const auto& [name, value] : raw.headers) request.headers.emplace(core::ascii_lower(name), value);
  request.body = raw.body;
  request.remote_address = raw.remote_addr;
  const std::string real = request.header("x-real-ip");
  if (!real.empty() && is_among(trusted_proxies, raw.remote_addr))
    request.remote_address = real.substr(0, 64);
  request.correlation_id = correlation_id_of(request.header("x-correlation-id"));
  return request;
}

}  // namespace

std::vector<core::AddressRange> loopback() {
  return {*core::AddressRange::parse("127.0.0.0/8"), *core::AddressRange::parse("::1")};
}

class Server::Listener final : public httplib::Server {
 public:
  struct Route {
    std::string method;
    std::string pattern;
    http::Handler handler;
    StreamHandler stream_handler;
    std::optional<std::size_t> body_limit;
  };

  explicit Listener(ServerOptions options)
      : options_(std::move(options)), hub_(std::make_shared<StreamHub>(options_)) {
    set_pre_routing_handler([this](const httplib::Request& raw, httplib::Response& out) {
      auto refusal = refusal_of(raw, limit_of(raw));
      if (!refusal) refusal = refusal_of_crowd(raw);
      if (!refusal) return HandlerResponse::Unhandled;
      const Request plain = to_request(raw, options_.trusted_proxies);
      finish(out, plain, "", refuse(*refusal, plain.path), Clock::now());
      return HandlerResponse::Handled;
    });
    set_exception_handler([this](const httplib::Request&, httplib::Response& out, std::exception_ptr) {
      fill(out, problem(core::internal("Something went wrong here; it has been logged.")), "");
    });
    set_error_handler([this](const httplib::Request& raw, httplib::Response& out) {
      if (!current_handover->answered) fill(out, problem(unreadable(raw, out.status)), "");
    });
    const auto any = [this](const httplib::Request& raw, httplib::Response& out) { answer(raw, out); };
    Get(".*", any).Post(".*", any).Put(".*", any).Patch(".*", any).Delete(".*", any);
  }

  void add(Route route) {
    router_.add(route.method, route.pattern);
    largest_body_ = std::max(largest_body_, route.body_limit.value_or(options_.body_limit));
    routes_.push_back(std::move(route));
  }

  void run() {
    largest_body_ = std::max(largest_body_, options_.body_limit);
    set_payload_max_length(largest_body_);
    acceptor_ = std::make_unique<Acceptor>(options_.address, options_.port, options_.threads,
                                           [this](int socket) { serve(socket); });
    hub_->start();
    svr_sock_ = 0;  // any but INVALID_SOCKET: cpp-httplib writes no parts when it takes itself for stopped
  }

  void end() {
    if (!acceptor_) return;
    svr_sock_ = INVALID_SOCKET;
    acceptor_->stop();
    hub_->stop();
  }

  int port() const { return acceptor_ ? acceptor_->port() : 0; }
  bool listening() const { return acceptor_ && acceptor_->listening(); }

  const ServerOptions options_;
  std::shared_ptr<StreamHub> hub_;
  std::vector<std::pair<std::string, std::string>> default_headers_;
  Observer observer_;

 private:
  // One request a connection: nginx in front is told to close, and idle connections would hold threads.
  void serve(int socket) {
    Handover handover;
    current_handover = &handover;
    SocketStream stream(socket, handover.taken);
    try {
      bool closed = false;
      process_request(stream, true, closed, prepare);
    } catch (const std::exception& error) {
      spdlog::error("a connection is given up reason={}", error.what());
    }
    current_handover = nullptr;
    if (handover.large) --large_bodies_;
    if (handover.taken) {
      hub_->adopt(socket, handover.stream, handover.head);
    } else {
      close_gently(socket);
    }
  }

  // Of the body that this request may have.
  std::size_t limit_of(const httplib::Request& raw) const {
    const auto match = router_.find(raw.method, raw.path);
    return match ? routes_[match->route].body_limit.value_or(options_.body_limit) : options_.body_limit;
  }

  // Bodies are read into memory whole: the large ones a few at a time. Its length has been looked at before.
  std::optional<core::Error> refusal_of_crowd(const httplib::Request& raw) {
    if (raw.get_header_value<std::uint64_t>("Content-Length") <= options_.large_body) return std::nullopt;
    if (++large_bodies_ > options_.large_bodies) {
      --large_bodies_;
      return core::throttled("Too many large files are on their way just now.", std::chrono::seconds(5));
    }
    current_handover->large = true;
    return std::nullopt;
  }

  static void prepare(httplib::Request& raw) {
    raw.ranges.clear();  // answers are not cut into pieces
    // cpp-httplib would read a DELETE without a length until the client closes.
    if (raw.method == "DELETE" && !raw.has_header("Content-Length")) raw.set_header("Content-Length", "0");
  }

  void answer(const httplib::Request& raw, httplib::Response& out) {
    const auto began = Clock::now();
    const Request plain = to_request(raw, options_.trusted_proxies);
    const core::CorrelationScope scope(plain.correlation_id);
    const auto match = router_.find(plain.method, plain.path);
    if (!match) return finish(out, plain, "", refuse(unknown(plain.path), plain.path), began);
    const Route& route = routes_[match->route];
    // cpp-httplib answers HEAD by GET without the body; a stream has nothing but its body.
    const bool bodiless = raw.method == "HEAD" && route.stream_handler;
    finish(out, plain, route.pattern, bodiless ? refuse(no_such_method(), plain.path) : handle(plain, *match),
           began);
  }

  core::Error unknown(const std::string& path) const {
    return router_.knows_path(path) ? no_such_method() : no_such_path();
  }

  Response refuse(const core::Error& error, const std::string& path) const {
    Response response = problem(error);
    const std::string allowed = response.status == 405 ? router_.methods_of(path) : std::string();
    if (!allowed.empty()) response.headers.emplace_back("Allow", allowed);
    return response;
  }

  void finish(httplib::Response& out, const Request& plain, const std::string& pattern, Response response,
              Clock::time_point began) const {
    current_handover->answered = true;
    const int status = response.status;
    fill(out, std::move(response), plain.correlation_id);
    if (!observer_) return;
    observer_(pattern, plain.method, status, std::chrono::duration<double>(Clock::now() - began).count(),
              plain.correlation_id);
  }

  Response handle(Request request, const Router::Match& match) {
    const Route& route = routes_[match.route];
    request.path_parameters = match.parameters;
    if (request.body.size() > route.body_limit.value_or(options_.body_limit)) return problem(too_large());
    try {
      if (route.stream_handler) return open_stream(route, request);
      auto result = route.handler(request);
      return result ? std::move(*result) : problem(result.error());
    } catch (const core::UnavailableError& error) {
      spdlog::warn("request failed pattern={} correlation_id={} reason={}", route.pattern,
                   request.correlation_id, error.what());
      return problem(core::unavailable("A part that this needs is away; try again in a moment."));
    } catch (const std::exception& error) {
      spdlog::error("request failed pattern={} correlation_id={} reason={}", route.pattern,
                    request.correlation_id, error.what());
      return problem(core::internal("Something went wrong here; it has been logged."));
    }
  }

  Response open_stream(const Route& route, const Request& request) {
    auto stream = hub_->open(request.remote_address);
    if (!stream) return problem(core::throttled("Too many streams are open.", std::chrono::seconds(5)));
    core::Result<core::Done> agreed = core::internal("");
    try {
      agreed = route.stream_handler(request, stream);
    } catch (...) {
      hub_->drop(stream);
      throw;
    }
    if (!agreed) {
      hub_->drop(stream);
      return problem(agreed.error());
    }
    std::string head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nX-Accel-Buffering: "
        "no\r\n"
        "Connection: close\r\nX-Content-Type-Options: nosniff\r\nX-Correlation-Id: " +
        request.correlation_id + "\r\n";
    for (const auto& [name, value] : default_headers_) head += name + ": " + value + "\r\n";
    current_handover->stream = stream;
    current_handover->head = head + "\r\n";
    current_handover->taken = true;
    return {200, "", "text/event-stream", {}};
  }

  void fill(httplib::Response& out, Response response, const std::string& correlation_id) const {
    out.status = response.status;
    out.headers.clear();
    for (const auto& [name, value] : default_headers_) out.set_header(name, value);
    for (const auto& [name, value] : response.headers) out.set_header(name, value);
    if (!out.has_header("Cache-Control")) out.set_header("Cache-Control", "no-store");
    if (!out.has_header("X-Content-Type-Options")) out.set_header("X-Content-Type-Options", "nosniff");
    if (!correlation_id.empty()) out.set_header("X-Correlation-Id", correlation_id);
    if (response.content_type.empty()) return;
    if (response.more) return send_parts(out, response);
    out.set_header("Content-Type", response.content_type);
    out.body = std::move(response.body);
  }

  static void send_parts(httplib::Response& out, const Response& response) {
    out.set_chunked_content_provider(response.content_type, [first = response.body, more = response.more](
                                                                std::size_t at, httplib::DataSink& sink) {
      if (at == 0 && !first.empty()) return sink.write(first.data(), first.size());
      try {
        const auto part = more();
        if (!part) return false;
        if (!part->empty()) return sink.write(part->data(), part->size());
        sink.done();
        return true;
      } catch (const std::exception& error) {
        spdlog::error("an answer is cut off reason={}", error.what());
        return false;
      }
    });
  }

  Router router_;
  std::vector<Route> routes_;
  std::size_t largest_body_ = 0;
  std::atomic<int> large_bodies_{0};
  std::unique_ptr<Acceptor> acceptor_;
};

Server::Server(ServerOptions options) : listener_(std::make_unique<Listener>(std::move(options))) {}
Server::~Server() { stop(); }
void Server::route(std::string method, std::string pattern, Handler handler,
                   std::optional<std::size_t> body_limit) {
  listener_->add({std::move(method), std::move(pattern), std::move(handler), nullptr, body_limit});
}
void Server::stream(std::string pattern, StreamHandler handler) {
  listener_->add({"GET", std::move(pattern), nullptr, std::move(handler), {}});
}
void Server::default_header(std::string name, std::string value) {
  listener_->default_headers_.emplace_back(std::move(name), std::move(value));
}
void Server::on_finished(Observer observer) { listener_->observer_ = std::move(observer); }
void Server::start() { listener_->run(); }
int Server::port() const { return listener_->port(); }
bool Server::listening() const { return listener_->listening(); }
void Server::stop() { listener_->end(); }
std::size_t Server::open_streams() const { return listener_->hub_->count(); }

}  // namespace turnkey::http
