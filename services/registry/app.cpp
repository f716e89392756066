// SPDX-License-Identifier: Apache-2.0
#include "app.hpp"

#include "bus/rpc.hpp"
#include "inbound/json.hpp"
#include "inbound/presence.hpp"
#include "inbound/rpc_methods.hpp"
#include "inbound/webhook_loop.hpp"
#include "outbound/events.hpp"
#include "pg/migrations.hpp"
#include "pg/outbox.hpp"
#include "service/health.hpp"
#include "service/runtime.hpp"
#include "service/ticker.hpp"
#include "usecases/announce_move.hpp"
#include "usecases/ask_consent.hpp"
#include "usecases/decide_consent.hpp"
#include "usecases/deliver_webhooks.hpp"
#include "usecases/read_batches.hpp"
#include "usecases/read_notices.hpp"
#include "usecases/register_batch.hpp"
#include "usecases/register_device.hpp"
#include "usecases/release_devices.hpp"
#include "usecases/seal_anew.hpp"
#include "usecases/sign_in.hpp"

namespace turnkey::registry {
namespace {

constexpr auto kSweepEvery = std::chrono::minutes(10);
constexpr auto kSweepBatchesEvery = std::chrono::minutes(1);
constexpr auto kSealAnewEvery = std::chrono::seconds(5);  // so long the rotation of the seal key takes

pg::PoolOptions pool_options(const Config& config) {
  pg::PoolOptions options;
  options.connection_string = config.service.database;
  options.password = config.service.database_password;
  // A thread that hashes or encodes holds none, so half do; and six for relays, presence, webhooks and
  // readiness.
  options.size = static_cast<std::size_t>(config.rpc_threads + 1) / 2 + 6;
  options.search_path = "registry";
  options.application_name = "turnkey-registry";
  return options;
}

// A statement over 200,000 rows takes its time, and so does the wait for another import to end.
pg::PoolOptions import_options(const Config& config) {
  pg::PoolOptions options = pool_options(config);
  options.size = Imports::kAtOnce;
  options.statement_timeout = std::chrono::seconds(60);
  options.application_name = "turnkey-registry-imports";
  return options;
}

pg::OutboxOptions integration_outbox() {
  pg::OutboxOptions options;
  options.table = "integration_outbox";
  return options;
}

}  // namespace

struct App::Parts {
  Parts(Config settings, const core::Clock& clock)
      : config(std::move(settings)),
        pool(pool_options(config)),
        client(config.service.bus),
        imports(import_options(config)),
        sender(client, pool, config.service.broker),
        relay(pool, [this](const pg::OutboxEntry& entry) { return deliver(entry); }),
        integration_relay(
            pool, [this](const pg::OutboxEntry& entry) { return sender.send(entry); }, integration_outbox()),
        context{pool, clock, [this] { wake(); }, config.label_host},
        hasher(config.rpc_threads * 3 / 4),
        sealer(config.seal_key),
        webhook_client(config.webhooks),
        integration_tools{context, sealer, webhook_client},
        webhooks([this](const auto& taken) { return deliver_one(integration_tools, taken); },
                 [this](DeliveryOutcome outcome) { count(outcome); }),
        server(client, "registry", config.rpc_threads),
        internal(config.service.internal_address, config.service.internal_port, metrics),
        health(config.service, internal, clock),
        presence(client, context) {
    pg::migrate(pool, "registry", turnkey_migrations());
    add_people_methods(server, {context, hasher, config.first_operator_token});
    add_link_methods(server, {context, hasher, config.first_operator_token});
    add_token_methods(server, context);
    add_device_methods(server, context);
    add_credential_methods(server, context);
    add_lifecycle_methods(server, context);
    add_consent_methods(server, context);
    add_ledger_methods(server, context);
    add_erasure_methods(server, context);
    add_batch_methods(server, context, imports);
    add_registration_methods(server, {context, sealer, config.device_broker});
    add_integration_methods(server, {integration_tools, config.device_broker});
    observe();
    add_health();
    try {
      start();
    } catch (...) {
      stop();  // the destructor does not run, and threads must not outlive what they use
      throw;
    }
  }

  ~Parts() { stop(); }

  void start() {
    server.start();
    presence.start();
    relay.start();
    integration_relay.start();
    webhooks.start();
    client.start();
    internal.start();
    sweeper = std::make_unique<service::Ticker>("sweep what is over", kSweepEvery, [this] {
      sweep_sign_ins(context);
      sweep_releases(context);
      sweep_registrations(context);
      sweep_consents(context);
      sweep_notices(context);
      count(DeliveryOutcome::given_up, sweep_deliveries(context));
    });
    batch_sweeper = std::make_unique<service::Ticker>("sweep files of batches", kSweepBatchesEvery,
                                                      [this] { sweep_batches(context); });
    resealer = std::make_unique<service::Ticker>("seal anew", kSealAnewEvery, [this] {
      if (sealer.rotating()) seal_anew(context, sealer);
    });
  }

  void stop() {
    internal.stop();
    sweeper.reset();
    batch_sweeper.reset();
    resealer.reset();
    server.stop();
    presence.stop();
    relay.stop();
    integration_relay.stop();
    client.stop();
    webhooks.stop();  // last: a receiver may take ten seconds to answer
  }

  void wake() {
    relay.wake();
    integration_relay.wake();
    webhooks.wake();
  }

  bool deliver(const pg::OutboxEntry& entry) {
    if (entry.kind == kGroupMoved) return announce_moved_devices(context, entry);
    if (entry.kind == kConsentAsked) return record_consent_request(context, entry);
    return sender.send(entry);
  }

  void count(DeliveryOutcome outcome, int by = 1) {
    const char* name = outcome == DeliveryOutcome::delivered ? "delivered"
                       : outcome == DeliveryOutcome::failed  ? "failed"
                                                             : "given_up";
    metrics.count("turnkey_webhook_deliveries_total",
                  "Webhook deliveries that were tried, by what became of them", {{"outcome", name}}, by);
  }

  void observe() {
    server.on_finished([this](const std::string& method, const std::string& outcome, double seconds) {
      metrics.observe("turnkey_rpc_seconds", "Time to answer a request",
                      {{"method", method}, {"outcome", outcome}}, seconds);
    });
    metrics.gauge("turnkey_outbox_entries", "Events that wait to be sent",
                  [this] { return static_cast<double>(relay.backlog()); });
    metrics.gauge("turnkey_integration_outbox_entries", "Events that wait for the topics of integrations",
                  [this] { return static_cast<double>(integration_relay.backlog()); });
    metrics.gauge("turnkey_webhook_deliveries_waiting",
                  "Webhook deliveries that will be tried, or tried again",
                  [this] { return static_cast<double>(waiting_deliveries(context)); });
    metrics.gauge("turnkey_sealed_before",
                  "Secrets in the database that the seal key does not open: sealed under an older one",
                  [this] { return static_cast<double>(count_sealed_before(context, sealer)); });
    internal.readiness("database",
                       [this] { return pool.reachable() ? "" : "The database does not answer."; });
    internal.readiness("broker",
                       [this] { return client.connected() ? "" : "There is no connection to the broker."; });
  }

  void add_health() {
    health.fact("database", [this] { return service::json_of(pg::facts_of(pool)); });
    health.fact("outbox", [this] { return contracts::Json{{"entries", relay.backlog()}}; });
    health.fact("deviceBroker", [this] { return to_json(config.device_broker); });
    health.serve(server);
  }

  const Config config;
  service::Metrics metrics;
  pg::Pool pool;
  bus::Client client;
  Imports imports;
  EventSender sender;
  pg::OutboxRelay relay;
  pg::OutboxRelay integration_relay;
  const Context context;
  PasswordHasher hasher;
  const Sealer sealer;
  const WebhookClient webhook_client;
  const IntegrationTools integration_tools;
  WebhookLoop webhooks;
  bus::RpcServer server;
  service::InternalPort internal;
  service::Health health;
  PresenceFollower presence;
  std::unique_ptr<service::Ticker> sweeper;
  std::unique_ptr<service::Ticker> batch_sweeper;
  std::unique_ptr<service::Ticker> resealer;
};

App::App(Config config, const core::Clock& clock)
    : parts_(std::make_unique<Parts>(std::move(config), clock)) {}
App::~App() = default;
int App::internal_port() const { return parts_->internal.port(); }
bool App::connected() const { return parts_->client.connected(); }

}  // namespace turnkey::registry
