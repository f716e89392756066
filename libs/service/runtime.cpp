// SPDX-License-Identifier: Apache-2.0
#include "service/runtime.hpp"

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

http::ServerOptions options_of(std::string address, int port) {
  http::ServerOptions options;
  options.address = std::move(address);
  options.port = port;
  options.threads = 2;
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

  http::Response ready() {
    const std::lock_guard lock(mutex_);
    contracts::Json down = contracts::Json::object();
    for (const auto& [part, check] : checks_) {
      if (const std::string trouble = check(); !trouble.empty()) down[part] = trouble;
    }
    return http::json_response({{"ready", down.empty()}, {"down", down}}, down.empty() ? 200 : 503);
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
void InternalPort::start() { endpoints_->server_.start(); }
int InternalPort::port() const { return endpoints_->server_.port(); }
void InternalPort::stop() { endpoints_->server_.stop(); }

int run_until_signal(const std::string& service, const std::function<std::shared_ptr<void>()>& make) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
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
    log_error("the service ended with an error", {{"reason", error.what()}});
    return kInternalError;
  }
}

}  // namespace turnkey::service
