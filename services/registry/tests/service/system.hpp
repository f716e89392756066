// SPDX-License-Identifier: Apache-2.0
// The whole registry against a real PostgreSQL and the broker with its plugin, asked over RPC as the gateway
// does.
#pragma once

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <pqxx/result>
#include <sstream>
#include <string>
#include <vector>

#include "app.hpp"
#include "bus/rpc.hpp"
#include "contracts/messages.hpp"
#include "contracts/topics.hpp"
#include "core/random.hpp"
#include "domain/csv.hpp"
#include "fixture/broker_fixture.hpp"
#include "pg/pool.hpp"
#include "testing/eventually.hpp"
#include "testing/fake_clock.hpp"
#include "testing/listening.hpp"
#include "testing/postgres.hpp"
#include "testing/process.hpp"
#include "usecases/context.hpp"

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

// PostgreSQL, broker and registry, and a gateway's connection to ask by. The registry runs within the test,
// or as a program of its own that can be killed.
struct System {
  enum class Registry { within, program };
  explicit System(Registry where = Registry::within)
      : database(testing::Postgres::instance().create_database()) {
    broker = std::make_unique<broker::tests::TestBroker>(broker::tests::BrokerSettings{
        testing::Postgres::instance().connection_string(database, "turnkey_broker"), {}, "<generated>", {}});
    where == Registry::within ? start_registry() : start_program();
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

  registry::Config config() const {
    registry::Config config;
    config.service.name = "registry";
    config.service.bus = as_service(*broker, "registry");
    config.service.database = testing::Postgres::instance().connection_string(database, "turnkey_registry");
    config.service.internal_address = "127.0.0.1";
    config.label_host = "turnkey.example";
    config.first_operator_token = kToken;
    config.seal_key = seal_key;
    config.webhooks = {true, true};  // receivers are here
    config.device_broker = {"broker.turnkey.example", 8883, true, ""};
    return config;
  }

  void start_registry() {
    app = std::make_unique<registry::App>(config(), clock);
    REQUIRE(eventually([&] { return app->connected(); }));
  }

  void start_program() {
    const auto write = [&](const std::string& name, const std::string& text) {
      std::ofstream(folder.path() + "/" + name) << text;
      return folder.path() + "/" + name;
    };
    const auto identity = broker->service("registry");
    program = std::make_unique<testing::Child>(
        std::vector<std::string>{std::filesystem::read_symlink("/proc/self/exe").parent_path().string() +
                                 "/registry"},
        log_file(),
        std::vector<std::pair<std::string, std::string>>{
            {"TURNKEY_MQTT_PORT", std::to_string(broker->port())},
            {"TURNKEY_MQTT_PASSWORD_FILE", write("mqtt", identity.password)},
            {"TURNKEY_DATABASE",
             testing::Postgres::instance().connection_string(database, "turnkey_registry")},
            {"TURNKEY_DATABASE_PASSWORD_FILE", write("database", core::random_hex(16))},
            {"TURNKEY_LABEL_HOST", "turnkey.example"},
            {"TURNKEY_SEAL_KEY_FILE", write("seal", seal_key)},
            {"TURNKEY_LOG_LEVEL", "debug"},
            {"TURNKEY_FIRST_OPERATOR_TOKEN_FILE", write("first", kToken)}});
    REQUIRE(eventually(
        [&] {
          const std::ifstream in(log_file());
          std::ostringstream text;
          text << in.rdbuf();
          return text.str().find("connected to the broker") != std::string::npos;
        },
        std::chrono::seconds(30)));
  }
  std::string log_file() const { return folder.path() + "/registry.log"; }

  // For what the registry does now and then by itself: the same at once.
  template <typename Sweep>
  void at_once(Sweep&& sweep) {
    pg::PoolOptions options;
    options.connection_string = config().service.database;
    options.search_path = "registry";
    pg::Pool pool(options);
    sweep(registry::Context{pool, clock, [] {}, ""});
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
    const auto reply = must_batch(recipe_id, csv);
    REQUIRE(reply["outcome"] == "registered");
    return made_in(answer_of(reply));
  }
  // A file as the gateway hands it on. `more` are further fields of register_batch.
  core::Result<Json> batch(const std::string& recipe_id, const std::string& csv, Json more = Json::object()) {
    Json request = {{"recipeId", recipe_id},
                    {"uploadId", core::random_hex_id()},
                    {"inputKey", core::random_hex(32)},
                    {"idempotencyKey", core::random_hex(8)}};
    request.update(more);
    constexpr std::size_t kPiece = 100'000;
    std::size_t chunks = 0;
    for (std::size_t at = 0; at < csv.size(); at += kPiece) {
      must("append_batch_input", as(ops, {{"uploadId", request["uploadId"]},
                                          {"inputKey", request["inputKey"]},
                                          {"idempotencyKey", request["idempotencyKey"]},
                                          {"index", chunks++},
                                          {"text", csv.substr(at, kPiece)}}));
    }
    request["chunks"] = chunks;
    return caller->call("registry", "register_batch", as(ops, request), "test", std::chrono::minutes(3));
  }
  core::Result<Json> batch_of(const std::string& recipe_id, int count, Json more = Json::object()) {
    Json request = {{"recipeId", recipe_id},
                    {"uploadId", core::random_hex_id()},
                    {"count", count},
                    {"idempotencyKey", core::random_hex(8)}};
    request.update(more);
    return call("register_batch", as(ops, request));
  }
  Json must_batch(const std::string& recipe_id, const std::string& csv, Json more = Json::object()) {
    auto reply = batch(recipe_id, csv, std::move(more));
    if (!reply) FAIL(contracts::to_json(reply.error()).dump());
    return *reply;
  }
  // The credentials' CSV of a registered batch, from its pages; they are left where they are.
  std::string answer_of(const Json& reply) {
    std::string text;
    for (int page = 0; page < reply["pages"].get<int>(); ++page) {
      text +=
          must("read_batch_output",
               as(ops,
                  {{"batchId", reply["batchId"]}, {"outputKey", reply["outputKey"]}, {"page", page}}))["text"]
              .get<std::string>();
    }
    return text;
  }
  static std::vector<registry::CsvRow> rows_of(const std::string& csv) {
    registry::CsvReader reader;
    reader.feed(csv);
    reader.end();
    std::vector<registry::CsvRow> rows;
    while (auto record = reader.next()) rows.push_back(std::move(record->cells));
    return rows;
  }
  static std::vector<Made> made_in(const std::string& csv) {
    std::vector<Made> made;
    auto rows = rows_of(csv);
    for (std::size_t i = 1; i < rows.size(); ++i) {
      const auto end = rows[i].size();
      made.push_back({rows[i][0], rows[i][end - 4], rows[i][end - 3], rows[i][end - 2]});
    }
    return made;
  }
  // Every text of every table of the registry, sealed ones as the bytes that they are.
  std::string dump() {
    pqxx::connection connection(testing::Postgres::instance().admin_connection_string(database));
    pqxx::nontransaction tx(connection);
    std::string all;
    for (const auto& table : tx.exec("select tablename from pg_tables where schemaname = 'registry'"))
      for (const auto& row : tx.exec("select t::text from registry." + table[0].as<std::string>() + " t"))
        all += row[0].as<std::string>() + "\n";
    for (const char* table : {"batch_inputs", "batch_outputs"})
      for (const auto& row : tx.exec(std::string("select encode(sealed, 'escape') from registry.") + table))
        all += row[0].as<std::string>() + "\n";
    return all;
  }
  void sql(const std::string& text) {
    pqxx::connection connection(testing::Postgres::instance().admin_connection_string(database));
    pqxx::nontransaction(connection).exec(text);
  }

  int number(const std::string& text) {
    pqxx::connection connection(testing::Postgres::instance().admin_connection_string(database));
    return pqxx::nontransaction(connection).exec1(text)[0].as<int>();
  }

  std::string database;
  std::string seal_key = core::random_hex(32);
  testing::FakeClock clock{core::SystemClock().now()};
  std::unique_ptr<broker::tests::TestBroker> broker;
  testing::TemporaryFolder folder;
  std::unique_ptr<registry::App> app;
  std::unique_ptr<testing::Child> program;
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
