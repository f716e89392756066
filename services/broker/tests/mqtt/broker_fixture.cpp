// SPDX-License-Identifier: Apache-2.0
#include "mqtt/broker_fixture.hpp"

#include <libpq-fe.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "core/hash.hpp"
#include "core/ids.hpp"
#include "core/random.hpp"
#include "testing/eventually.hpp"
#include "testing/postgres.hpp"

namespace turnkey::broker::tests {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kServices = {"registry", "provisioning", "telemetry-ingest",
                                            "experience-gateway"};

std::string read(const std::string& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  return text.str();
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set: run this with ctest");
  return value;
}

void replace(std::string& text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

std::string password_of(const std::string& service) { return service + "'s password in this test"; }

bool answers(int port) { return MqttClient(port, {"nobody", "nobody", "nothing", 5, {}}).connack() >= 0; }

}  // namespace

Device Device::make() { return {core::random_hex_id(), core::random_uuid(), core::random_hex(32)}; }

CredentialsDatabase::CredentialsDatabase() : name_(testing::Postgres::instance().create_database()) {}

void CredentialsDatabase::execute(const std::string& sql) const {
  const auto url = testing::Postgres::instance().admin_connection_string(name_);
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(url.c_str()), PQfinish);
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection.get(), sql.c_str()), PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(PQerrorMessage(connection.get()));
  }
}

void CredentialsDatabase::make_view() {
  execute(R"(CREATE SCHEMA registry;
    CREATE SEQUENCE registry.revisions;
    CREATE TABLE registry.keys (access_key text PRIMARY KEY, device_id text, secret_hash bytea,
      revision bigint NOT NULL DEFAULT nextval('registry.revisions'), revoked boolean NOT NULL DEFAULT false);
    CREATE VIEW registry.broker_credentials AS
      SELECT access_key, device_id, secret_hash, revision, revoked FROM registry.keys;
    GRANT USAGE ON SCHEMA registry TO turnkey_broker;
    GRANT SELECT ON registry.broker_credentials TO turnkey_broker)");
}

void CredentialsDatabase::add(const Device& device) {
  execute("INSERT INTO registry.keys VALUES ('" + device.access_key + "', '" + device.id + "', '\\x" +
          core::sha256_hex(device.secret) + "')");
}

void CredentialsDatabase::revoke(const Device& device) {
  execute(
      "UPDATE registry.keys SET revoked = true, revision = nextval('registry.revisions') WHERE access_key = "
      "'" +
      device.access_key + "'");
}

std::string CredentialsDatabase::broker_connection_string() const {
  return testing::Postgres::instance().connection_string(name_, "turnkey_broker");
}

TestBroker::TestBroker(BrokerSettings settings)
    : settings_(std::move(settings)), port_(testing::free_port()) {
  if (settings_.services_file == "<generated>") {
    settings_.services_file.clear();
    for (const auto& name : kServices) {
      settings_.services_file += name + ":" + core::sha256_hex(password_of(name)) + "\n";
    }
  }
  std::string conf = read(environment("TURNKEY_SOURCE_DIR") + "/services/broker/mosquitto.conf.in");
  if (settings_.database.empty()) {
    conf = std::regex_replace(conf, std::regex("\nplugin_opt_database_file[^\n]*"), "");
  }
  for (const auto& line : settings_.plugin_options) {
    replace(conf, "\nplugin_opt_roots ", "\n" + line + "\nplugin_opt_roots ");
  }
  const std::string data = folder_.path();
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"BIND_ADDRESS", "127.0.0.1"},
                                                        {"PORT", std::to_string(port_)},
                                                        {"DATA_DIR", data},
                                                        {"PLUGIN", environment("TURNKEY_PLUGIN")},
                                                        {"SERVICES_FILE", data + "/services"},
                                                        {"DATABASE_FILE", data + "/database"},
                                                        {"ROOTS", "devices,losant"},
                                                        {"METRICS_FILE", data + "/metrics.prom"},
                                                        {"USER", "root"}}) {
    replace(conf, "@" + name + "@", value);
  }
  write(data + "/mosquitto.conf", conf);
  write(data + "/services", settings_.services_file);
  write(data + "/database", settings_.database + "\n");
  start();
}

void TestBroker::start() {
  std::vector<std::string> command = settings_.command_prefix;
  command.insert(command.end(), {"/usr/sbin/mosquitto", "-c", folder_.path() + "/mosquitto.conf"});
  process_ = std::make_unique<testing::Child>(command, folder_.path() + "/log");
  testing::eventually([&] { return !process_->running() || answers(port_); });
}

void TestBroker::stop(int signal) {
  process_->signal(signal);
  process_->wait();
}

bool TestBroker::running() { return process_->running(); }
std::string TestBroker::log() const { return read(folder_.path() + "/log"); }
std::string TestBroker::metrics() const { return read(folder_.path() + "/metrics.prom"); }

std::size_t TestBroker::segment_files() const {
  std::size_t count = 0;
  for (const auto& file : fs::directory_iterator(journal()))
    count += file.path().extension() == ".seg" ? 1 : 0;
  return count;
}

Identity TestBroker::service(const std::string& name) const {
  return {name + "-test", name, password_of(name), 5, {}};
}

std::unique_ptr<MqttClient> TestBroker::connect(const Identity& identity) const {
  return std::make_unique<MqttClient>(port_, identity);
}

}  // namespace turnkey::broker::tests
