// SPDX-License-Identifier: Apache-2.0
#include "service/runtime.hpp"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>

#include <iostream>
#include <mutex>

#include "http/server.hpp"
#include "service/config.hpp"
#include "service/log.hpp"

namespace turnkey::service {
namespace {

constexpr int kWrongConfiguration = 78;  // EX_CONFIG of sysexits.h
constexpr int kInternalError = 70;       // EX_SOFTWARE
constexpr int kThreads = 4;              // slow readiness checks leave one for /healthz

std::string trouble_of(const std::function<std::string()>& check) {
  try {
    return check();
  } catch (const std::exception& error) {
    log_warning("a readiness check failed", {{"reason", error.what()}});
    return "It cannot be checked just now.";
  }
}

// Large blocks (a password hash takes 19 MiB) go back to the system when they are freed, and threads share
// two heaps: otherwise each thread keeps the most that it ever used.
void keep_memory_small() {
  mallopt(M_MMAP_THRESHOLD, 256 * 1024);
  mallopt(M_ARENA_MAX, 2);
}

sigset_t end_signals() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  return ends;
}

http::ServerOptions options_of(std::string address, int port) {
  http::ServerOptions options;
  options.address = std::move(address);
  options.port = port;
  options.threads = kThreads;
  return options;
}

}  // namespace

class InternalPort::Endpoints {
 public:
  Endpoints(std::string address, int port, Metrics& metrics) : server_(options_of(std::move(address), port)) {
    server_.route("GET", "/healthz", [](const auto&) -> core::Result<http::Response> {
      return http::json_response({{"ok", true}});
    });
    server_.route("GET", "/readyz", [this](const auto&) -> core::Result<http::Response> { return ready(); });
    server_.route("GET", "/metrics", [&metrics](const auto&) -> core::Result<http::Response> {
      return http::Response{200, metrics.text(), "text/plain; version=0.0.4; charset=utf-8", {}};
    });
  }

  contracts::Json down() {
    const auto checks = [this] {
      const std::lock_guard lock(mutex_);
      return checks_;
    }();
    contracts::Json troubles = contracts::Json::object();
    for (const auto& [part, check] : checks) {
      if (const std::string trouble = trouble_of(check); !trouble.empty()) troubles[part] = trouble;
    }
    return troubles;
  }

  http::Response ready() {
    const contracts::Json troubles = down();
    return http::json_response({{"ready", troubles.empty()}, {"down", troubles}},
                               troubles.empty() ? 200 : 503);
  }

  std::mutex mutex_;
  std::vector<std::pair<std::string, std::function<std::string()>>> checks_;
  http::Server server_;
};

InternalPort::InternalPort(std::string address, int port, Metrics& metrics)
    : endpoints_(std::make_unique<Endpoints>(std::move(address), port, metrics)) {}
InternalPort::~InternalPort() { stop(); }
void InternalPort::readiness(std::string part, std::function<std::string()> check) {
  const std::lock_guard lock(endpoints_->mutex_);
  endpoints_->checks_.emplace_back(std::move(part), std::move(check));
}
contracts::Json InternalPort::down() const { return endpoints_->down(); }
void InternalPort::start() { endpoints_->server_.start(); }
int InternalPort::port() const { return endpoints_->server_.port(); }
void InternalPort::stop() { endpoints_->server_.stop(); }

int run_until_signal(const std::string& service, const std::function<std::shared_ptr<void>()>& make) {
  keep_memory_small();
  const sigset_t ends = end_signals();
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  signal(SIGPIPE, SIG_IGN);  // a peer that has gone is an error of the write, not the end
  init_log(service, "info");
  try {
    auto app = make();
    int number = 0;
    sigwait(&ends, &number);
    log_info("stopping", {{"signal", number}});
    app.reset();
    return 0;
  } catch (const ConfigError& error) {
    std::cerr << service << ": the settings are not right:\n" << error.what();
    return kWrongConfiguration;
  } catch (const std::exception& error) {
    log_error("the service ends with an error", {{"reason", error.what()}});
    return kInternalError;
  }
}

}  // namespace turnkey::service
