// SPDX-License-Identifier: Apache-2.0
#include "app.hpp"

#include <algorithm>

#include "bus/worker.hpp"
#include "contracts/topics.hpp"
#include "inbound/device_streams.hpp"
#include "inbound/health_routes.hpp"
#include "inbound/provisioning_streams.hpp"
#include "inbound/routes.hpp"
#include "service/log.hpp"
#include "service/runtime.hpp"
#include "service/ticker.hpp"

namespace turnkey::gateway {
namespace {

constexpr int kCheckThreads = 4;
constexpr std::size_t kMostChecks = 50'000;
constexpr std::size_t kMaxBody = 64 * 1024;  // bytes, but for recipes and batches
constexpr int kFilesAtOnce = 2;              // each up to 64 MiB in memory
constexpr auto kTick = std::chrono::milliseconds(500);

http::ServerOptions http_options(const Config& config) {
  http::ServerOptions options;
  options.address = config.http_address;
  options.port = config.http_port;
  options.threads = config.http_threads;
  options.body_limit = kMaxBody;
  options.large_bodies = kFilesAtOnce;
  options.stream_limit = config.streams;
  options.stream_limit_per_address = config.streams_per_address;
  options.trusted_proxies = config.trusted_proxies;
  return options;
}

// Then anybody may say from which address they come, and limits by address hold nobody.
bool trusts_everybody(const Config& config) {
  const auto stranger = core::IpAddress::parse("198.51.100.1");  // kept for documentation: nobody's
  return std::any_of(config.trusted_proxies.begin(), config.trusted_proxies.end(),
                     [&](const core::AddressRange& range) { return range.contains(*stranger); });
}

}  // namespace

struct App::Parts {
  Parts(Config settings, const core::Clock& clock)
      : config(std::move(settings)),
        client(config.service.bus),
        services(client, config.http_threads / 2),
        access(services, sessions, clock, config.public_origins),
        checks(kCheckThreads, kMostChecks),
        devices(client, config.service, services, access, checks, clock),
        provisionings(client, services, access, checks, clock),
        server(http_options(config)),
        internal(config.service.internal_address, config.service.internal_port, metrics),
        own_health(config.service, internal, clock),
        health(client, own_health) {
    follow_users();
    const Routes routes{server, config, services, access, misses, client, clock, sessions};
    add_session_routes(routes);
    add_branding_routes(routes);
    add_administration_routes(routes);
    add_people_routes(routes);
    add_one_time_link_routes(routes);
    add_consent_routes(routes);
    add_ledger_routes(routes);
    add_telemetry_routes(routes);
    health.add(routes);
    add_erasure_routes(routes);
    add_batch_routes(routes);
    add_device_routes(routes, devices);
    add_fleet_routes(routes);
    add_label_routes(routes);
    add_credential_routes(routes);
    add_lifecycle_routes(routes);
    add_provisioning_routes(routes, provisionings);
    add_integration_routes(routes);
    add_registration_routes(routes);
    // Only the plugin judges a key and a secret that come with a report.
    if (config.service.broker == contracts::BrokerKind::turnkey) add_report_routes(routes);
    observe();
    for (const auto& import : config.branding.left_out)
      service::log_warning("theme.css would fetch something: left out", {{"import", import}});
    if (trusts_everybody(config)) own_health.unsafe("every_proxy_trusted");
    try {
      start(clock);
    } catch (...) {
      stop();  // the destructor does not run, and threads must not outlive what they use
      throw;
    }
  }

  ~Parts() { stop(); }

  void start(const core::Clock& clock) {
    checks.start();
    client.start();
    server.start();
    internal.start();
    ticker = std::make_unique<service::Ticker>("streams of ended sessions", kTick, [this, &clock] {
      devices.check_ended_sessions(clock.now());
      devices.forget_left(clock.now());
      provisionings.check_ended_sessions(clock.now());
    });
    service::log_info("serving", {{"port", server.port()}});
  }

  void stop() {
    ticker.reset();
    internal.stop();
    devices.stop();
    provisionings.stop();
    server.stop();
    checks.stop();
    client.stop();
  }

  void follow_users() {
    client.subscribe(std::string(contracts::topics::kUserEventsAll), 1, [this](const bus::Message& message) {
      const auto user = contracts::topics::user_of_event(message.topic);
      if (!user) return;
      sessions.drop_user(*user);
      devices.user_changed(*user);
      provisionings.user_changed(*user);
    });
    // What was said while there was no connection is not said again.
    client.on_connected([this] {
      sessions.clear();
      devices.check_all();
      provisionings.check_all();
    });
  }

  void observe() {
    server.on_finished([this](const std::string& pattern, const std::string& method, int status,
                              double seconds, const std::string&) {
      metrics.observe("turnkey_http_seconds", "Time to answer a request",
                      {{"route", pattern.empty() ? "none" : pattern},
                       {"method", method},
                       {"status", std::to_string(status)}},
                      seconds);
    });
    metrics.gauge("turnkey_streams_open", "Event streams that are open",
                  [this] { return static_cast<double>(server.open_streams()); });
    internal.readiness("broker",
                       [this] { return client.connected() ? "" : "There is no connection to the broker."; });
  }

  const Config config;
  service::Metrics metrics;
  SessionCache sessions;
  MissLimiter misses;
  bus::Client client;
  Services services;
  Access access;
  bus::Worker checks;
  DeviceStreams devices;
  ProvisioningStreams provisionings;
  http::Server server;
  service::InternalPort internal;
  service::Health own_health;
  HealthRoutes health;
  std::unique_ptr<service::Ticker> ticker;
};

App::App(Config config, const core::Clock& clock)
    : parts_(std::make_unique<Parts>(std::move(config), clock)) {}
App::~App() = default;
int App::http_port() const { return parts_->server.port(); }
int App::internal_port() const { return parts_->internal.port(); }
bool App::connected() const { return parts_->client.connected(); }

}  // namespace turnkey::gateway
