// SPDX-License-Identifier: Apache-2.0
#include "app.hpp"

#include <atomic>

#include "bus/rpc.hpp"
#include "counters.hpp"
#include "inbound/device_events.hpp"
#include "inbound/erase_method.hpp"
#include "inbound/presses.hpp"
#include "inbound/rpc_methods.hpp"
#include "outbound/bus_announcer.hpp"
#include "outbound/bus_registry.hpp"
#include "outbound/outbox_sender.hpp"
#include "outbound/pg_erasure.hpp"
#include "outbound/pg_store.hpp"
#include "periodic.hpp"
#include "pg/migrations.hpp"
#include "pg/outbox.hpp"
#include "service/health.hpp"
#include "service/log.hpp"
#include "service/runtime.hpp"
#include "usecases/advance.hpp"
#include "usecases/complete.hpp"

namespace turnkey::provisioning {
namespace {

using namespace std::chrono_literals;

constexpr auto kTick = 250ms;        // how late an expiry or the end of a burst may be noticed
constexpr auto kBackground = 500ms;  // recovery of completions and presses
constexpr auto kRepairEvery = 15s;   // another replica may have told older windows last
constexpr auto kRepairEnded = 1min;
constexpr auto kToldAfterConnect = 24h;  // a broker may have kept what ended while it was not reachable
constexpr auto kPurgeEvery = 1h;

pg::PoolOptions pool_options(const Config& config) {
  pg::PoolOptions options;
  options.connection_string = config.settings.database;
  options.password = config.settings.database_password;
  options.size = static_cast<std::size_t>(config.database_sessions);
  options.search_path = "provisioning";
  options.application_name = "turnkey-provisioning";
  return options;
}

}  // namespace

class App::Parts {
 public:
  Parts(const Config& config, const core::Clock& clock)
      : clock_(clock),
        counters_(metrics_),
        pool_(pool_options(config)),
        store_(pool_),
        erasure_(pool_),
        client_(config.settings.bus),
        caller_(client_),
        registry_(caller_),
        ingest_(caller_),
        announcer_(client_, store_, config.settings.roots, [this] { relay_.wake(); }),
        sender_(announcer_, caller_, clock_),
        relay_(pool_, [this](const pg::OutboxEntry& entry) { return sender_.send(entry); }),
        world_{clock, store_, registry_, ingest_, announcer_, counters_},
        presses_(world_, client_),
        server_(client_, "provisioning", config.rpc_threads),
        ticker_("windows", kTick, [this] { advance(world_, presses_.complete()); }),
        background_("recovery", kBackground, [this] { recover(); }),
        port_(config.settings.internal_address, config.settings.internal_port, metrics_),
        health_(config.settings, port_, clock_) {
    pg::migrate(pool_, "provisioning", turnkey_migrations());
    watch();
    serve();
    service::log_info("started", {{"instance", config.settings.instance}, {"internal_port", port_.port()}});
  }

  ~Parts() {
    server_.stop();
    ticker_.stop();
    background_.stop();
    presses_.drain();
    relay_.stop();
    client_.stop();
    presses_.stop();
    port_.stop();
  }

  int internal_port() const { return port_.port(); }

 private:
  void watch() {
    port_.readiness("broker", [this] {
      return client_.connected() ? std::string() : std::string("The broker cannot be reached.");
    });
    port_.readiness("database", [this] {
      return pool_.reachable() ? std::string() : std::string("The database cannot be reached.");
    });
    metrics_.gauge("turnkey_provisioning_windows_open", "Windows that are open.",
                   [this] { return static_cast<double>(store_.open_count()); });
    metrics_.gauge("turnkey_provisioning_outbox_waiting", "Events that wait to be sent.",
                   [this] { return static_cast<double>(relay_.backlog()); });
    server_.on_finished([this](const std::string& method, const std::string& outcome, double seconds) {
      metrics_.observe("turnkey_rpc_seconds", "Time of requests over the bus.",
                       {{"method", method}, {"outcome", outcome}}, seconds);
    });
  }

  void serve() {
    add_methods(server_, world_);
    add_erase_method(server_, erasure_);
    health_.fact("database", [this] { return service::json_of(pg::facts_of(pool_)); });
    health_.fact("outbox", [this] { return contracts::Json{{"entries", relay_.backlog()}}; });
    health_.serve(server_);
    presses_.subscribe();
    follow_devices(client_, world_);
    client_.on_connected([this] {
      presses_.on_connected();
      tell_all_ = true;
      relay_.wake();
    });
    server_.start();
    client_.start();
    relay_.start();
    ticker_.start();
    background_.start();
    port_.start();
  }

  void recover() {
    recover_completions(world_);
    presses_.catch_up();
    tell_windows();
    const auto now = std::chrono::steady_clock::now();
    if (now < purge_at_) return;
    store_.purge(clock_.now());
    purge_at_ = now + kPurgeEvery;
  }

  // Retained windows are repaired: all of a day after a connect, the recent ones again and again.
  void tell_windows() {
    if (!client_.connected()) return;
    const bool all = tell_all_.exchange(false);
    const auto now = std::chrono::steady_clock::now();
    if (!all && now < tell_at_) return;
    tell_at_ = now + kRepairEvery;
    const core::Millis back = all ? core::Millis(kToldAfterConnect) : core::Millis(kRepairEnded);
    for (const auto& device : store_.devices_to_tell(clock_.now() - back)) {
      if (announcer_.publish_windows(device, false)) continue;
      if (all) tell_all_ = true;  // the connection is gone or full: again in the next round
      return;
    }
  }

  const core::Clock& clock_;
  service::Metrics metrics_;
  MetricCounters counters_;
  pg::Pool pool_;
  PgStore store_;
  PgErasure erasure_;
  bus::Client client_;
  bus::RpcCaller caller_;
  BusRegistry registry_;
  BusIngest ingest_;
  BusAnnouncer announcer_;
  OutboxSender sender_;
  pg::OutboxRelay relay_;
  World world_;
  Presses presses_;
  bus::RpcServer server_;
  std::atomic<bool> tell_all_{false};
  std::chrono::steady_clock::time_point tell_at_{};   // of the background thread alone
  std::chrono::steady_clock::time_point purge_at_{};  // of the background thread alone
  Periodic ticker_;
  Periodic background_;
  service::InternalPort port_;
  service::Health health_;
};

App::App(const Config& config) : parts_(std::make_unique<Parts>(config, system_clock_)) {}
App::App(const Config& config, const core::Clock& clock) : parts_(std::make_unique<Parts>(config, clock)) {}
App::~App() = default;
int App::internal_port() const { return parts_->internal_port(); }

}  // namespace turnkey::provisioning
