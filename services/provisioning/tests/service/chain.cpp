// SPDX-License-Identifier: Apache-2.0
#include "chain.hpp"

#include <csignal>
#include <fstream>
#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <pqxx/result>
#include <sstream>

#include "core/random.hpp"
#include "testing/postgres.hpp"

namespace turnkey::provisioning::tests {
namespace {

constexpr const char* kFirstToken = "0123456789abcdef0123456789abcdef-first";

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// serial, ..., device id, key, secret, link
Chain::Unit unit_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
  const auto end = cells.size();
  return {cells.at(0), {cells.at(end - 4), cells.at(end - 3), cells.at(end - 2)}};
}

}  // namespace

Chain::Chain(Json recipe)
    : database(testing::Postgres::instance().create_database()),
      broker({testing::Postgres::instance().connection_string(database, "turnkey_broker"),
              {},
              "<generated>",
              {}}),
      gateway(broker) {
  registry = program(REGISTRY_PROGRAM, "registry", "turnkey_registry");
  ingest = program(INGEST_PROGRAM, "telemetry-ingest", "turnkey_telemetry");
  Config config;
  config.settings.name = "provisioning";
  config.settings.instance = "chain";
  config.settings.bus = options_of(broker, "provisioning");
  config.settings.database =
      testing::Postgres::instance().connection_string(database, "turnkey_provisioning");
  config.settings.internal_address = "127.0.0.1";
  app = std::make_unique<App>(config);
  operator_ = must("create_first_operator", "",
                   {{"token", kFirstToken},
                    {"email", "ops@kanarra.example"},
                    {"password", "correct horse battery"},
                    {"name", "Ops"}})["user"]["id"];
  group = must("create_group", operator_, {{"name", "Site"}})["group"]["id"];
  Json body = {{"name", "Generator"},
               {"attributes", {{{"name", "rpm"}, {"type", "number"}}}},
               {"burstPause_ms", 500},
               {"models", {{{"key", "kd-60"}, {"title", "KD-60"}}}}};
  body.update(recipe);
  recipe_ = must("create_recipe", operator_, {{"recipe", body}})["recipe"]["id"];
}

Chain::~Chain() {
  for (auto* child : {&ingest, &registry}) {
    (*child)->signal(SIGTERM);
    (*child)->wait();
  }
}

std::unique_ptr<testing::Child> Chain::program(const std::string& path, const std::string& service,
                                               const std::string& role) {
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(folder.path() + "/" + name) << text;
    return folder.path() + "/" + name;
  };
  const std::string log = folder.path() + "/" + service + "." + core::random_hex(4) + ".log";
  auto child = std::make_unique<testing::Child>(
      std::vector<std::string>{path}, log,
      std::vector<std::pair<std::string, std::string>>{
          {"TURNKEY_INSTANCE", "chain"},
          {"TURNKEY_MQTT_PORT", std::to_string(broker.port())},
          {"TURNKEY_MQTT_PASSWORD_FILE", write(service, broker.service(service).password)},
          {"TURNKEY_DATABASE", testing::Postgres::instance().connection_string(database, role)},
          {"TURNKEY_DATABASE_PASSWORD_FILE", write("database", core::random_hex(16))},
          {"TURNKEY_LABEL_HOST", "turnkey.example"},
          {"TURNKEY_SEAL_KEY_FILE", write("seal", seal_key_)},
          {"TURNKEY_SPOOL_DIR", folder.path() + "/spool"},
          {"TURNKEY_FIRST_OPERATOR_TOKEN_FILE", write("first", kFirstToken)}});
  const auto connected = [&] { return read(log).find("connected to the broker") != std::string::npos; };
  eventually([&] { return connected() || !child->running(); }, 60s);
  if (!connected()) throw std::runtime_error(service + " does not start: " + read(log));
  return child;
}

void Chain::restart_ingest() {
  ingest->signal(SIGKILL);
  ingest->wait();
  ingest = program(INGEST_PROGRAM, "telemetry-ingest", "turnkey_telemetry");
}

core::Result<Json> Chain::call(const std::string& service, const std::string& method, const std::string& user,
                               Json request) {
  if (!user.empty()) request["actor"] = {{"userId", user}};
  return gateway.ask(service, method, request, 30s);
}

Json Chain::must(const std::string& method, const std::string& user, Json request) {
  auto reply = call("registry", method, user, std::move(request));
  if (!reply) throw std::runtime_error(method + ": " + contracts::to_json(reply.error()).dump());
  return *reply;
}

std::vector<Chain::Unit> Chain::units(int count) {
  const Json made = must("register_batch", operator_,
                         {{"recipeId", recipe_},
                          {"uploadId", core::random_hex_id()},
                          {"count", count},
                          {"idempotencyKey", core::random_hex(8)}});
  std::vector<Unit> units;
  for (int page = 0; page < made.at("pages").get<int>(); ++page) {
    const Json read =
        must("read_batch_output", operator_,
             {{"batchId", made.at("batchId")}, {"outputKey", made.at("outputKey")}, {"page", page}});
    std::istringstream lines(read.at("text").get<std::string>());
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("serial,")) units.push_back(unit_of(line));
    }
  }
  for (auto& unit : units) {
    const bool connected = eventually([&] {
      unit.client = broker.connect(unit.device.identity());
      return unit.client->connack() == 0;
    });
    if (!connected) throw std::runtime_error("a device cannot connect");
  }
  return units;
}

// Straight into their table: a hundred passwords would take longer than the test.
std::vector<std::string> Chain::technicians(int count) {
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i) {
    ids.push_back(core::random_hex_id());
    number(
        "with one as (insert into registry.users (id, email, name, password_hash, role, created_at) values "
        "('" +
        ids.back() + "', '" + ids.back() +
        "', 'Technician', '', 'technician', now()) returning id), two as "
        "(insert into registry.user_groups select '" +
        ids.back() + "', '" + group +
        "' from one returning 1) "
        "select 1");
  }
  return ids;
}

core::Result<Json> Chain::complete(const std::string& user, const std::string& id, const std::string& name) {
  return call("provisioning", "complete", user,
              {{"id", id}, {"name", name}, {"groupId", group}, {"model", "kd-60"}});
}

std::string Chain::open_window(const std::string& user, const Unit& unit) {
  return Scene::ok(gateway.open(user, unit.serial)).at("provisioning").at("id");
}

int Chain::number(const std::string& sql) {
  pqxx::connection connection(testing::Postgres::instance().admin_connection_string(database));
  return pqxx::nontransaction(connection).exec1(sql)[0].as<int>();
}

int Chain::lines(const Unit& unit, const std::string& act) {
  return number("select count(*) from registry.ledger where device_id = '" + unit.device.id +
                "' and act = '" + act + "'");
}

}  // namespace turnkey::provisioning::tests
