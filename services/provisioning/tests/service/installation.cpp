// SPDX-License-Identifier: Apache-2.0
#include "installation.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "contracts/topics.hpp"
#include "core/random.hpp"
#include "core/serial.hpp"
#include "testing/postgres.hpp"

namespace turnkey::provisioning::tests {

namespace topics = contracts::topics;
using namespace std::chrono_literals;

bus::Options options_of(const broker::tests::TestBroker& broker, const std::string& service) {
  const auto identity = broker.service(service);
  bus::Options options;
  options.port = broker.port();
  options.client_id = identity.client_id;
  options.user_name = identity.user_name;
  options.password = identity.password;
  return options;
}

PlayedRegistry::PlayedRegistry(const broker::tests::TestBroker& broker)
    : client_(options_of(broker, "registry")), server_(client_, "registry", 4) {
  server_.on("get_device_for_provisioning",
             [this](const Json& request, const auto&) { return find(request); });
  server_.on("check_assignment", [this](const Json& request, const auto&) { return assign(request, true); });
  server_.on("assign_device", [this](const Json& request, const auto&) { return assign(request, false); });
  server_.on("who_may_provision", [this](const Json& request, const auto&) { return who_may(request); });
  server_.on("append_ledger", [this](const Json& request, const auto&) { return append(request); });
  server_.start();
  client_.start();
}

PlayedRegistry::~PlayedRegistry() {
  hold_answers(false);
  server_.stop();
  client_.stop();
}

PlayedDevice PlayedRegistry::add(PlayedDevice device) {
  const std::lock_guard lock(mutex_);
  device.serial = core::make_serial("GEN").str();
  devices_[device.serial] = device;
  return device;
}

void PlayedRegistry::hold_answers(bool hold) {
  const std::lock_guard lock(mutex_);
  holding_ = hold;
  changed_.notify_all();
}

std::size_t PlayedRegistry::assignments() {
  const std::lock_guard lock(mutex_);
  return assigned_.size();
}

std::vector<std::string> PlayedRegistry::acts(const std::string& serial) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> acts;
  for (const auto& line : ledger_) {
    if (line.value("serial", "") == serial) acts.push_back(line.at("act"));
  }
  return acts;
}

void PlayedRegistry::tell(const PlayedDevice& device, const std::string& event) {
  contracts::DeviceEvent message;
  message.device_id = core::DeviceId::trusted(device.id);
  message.serial = device.serial;
  message.revision = 1;
  message.event = event;
  message.at = core::SystemClock().now();
  message.recipe_id = core::RecipeId::trusted(device.recipe_id);
  message.register_attribute = "register_button";
  bus::Publication publication;
  publication.topic = topics::device_event(message.device_id);
  publication.payload = contracts::to_json(message).dump();
  client_.publish_and_wait(publication, 5s);
}

core::Result<Json> PlayedRegistry::find(const Json& request) {
  const std::lock_guard lock(mutex_);
  const auto found = devices_.find(request.at("serial").get<std::string>());
  if (found == devices_.end()) return core::not_found();
  const PlayedDevice& device = found->second;
  return Json{{"deviceId", device.id},
              {"serial", device.serial},
              {"recipeId", device.recipe_id},
              {"registerAttribute", "register_button"},
              {"assignmentEpoch", device.epoch},
              {"presencePolicy", device.policy},
              {"transferPolicy", "presence"},
              {"window_s", device.window_s},
              {"burstPause_ms", device.burst_pause_ms},
              {"blinkCheck", device.blink_check},
              {"connected", true},
              {"lastPresenceAt", nullptr}};
}

void PlayedRegistry::may_name(const PlayedDevice& device, const std::string& user) {
  const std::lock_guard lock(mutex_);
  named_.emplace(device.id, user);
}

core::Result<Json> PlayedRegistry::who_may(const Json& request) {
  const std::lock_guard lock(mutex_);
  ++asked_who_;
  Json reply = {{"serial", ""}, {"users", Json::array()}};
  for (const auto& [serial, device] : devices_) {
    for (const std::string user : request.at("users")) {
      if (device.id != request.at("deviceId") || !named_.contains({device.id, user})) continue;
      reply["serial"] = serial;
      reply["users"].push_back(user);
    }
  }
  return reply;
}

core::Result<Json> PlayedRegistry::assign(const Json& request, bool only_check) {
  std::unique_lock lock(mutex_);
  const std::string provisioning = request.at("provisioningId");
  if (!assigned_.contains(provisioning)) {
    if (request.at("name") == "") return core::invalid("no", {{"name", "required", "a name is needed"}});
    for (auto& [serial, device] : devices_) {
      if (device.id != request.at("deviceId")) continue;
      if (device.epoch != request.at("assignmentEpoch")) return core::conflict("It has moved.", "epoch");
      if (only_check) return Json::object();
      ++device.epoch;
      assigned_[provisioning] = {{"serial", serial}, {"name", request.at("name")}};
    }
  }
  ++assign_calls_;
  changed_.wait(lock, [this] { return !holding_; });
  return Json{{"device", assigned_[provisioning]}};
}

core::Result<Json> PlayedRegistry::append(const Json& request) {
  const std::lock_guard lock(mutex_);
  if (ledger_keys_.insert(request.at("idempotencyKey")).second) ledger_.push_back(request);
  return Json{{"seq", ledger_.size()}};
}

PlayedIngest::PlayedIngest(const broker::tests::TestBroker& broker)
    : client_(options_of(broker, "telemetry-ingest")),
      caller_(client_),
      server_(client_, "telemetry-ingest", 1) {
  client_.subscribe(std::string(topics::kWindowsAll), 1, [this](const bus::Message& message) {
    const auto device = topics::device_of_windows(message.topic);
    const auto windows = contracts::decode_windows(message.payload);
    const std::lock_guard lock(mutex_);
    windows_[device->str()] = windows ? *windows : contracts::Windows{};
  });
  server_.on("recent_presses", [this](const Json&, const auto&) -> core::Result<Json> {
    const std::lock_guard lock(mutex_);
    ++asked_;
    return Json{{"items", recent_}};
  });
  server_.start();
  client_.start();
}

PlayedIngest::~PlayedIngest() {
  server_.stop();
  client_.stop();
}

std::vector<std::string> PlayedIngest::windows(const std::string& device_id) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> ids;
  for (const auto& window : windows_[device_id].windows) ids.push_back(window.provisioning_id.str());
  return ids;
}

bool PlayedIngest::press(const std::string& provisioning, const std::string& press_id, core::Timestamp at,
                         int count) {
  bus::Publication publication;
  publication.topic = topics::press(core::ProvisioningId::trusted(provisioning));
  publication.payload = contracts::to_json(contracts::Press{press_id, at, count}).dump();
  return client_.publish_and_wait(publication, 5s);
}

bool PlayedIngest::press(const std::string& provisioning) {
  return press(provisioning, core::random_hex(8), core::SystemClock().now());
}

core::Result<Json> PlayedIngest::stray(const PlayedDevice& device) {
  return caller_.call("provisioning", "stray_press",
                      {{"deviceId", device.id}, {"at", core::to_iso(core::SystemClock().now())}}, "test", 5s);
}

void PlayedIngest::remember(const std::string& provisioning, const std::string& press_id,
                            core::Timestamp at) {
  const std::lock_guard lock(mutex_);
  recent_.push_back(
      {{"provisioningId", provisioning}, {"pressId", press_id}, {"at", core::to_iso(at)}, {"count", 1}});
}

PlayedGateway::PlayedGateway(const broker::tests::TestBroker& broker)
    : client_(options_of(broker, "experience-gateway")), caller_(client_) {
  client_.subscribe(std::string(topics::kStatusAll), 1, [this](const bus::Message& message) {
    const auto status = contracts::decode_provisioning_status(message.payload);
    if (!status) return;
    const std::lock_guard lock(mutex_);
    auto& known = statuses_[status->provisioning.id.str()];
    if (status->version > known.version) known = *status;
  });
  client_.start();
}

core::Result<Json> PlayedGateway::call(const std::string& method, const Json& request,
                                       std::chrono::milliseconds timeout) {
  return ask("provisioning", method, request, timeout);
}

core::Result<Json> PlayedGateway::ask(const std::string& service, const std::string& method,
                                      const Json& request, std::chrono::milliseconds timeout) {
  return caller_.call(service, method, request, "test", timeout);
}

core::Result<Json> PlayedGateway::open(const std::string& user, const std::string& serial) {
  return call("open",
              {{"actor", {{"userId", user}}}, {"serial", serial}, {"idempotencyKey", core::random_hex(8)}});
}

core::Result<Json> PlayedGateway::get(const std::string& user, const std::string& id) {
  return call("get", {{"actor", {{"userId", user}}}, {"id", id}});
}

core::Result<Json> PlayedGateway::complete(const std::string& user, const std::string& id,
                                           std::chrono::milliseconds timeout) {
  return call("complete",
              {{"actor", {{"userId", user}}},
               {"id", id},
               {"name", "Generator 4"},
               {"groupId", "aaaaaaaaaaaaaaaaaaaaaaaa"},
               {"model", "kd-60"}},
              timeout);
}

contracts::ProvisioningStatus PlayedGateway::status(const std::string& id) {
  const std::lock_guard lock(mutex_);
  return statuses_[id];
}

Installation::Installation(broker::tests::BrokerSettings settings)
    : broker(std::move(settings)), database(testing::Postgres::instance().create_database()) {
  if (!registry.connected() || !ingest.connected() || !gateway.connected())
    throw std::runtime_error("a played service cannot connect");
}

Config Installation::config(const std::string& instance) const {
  Config config;
  config.settings.name = "provisioning";
  config.settings.instance = instance;
  config.settings.bus = options_of(broker, "provisioning");
  config.settings.bus.client_id = "provisioning-" + instance;
  config.settings.database =
      testing::Postgres::instance().connection_string(database, "turnkey_provisioning");
  config.settings.internal_address = "127.0.0.1";
  return config;
}

std::unique_ptr<testing::Child> Installation::run_program() {
  const std::string secret = folder.path() + "/secret";
  std::ofstream(secret) << broker.service("provisioning").password << '\n';
  return std::make_unique<testing::Child>(
      std::vector<std::string>{PROVISIONING_PROGRAM}, folder.path() + "/log",
      std::vector<std::pair<std::string, std::string>>{
          {"TURNKEY_MQTT_PORT", std::to_string(broker.port())},
          {"TURNKEY_MQTT_PASSWORD_FILE", secret},
          {"TURNKEY_DATABASE",
           testing::Postgres::instance().connection_string(database, "turnkey_provisioning")},
          {"TURNKEY_DATABASE_PASSWORD_FILE", secret},
          {"TURNKEY_INSTANCE", "program"}});
}

std::string Installation::log() const {
  std::ostringstream text;
  text << std::ifstream(folder.path() + "/log").rdbuf();
  return text.str();
}

}  // namespace turnkey::provisioning::tests
