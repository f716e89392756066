// SPDX-License-Identifier: Apache-2.0
#include "app.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "bus/rpc.hpp"
#include "inbound/presence.hpp"
#include "inbound/rpc_methods.hpp"
#include "outbound/events.hpp"
#include "pg/migrations.hpp"
#include "pg/outbox.hpp"
#include "service/log.hpp"
#include "service/runtime.hpp"
#include "usecases/sign_in.hpp"

namespace turnkey::registry {
namespace {

constexpr auto kSweepEvery = std::chrono::minutes(10);

pg::PoolOptions pool_options(const Config& config) {
  pg::PoolOptions options;
  options.connection_string = config.service.database;
  options.size = static_cast<std::size_t>(config.rpc_threads) + 3;  // relay, presence, readiness
  options.search_path = "registry";
  options.application_name = "turnkey-registry";
  return options;
}

// Cleans up now and then, until it is destroyed.
class Sweeper {
 public:
  explicit Sweeper(const Context& context) : thread_([this, &context] { loop(context); }) {}
  ~Sweeper() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Sweeper(const Sweeper&) = delete;
  Sweeper& operator=(const Sweeper&) = delete;

 private:
  void loop(const Context& context) {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kSweepEvery, [this] { return stopping_; })) {
      try {
        sweep_sign_ins(context);
      } catch (const std::exception& error) {
        service::log_warning("ended sessions could not be swept", {{"reason", error.what()}});
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

struct App::Parts {
  Parts(Config settings, const core::Clock& clock)
      : config(std::move(settings)),
        pool(pool_options(config)),
        client(config.service.bus),
        sender(client),
        relay(pool, [this](const pg::OutboxEntry& entry) { return sender.send(entry); }),
        context{pool, clock, [this] { relay.wake(); }, config.label_host},
        server(client, "registry", config.rpc_threads),
        internal(config.service.internal_address, config.service.internal_port, metrics),
        presence(client, pool) {
    pg::migrate(pool, "registry", turnkey_migrations());
    add_people_methods(server, {context, hasher, config.first_operator_token});
    add_device_methods(server, context);
    add_ledger_methods(server, context);
    observe();
    server.start();
    presence.start();
    relay.start();
    client.start();
    internal.start();
    sweeper = std::make_unique<Sweeper>(context);
  }

  ~Parts() {
    internal.stop();
    sweeper.reset();
    server.stop();
    presence.stop();
    relay.stop();
    client.stop();
  }

  void observe() {
    server.on_finished([this](const std::string& method, const std::string& outcome, double seconds) {
      metrics.observe("turnkey_rpc_seconds", "Time to answer a request",
                      {{"method", method}, {"outcome", outcome}}, seconds);
    });
    metrics.gauge("turnkey_outbox_entries", "Events that wait to be sent",
                  [this] { return static_cast<double>(relay.backlog()); });
    internal.readiness("database",
                       [this] { return pool.reachable() ? "" : "The database does not answer."; });
    internal.readiness("broker",
                       [this] { return client.connected() ? "" : "There is no connection to the broker."; });
  }

  const Config config;
  service::Metrics metrics;
  pg::Pool pool;
  bus::Client client;
  EventSender sender;
  pg::OutboxRelay relay;
  const Context context;
  PasswordHasher hasher;
  bus::RpcServer server;
  service::InternalPort internal;
  PresenceFollower presence;
  std::unique_ptr<Sweeper> sweeper;
};

App::App(Config config, const core::Clock& clock)
    : parts_(std::make_unique<Parts>(std::move(config), clock)) {}
App::~App() = default;
int App::internal_port() const { return parts_->internal.port(); }
bool App::connected() const { return parts_->client.connected(); }

}  // namespace turnkey::registry
