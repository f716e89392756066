// SPDX-License-Identifier: Apache-2.0
#include "http/server.hpp"

#include <httplib.h>
#include <poll.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>

#include "core/correlation.hpp"
#include "core/random.hpp"
#include "core/unavailable.hpp"
#include "http/router.hpp"
#include "http/stream_hub.hpp"

namespace turnkey::http {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kLongestPath =
    256;                        // beyond it cpp-httplib's recursive regular expressions eat the stack
constexpr int kBacklog = 4096;  // cpp-httplib asks for 5
constexpr int kReadTimeout_ms = 10'000;
constexpr int kWriteTimeout_ms = 10'000;

// What the running handler decided about this thread's connection.
struct Handover {
  std::shared_ptr<StreamHub::Stream> stream;
  std::string head;
};
thread_local Handover* current_handover = nullptr;

// A connection's socket. Once a stream has taken it over, cpp-httplib's own answer is swallowed.
class SocketStream final : public httplib::Stream {
 public:
  SocketStream(socket_t socket, const Handover& handover) : socket_(socket), handover_(handover) {}
  bool is_readable() const override { return wait(POLLIN, kReadTimeout_ms); }
  bool is_writable() const override { return wait(POLLOUT, kWriteTimeout_ms); }
  ssize_t read(char* to, size_t size) override { return is_readable() ? ::recv(socket_, to, size, 0) : -1; }
  ssize_t write(const char* from, size_t size) override {
    if (handover_.stream) return static_cast<ssize_t>(size);
    return is_writable() ? ::send(socket_, from, size, MSG_NOSIGNAL) : -1;
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override { name(&::getpeername, ip, port); }
  void get_local_ip_and_port(std::string& ip, int& port) const override { name(&::getsockname, ip, port); }
  socket_t socket() const override { return socket_; }

 private:
  bool wait(short what, int timeout_ms) const {
    pollfd wanted{socket_, what, 0};
    return poll(&wanted, 1, timeout_ms) == 1;
  }
  template <typename Ask>
  void name(Ask ask, std::string& ip, int& port) const {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> service{};
    if (ask(socket_, reinterpret_cast<sockaddr*>(&address), &length) != 0) return;
    if (getnameinfo(reinterpret_cast<sockaddr*>(&address), length, host.data(), host.size(), service.data(),
                    service.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
      return;
    }
    ip = host.data();
    port = std::atoi(service.data());
  }
  const socket_t socket_;
  const Handover& handover_;
};

std::string correlation_id_of(const std::string& given) {
  const bool usable =
      given.size() >= 8 && given.size() <= 64 && std::all_of(given.begin(), given.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               c == '-';
      });
  return usable ? given : core::random_hex(12);
}

bool is_loopback(const std::string& address) { return address.starts_with("127.") || address == "::1"; }

Request to_request(const httplib::Request& raw, bool trust_real_ip) {
  Request request;
  request.method = raw.method == "HEAD" ? "GET" : raw.method;
  request.path = raw.path;
  for (const auto& [name, value] : raw.params) request.query.emplace(name, value);
  for (const auto& [name, value] : raw.headers) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    request.headers.emplace(std::move(lower), value);
  }
  request.body = raw.body;
  request.remote_address = raw.remote_addr;
  const std::string real = request.header("x-real-ip");
  if (trust_real_ip && is_loopback(raw.remote_addr) && !real.empty())
    request.remote_address = real.substr(0, 64);
  request.correlation_id = correlation_id_of(request.header("x-correlation-id"));
  return request;
}

core::Error too_large() {
  core::Error error = core::invalid("The body is larger than this allows.");
  error.detail = "too_large";
  return error;
}

core::Error no_such_path(bool other_method) {
  core::Error error =
      core::not_found(other_method ? "This path does not know that method." : core::not_found().message);
  if (other_method) error.detail = "method_not_allowed";
  return error;
}

}  // namespace

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
    new_task_queue = [threads = options_.threads] {
      return new httplib::ThreadPool(static_cast<std::size_t>(threads));
    };
    set_pre_routing_handler([this](const httplib::Request& raw, httplib::Response& out) {
      if (raw.path.size() <= kLongestPath && !raw.has_header("Transfer-Encoding"))
        return HandlerResponse::Unhandled;
      fill(out,
           problem(raw.path.size() > kLongestPath ? no_such_path(false)
                                                  : core::invalid("A Content-Length is needed.")),
           "");
      return HandlerResponse::Handled;
    });
    set_exception_handler([this](const httplib::Request&, httplib::Response& out, std::exception_ptr) {
      fill(out, problem(core::internal("Something went wrong here; it has been logged.")), "");
    });
    set_error_handler([this](const httplib::Request&, httplib::Response& out) {
      if (!out.body.empty()) return;
      const bool large = out.status == 413;
      fill(out, problem(large ? too_large() : core::invalid("The request cannot be read.")), "");
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
    set_payload_max_length(std::max(largest_body_, options_.body_limit));
    if (options_.port == 0) {
      port_ = bind_to_any_port(options_.address);
    } else {
      port_ = bind_to_port(options_.address, options_.port) ? options_.port : -1;
    }
    if (port_ <= 0)
      throw std::runtime_error("cannot listen on " + options_.address + ":" + std::to_string(options_.port));
    ::listen(svr_sock_, kBacklog);
    hub_->start();
    thread_ = std::thread([this] { listen_after_bind(); });
    while (!is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  void end() {
    if (!thread_.joinable()) return;
    stop();
    thread_.join();
    hub_->stop();
  }

  const ServerOptions options_;
  std::shared_ptr<StreamHub> hub_;
  std::vector<std::pair<std::string, std::string>> default_headers_;
  Observer observer_;
  int port_ = 0;

 private:
  // One request a connection: nginx in front is told to close, and idle connections would hold threads.
  bool process_and_close_socket(socket_t socket) override {
    Handover handover;
    current_handover = &handover;
    SocketStream stream(socket, handover);
    bool closed = false;
    const bool done = process_request(stream, true, closed, nullptr);
    current_handover = nullptr;
    if (handover.stream) {
      hub_->adopt(socket, handover.stream, handover.head);
      return done;
    }
    ::shutdown(socket, SHUT_RDWR);
    ::close(socket);
    return done;
  }

  void answer(const httplib::Request& raw, httplib::Response& out) {
    const auto began = Clock::now();
    const Request plain = to_request(raw, options_.trust_real_ip);
    const core::CorrelationScope scope(plain.correlation_id);
    const auto match = router_.find(plain.method, plain.path);
    const Response response =
        match ? handle(plain, *match) : problem(no_such_path(router_.knows_path(plain.path)));
    fill(out, response, plain.correlation_id);
    if (observer_) {
      const std::string pattern = match ? routes_[match->route].pattern : std::string();
      observer_(pattern, plain.method, response.status,
                std::chrono::duration<double>(Clock::now() - began).count(), plain.correlation_id);
    }
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
    *current_handover = {stream, head + "\r\n"};
    return {200, "", "text/event-stream", {}};
  }

  void fill(httplib::Response& out, const Response& response, const std::string& correlation_id) const {
    out.status = response.status;
    out.headers.clear();
    for (const auto& [name, value] : default_headers_) out.set_header(name, value);
    for (const auto& [name, value] : response.headers) out.set_header(name, value);
    if (!out.has_header("Cache-Control")) out.set_header("Cache-Control", "no-store");
    if (!out.has_header("X-Content-Type-Options")) out.set_header("X-Content-Type-Options", "nosniff");
    if (!correlation_id.empty()) out.set_header("X-Correlation-Id", correlation_id);
    if (!response.content_type.empty()) out.set_content(response.body, response.content_type);
  }

  Router router_;
  std::vector<Route> routes_;
  std::size_t largest_body_ = 0;
  std::thread thread_;
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
int Server::port() const { return listener_->port_; }
void Server::stop() { listener_->end(); }
std::size_t Server::open_streams() const { return listener_->hub_->count(); }

}  // namespace turnkey::http
