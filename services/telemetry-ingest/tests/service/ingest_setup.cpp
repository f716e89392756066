// SPDX-License-Identifier: Apache-2.0
#include "service/ingest_setup.hpp"

#include <httplib.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "contracts/messages.hpp"
#include "contracts/topics.hpp"

namespace turnkey::ingest::tests {

using contracts::Json;
using testing::eventually;

namespace {

constexpr const char* kDatabasePassword = "any password will do here";

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text << "\n"; }

}  // namespace

PlayedRegistry::PlayedRegistry(bus::Options options, const std::vector<Device>& devices)
    : client_(std::move(options)), server_(client_, "registry", 1) {
  for (const auto& device : devices) devices_.push_back(event_of(device));
  server_.on("sync_devices", [this](const Json& request, const auto&) {
    return sync(request.at("afterRevision").get<std::int64_t>());
  });
  server_.on("device_faulted", [this](const Json& request, const auto&) -> core::Result<Json> {
    const std::lock_guard lock(mutex_);
    faults_.push_back(request);
    return Json::object();
  });
  client_.start();
  server_.start();
  REQUIRE(client_.wait_connected(std::chrono::seconds(10)));
}

PlayedRegistry::~PlayedRegistry() {
  server_.stop();
  client_.stop();
}

contracts::DeviceEvent PlayedRegistry::event_of(const Device& device) const {
  contracts::DeviceEvent event;
  event.device_id = *core::DeviceId::parse(device.id);
  event.serial = "GEN-0001";
  event.revision = static_cast<std::int64_t>(devices_.size()) + 1;
  event.at = core::SystemClock().now();
  event.recipe_id = core::RecipeId::random();
  using contracts::AttributeType;
  event.attributes = {{"power", AttributeType::number, "kW"},
                      {"running", AttributeType::boolean},
                      {"state", AttributeType::string},
                      {"register_button", AttributeType::boolean}};
  event.register_attribute = "register_button";
  return event;
}

std::vector<Json> PlayedRegistry::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

core::Result<Json> PlayedRegistry::sync(std::int64_t after) const {
  const std::lock_guard lock(mutex_);
  Json items = Json::array();
  for (const auto& device : devices_) {
    if (device.revision > after) items.push_back(contracts::to_json(device));
  }
  return Json{{"items", items}, {"nextRevision", devices_.size()}, {"more", false}};
}

void PlayedRegistry::announce(const Device& device) {
  const std::lock_guard lock(mutex_);
  auto event = event_of(device);
  event.event = "registered";
  devices_.push_back(event);
  say(event);
}

void PlayedRegistry::say(const contracts::DeviceEvent& event) {
  bus::Publication publication;
  publication.topic = contracts::topics::device_event(event.device_id);
  publication.payload = contracts::to_json(event).dump();
  client_.publish(publication);
}

// The list holds each device once for every revision, so that the next revision is its length.
void PlayedRegistry::remove(const Device& device, bool told) {
  const std::lock_guard lock(mutex_);
  auto event = event_of(device);
  event.event = "deleted";
  event.attributes.clear();
  event.register_attribute.clear();
  devices_.push_back(event);
  if (told) say(event);
}

void PlayedRegistry::roll_out(const Device& device, contracts::Attributes attributes,
                              const std::string& fault_attribute) {
  const std::lock_guard lock(mutex_);
  auto event = event_of(device);
  event.event = "changed";
  event.attributes = std::move(attributes);
  event.fault_attribute = fault_attribute;
  devices_.push_back(event);
  say(event);
}

Setup::Setup(std::vector<std::string> broker_options) {
  credentials.make_view();
  for (const auto& one : {device, other, unknown}) credentials.add(one);
  broker = std::make_unique<broker::tests::TestBroker>(
      broker::tests::BrokerSettings{credentials.broker_connection_string(), std::move(broker_options)});
  registry = std::make_unique<PlayedRegistry>(options("registry"), std::vector<Device>{device, other});
  gateway = std::make_unique<bus::Client>(options("experience-gateway"));
  caller = std::make_unique<bus::RpcCaller>(*gateway);
  gateway->start();
  REQUIRE(gateway->wait_connected(std::chrono::seconds(10)));
  pool = std::make_unique<pg::Pool>(
      pg::PoolOptions{.connection_string = testing::Postgres::instance().admin_connection_string(database),
                      .search_path = "telemetry"});
  await_device_login(device);
}

void Setup::await_device_login(const Device& one) const {
  REQUIRE(
      eventually([&] { return broker->connect(one.identity())->connack() == 0; }, std::chrono::seconds(20)));
}

bus::Options Setup::options(const std::string& service, const std::string& instance) const {
  bus::Options options;
  options.port = broker->port();
  options.client_id = service + "-" + instance;
  options.user_name = service;
  options.password = broker->service(service).password;
  return options;
}

Config Setup::config() const {
  Config config;
  config.common.name = "telemetry-ingest";
  config.common.bus = options("telemetry-ingest", "app");
  config.common.database = testing::Postgres::instance().connection_string(database, "turnkey_telemetry");
  config.common.internal_address = "127.0.0.1";
  config.spool_dir = folder.path() + "/spool";
  return config;
}

std::unique_ptr<testing::Child> Setup::program(std::vector<std::pair<std::string, std::string>> more) const {
  write(folder.path() + "/mqtt", broker->service("telemetry-ingest").password);
  write(folder.path() + "/database", kDatabasePassword);
  std::vector<std::pair<std::string, std::string>> environment = {
      {"TURNKEY_INSTANCE", "program"},
      {"TURNKEY_MQTT_PORT", std::to_string(broker->port())},
      {"TURNKEY_MQTT_PASSWORD_FILE", folder.path() + "/mqtt"},
      {"TURNKEY_DATABASE", testing::Postgres::instance().connection_string(database, "turnkey_telemetry")},
      {"TURNKEY_DATABASE_PASSWORD_FILE", folder.path() + "/database"},
      {"TURNKEY_INTERNAL_PORT", std::to_string(program_port)},
      {"TURNKEY_SPOOL_DIR", folder.path() + "/spool"}};
  environment.insert(environment.end(), more.begin(), more.end());
  return std::make_unique<testing::Child>(std::vector<std::string>{TURNKEY_INGEST_PROGRAM},
                                          folder.path() + "/log", environment);
}

core::Result<Json> Setup::ask(const std::string& method, const Json& request) {
  return caller->call("telemetry-ingest", method, request, "");
}

int Setup::number(const std::string& sql) {
  try {
    return pool->transaction([&](pqxx::work& tx) { return tx.exec1(sql)[0].as<int>(0); });
  } catch (const std::exception&) {
    return -1;  // no table yet, or no database just now
  }
}

std::string Setup::program_log() const {
  std::ostringstream text;
  text << std::ifstream(folder.path() + "/log").rdbuf();
  return text.str();
}

std::string Setup::get(int port, const std::string& path) {
  httplib::Client client("127.0.0.1", port);
  const auto answer = client.Get(path.c_str());
  return answer ? std::to_string(answer->status) + " " + answer->body : "";
}

}  // namespace turnkey::ingest::tests
