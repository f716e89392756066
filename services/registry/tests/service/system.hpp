// SPDX-License-Identifier: Apache-2.0
// The whole registry against a real PostgreSQL and the broker with its plugin, asked over RPC as the gateway
// does.
#pragma once

#include <catch2/catch.hpp>

#include <memory>
#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <pqxx/result>
#include <string>
#include <vector>

#include "app.hpp"
#include "bus/rpc.hpp"
#include "contracts/messages.hpp"
#include "contracts/topics.hpp"
#include "core/random.hpp"
#include "domain/csv.hpp"
#include "fixture/broker_fixture.hpp"
#include "testing/eventually.hpp"
#include "testing/fake_clock.hpp"
#include "testing/postgres.hpp"

namespace turnkey::registry::tests {

using contracts::Json;
using testing::eventually;

inline constexpr const char* kToken = "0123456789abcdef0123456789abcdef-first";
inline constexpr const char* kPassword = "correct horse battery";

inline bus::Options as_service(const broker::tests::TestBroker& broker, const std::string& name) {
  const auto identity = broker.service(name);
  bus::Options options;
  options.port = broker.port();
  options.client_id = identity.client_id;
  options.user_name = identity.user_name;
  options.password = identity.password;
  return options;
}

// PostgreSQL, broker and registry, and a gateway's connection to ask by.
struct System {
  System() : database(testing::Postgres::instance().create_database()) {
    broker = std::make_unique<broker::tests::TestBroker>(broker::tests::BrokerSettings{
        testing::Postgres::instance().connection_string(database, "turnkey_broker"), {}, "<generated>", {}});
    start_registry();
    gateway = std::make_unique<bus::Client>(as_service(*broker, "experience-gateway"));
    caller = std::make_unique<bus::RpcCaller>(*gateway);
    gateway->start();
    REQUIRE(gateway->wait_connected(std::chrono::seconds(5)));
    const auto made =
        call("create_first_operator",
             {{"token", kToken}, {"email", "Ops@Kanarra.example"}, {"password", kPassword}, {"name", "Ops"}});
    REQUIRE(made.has_value());
    ops = (*made)["user"]["id"];
  }

  void start_registry() {
    registry::Config config;
    config.service.name = "registry";
    config.service.bus = as_service(*broker, "registry");
    config.service.database = testing::Postgres::instance().connection_string(database, "turnkey_registry");
    config.service.internal_address = "127.0.0.1";
    config.label_host = "turnkey.example";
    config.first_operator_token = kToken;
    config.seal_key = seal_key;
    config.device_broker = {"broker.turnkey.example", 8883, true, ""};
    app = std::make_unique<registry::App>(config, clock);
    REQUIRE(eventually([&] { return app->connected(); }));
  }

  core::Result<Json> call(const std::string& method, const Json& request) {
    return caller->call("registry", method, request, "test", std::chrono::seconds(8));
  }
  Json must(const std::string& method, const Json& request) {
    auto reply = call(method, request);
    if (!reply) FAIL(method << ": " << contracts::to_json(reply.error()).dump());
    return *reply;
  }
  static Json as(const std::string& user, Json request) {
    request["actor"] = {{"userId", user}};
    return request;
  }
  std::string group(const std::string& name, const std::string& parent = "") {
    Json request = {{"name", name}};
    if (!parent.empty()) request["parentId"] = parent;
    return must("create_group", as(ops, request))["group"]["id"];
  }
  std::string user(const std::string& email, const std::string& role, const std::string& group_id) {
    return must("create_user", as(ops, {{"email", email},
                                        {"name", email},
                                        {"password", kPassword},
                                        {"role", role},
                                        {"groupIds", {group_id}}}))["user"]["id"];
  }
  std::string recipe(Json changes = Json::object()) {
    Json body = {{"name", "Gateway " + core::random_hex(3)},
                 {"attributes", {{{"name", "rpm"}, {"type", "number"}}}},
                 {"models", {{{"key", "kd-30"}, {"title", "KD-30"}}}}};
    body.update(changes);
    return must("create_recipe", as(ops, {{"recipe", body}}))["recipe"]["id"];
  }
  struct Made {
    std::string serial, id, key, secret;
    broker::tests::Identity identity() const { return {id, key, secret, 5, {}}; }
  };
  std::vector<Made> devices(const std::string& recipe_id, const std::string& csv) {
    const auto reply =
        must("register_batch",
             as(ops, {{"recipeId", recipe_id}, {"csv", csv}, {"idempotencyKey", core::random_hex(8)}}));
    const auto table = registry::parse_csv(reply["csv"].get<std::string>());
    std::vector<Made> made;
    const auto columns = table->header.size();
    for (const auto& row : table->rows)
      made.push_back({row[0], row[columns - 4], row[columns - 3], row[columns - 2]});
    return made;
  }
  void sql(const std::string& text) {
    pqxx::connection connection(testing::Postgres::instance().admin_connection_string(database));
    pqxx::nontransaction(connection).exec(text);
  }

  std::string database;
  std::string seal_key = core::random_hex(32);
  testing::FakeClock clock{core::SystemClock().now()};
  std::unique_ptr<broker::tests::TestBroker> broker;
  std::unique_ptr<registry::App> app;
  std::unique_ptr<bus::Client> gateway;
  std::unique_ptr<bus::RpcCaller> caller;
  std::string ops;
};

// One for all tests of the program.
inline System& system() {
  static System one;
  return one;
}

}  // namespace turnkey::registry::tests
