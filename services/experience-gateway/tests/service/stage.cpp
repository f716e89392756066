// SPDX-License-Identifier: Apache-2.0
#include "service/stage.hpp"

#include <catch2/catch.hpp>

#include "contracts/topics.hpp"
#include "core/random.hpp"
#include "testing/eventually.hpp"

namespace turnkey::gateway::tests {

using namespace std::chrono_literals;
namespace topics = contracts::topics;

namespace {

const std::vector<std::string> kRegistryMethods = {"health",
                                                   "list_integrations",
                                                   "create_integration",
                                                   "update_integration",
                                                   "rotate_integration",
                                                   "delete_integration",
                                                   "list_deliveries",
                                                   "erase_user",
                                                   "erase_group",
                                                   "sign_in",
                                                   "sign_out",
                                                   "get_session",
                                                   "change_account",
                                                   "get_device",
                                                   "list_devices",
                                                   "get_ledger",
                                                   "release_device",
                                                   "register_batch",
                                                   "append_ledger",
                                                   "list_groups",
                                                   "get_device_for_provisioning",
                                                   "get_batch",
                                                   "list_batch_devices",
                                                   "list_credentials",
                                                   "add_credential",
                                                   "update_credential",
                                                   "revoke_credential",
                                                   "create_token",
                                                   "release_devices",
                                                   "list_releases",
                                                   "undo_release",
                                                   "update_device",
                                                   "delete_device",
                                                   "replace_device",
                                                   "roll_out_recipe",
                                                   "set_model_picture",
                                                   "get_picture",
                                                   "append_batch_input",
                                                   "read_batch_output",
                                                   "drop_batch_output",
                                                   "get_batch_progress",
                                                   "list_batches",
                                                   "register_device",
                                                   "create_registration_token",
                                                   "list_registration_tokens",
                                                   "revoke_registration_token",
                                                   "list_registration_keys",
                                                   "rotate_registration_key",
                                                   "revoke_registration_key",
                                                   "delete_token",
                                                   "list_tokens",
                                                   "create_group",
                                                   "update_group",
                                                   "delete_group",
                                                   "list_users",
                                                   "create_user",
                                                   "update_user",
                                                   "delete_user",
                                                   "invite_user",
                                                   "reset_password",
                                                   "sign_out_user",
                                                   "create_pass",
                                                   "list_passes",
                                                   "delete_pass",
                                                   "create_first_operator",
                                                   "check_one_time_link",
                                                   "redeem_one_time_link",
                                                   "ask_consent",
                                                   "list_consent_requests",
                                                   "grant_consent",
                                                   "decline_consent",
                                                   "list_notices",
                                                   "mark_notice_read",
                                                   "list_ledger",
                                                   "export_ledger",
                                                   "verify_ledger"};

bus::Options options_of(const broker::tests::TestBroker& broker, const std::string& service) {
  const auto identity = broker.service(service);
  bus::Options options;
  options.port = broker.port();
  options.client_id = identity.client_id;
  options.user_name = identity.user_name;
  options.password = identity.password;
  return options;
}

Json user_json(const Person& person) {
  return {{"id", person.id},     {"email", "p@x.example"}, {"name", "P"},
          {"role", person.role}, {"tags", Json::object()}, {"groupIds", Json::array()}};
}

}  // namespace

Played::Played(const broker::tests::TestBroker& broker, const std::string& name,
               const std::vector<std::string>& methods)
    : client_(options_of(broker, name)), server_(client_, name, 4) {
  for (const auto& method : methods)
    server_.on(method, [this, method](const Json& request, const auto&) { return answer(method, request); });
  server_.start();
  client_.start();
  REQUIRE(client_.wait_connected(10s));
}

Played::~Played() {
  hold(false);
  server_.stop();
  client_.stop();
}

void Played::always(const std::string& method, Method answer) {
  const std::lock_guard lock(mutex_);
  lasting_[method] = std::move(answer);
}

void Played::on(const std::string& method, Method answer) {
  const std::lock_guard lock(mutex_);
  methods_[method] = std::move(answer);
}

void Played::forget() {
  {
    const std::lock_guard lock(mutex_);
    methods_.clear();
  }
  const std::unique_lock none_running(running_);
}

int Played::asked(const std::string& method) {
  const std::lock_guard lock(mutex_);
  return asked_[method];
}

void Played::hold(bool held) {
  const std::lock_guard lock(mutex_);
  held_ = held;
  changed_.notify_all();
}

void Played::say(const std::string& topic, const Json& message) {
  bus::Publication publication;
  publication.topic = topic;
  publication.payload = message.dump();
  REQUIRE(client_.publish_and_wait(publication, 5s));
}

core::Result<Json> Played::answer(const std::string& method, const Json& request) {
  std::unique_lock lock(mutex_);
  ++asked_[method];
  changed_.wait(lock, [this] { return !held_; });
  const std::shared_lock running(running_);
  const auto now = methods_.find(method);
  const Method run = now != methods_.end() && now->second ? now->second : lasting_[method];
  lock.unlock();
  return run ? run(request) : core::Result<Json>(core::not_found());
}

Stage::Stage() : clock(core::SystemClock().now()) {
  credentials.make_view();
  broker = std::make_unique<broker::tests::TestBroker>(
      broker::tests::BrokerSettings{credentials.broker_connection_string(), {}, "<generated>", {}});
  registry = std::make_unique<Played>(*broker, "registry", kRegistryMethods);
  registry->always("get_session", [this](const Json& request) { return get_session(request); });
  registry->always("get_device", [this](const Json& request) { return get_device(request); });
  provisioning = std::make_unique<Played>(*broker, "provisioning",
                                          std::vector<std::string>{"open", "get", "complete", "answer_blinks",
                                                                   "identify", "cancel", "health", "erase"});
  telemetry = std::make_unique<Played>(*broker, "telemetry-ingest",
                                       std::vector<std::string>{"latest", "history", "fleet", "connections",
                                                                "counters", "health", "erase_history"});
  app = std::make_unique<App>(config("test"), clock);
  REQUIRE(testing::eventually([&] { return app->connected(); }));
}

Config Stage::config(const std::string& instance) const {
  Config config;
  config.service.name = "experience-gateway";
  config.service.bus = options_of(*broker, "experience-gateway");
  config.service.bus.client_id = "experience-gateway-" + instance;
  config.service.internal_address = "127.0.0.1";
  config.http_address = "127.0.0.1";
  config.http_threads = kHttpThreads;
  config.public_origins = {"https://turnkey.example"};
  config.label_host = "turnkey.example";
  config.product_name = "Turnkey";
  config.label_fonts = labels::Fonts::load(labels::Fonts::kUsualFolder).value();
  return config;
}

Person Stage::person(const std::string& role, std::optional<core::Timestamp> expires_at) {
  const Person one{core::random_hex_id(), core::random_hex(32), role, std::nullopt, expires_at};
  const std::lock_guard lock(mutex_);
  by_token_[one.token] = one;
  return one;
}

Browser Stage::browser(const Person& person) const { return {app->http_port(), person.token}; }

Person Stage::program_of(const Person& person, std::vector<std::string> scopes,
                         std::optional<core::Timestamp> expires_at) {
  const Person one{person.id, "tk_" + core::random_hex(32), person.role, std::move(scopes), expires_at};
  const std::lock_guard lock(mutex_);
  by_token_[one.token] = one;
  return one;
}

void Stage::end_token(const Person& program) {
  {
    const std::lock_guard lock(mutex_);
    by_token_.erase(program.token);
  }
  const contracts::UserEvent event{core::UserId::trusted(program.id), clock.now(), "changed"};
  registry->say(topics::user_event(event.user_id), contracts::to_json(event));
}

void Stage::change(const Person& person, const std::string& role) {
  {
    const std::lock_guard lock(mutex_);
    by_token_[person.token].role = role;
  }
  const contracts::UserEvent event{core::UserId::trusted(person.id), clock.now(), "changed"};
  registry->say(topics::user_event(event.user_id), contracts::to_json(event));
}

void Stage::sign_out(const Person& person) {
  {
    const std::lock_guard lock(mutex_);
    by_token_.erase(person.token);
  }
  const contracts::UserEvent event{core::UserId::trusted(person.id), clock.now(), "signed_out"};
  registry->say(topics::user_event(event.user_id), contracts::to_json(event));
}

Stage::Owned Stage::device(const std::string& owner, core::Timestamp since) {
  const Owned made{"GEN-" + core::random_hex(4), broker::tests::Device::make()};
  credentials.add(made.device);
  const std::lock_guard lock(mutex_);
  by_serial_[made.serial] = {made.device.id, owner, since, "rpm"};
  return made;
}

void Stage::hand_over(const Owned& device, const std::string& owner) {
  contracts::DeviceEvent event;
  {
    const std::lock_guard lock(mutex_);
    auto& known = by_serial_[device.serial];
    known.owner = owner;
    known.since = core::SystemClock().now();
    event.provisioned_at = known.since;
  }
  event.device_id = core::DeviceId::trusted(device.device.id);
  event.serial = device.serial;
  event.revision = 2;
  event.event = "assigned";
  event.at = core::SystemClock().now();
  event.recipe_id = core::RecipeId::random();
  event.register_attribute = "register_button";
  registry->say(topics::device_event(event.device_id), contracts::to_json(event));
}

void Stage::remove(const Owned& device) {
  {
    const std::lock_guard lock(mutex_);
    by_serial_.erase(device.serial);
  }
  contracts::DeviceEvent event;
  event.device_id = core::DeviceId::trusted(device.device.id);
  event.serial = device.serial;
  event.revision = 3;
  event.event = "deleted";
  event.at = core::SystemClock().now();
  event.recipe_id = core::RecipeId::random();
  registry->say(topics::device_event(event.device_id), contracts::to_json(event));
}

void Stage::roll_out(const Owned& device, const std::string& attribute) {
  contracts::DeviceEvent event;
  {
    const std::lock_guard lock(mutex_);
    by_serial_[device.serial].attribute = attribute;
  }
  event.device_id = core::DeviceId::trusted(device.device.id);
  event.serial = device.serial;
  event.revision = 3;
  event.event = "changed";
  event.at = core::SystemClock().now();
  event.recipe_id = core::RecipeId::random();
  registry->say(topics::device_event(event.device_id), contracts::to_json(event));
}

core::Result<Json> Stage::get_session(const Json& request) {
  const std::lock_guard lock(mutex_);
  const auto it = by_token_.find(request.at("sessionToken").get<std::string>());
  if (it == by_token_.end()) return core::unauthorized();
  const auto expires_at = it->second.expires_at.value_or(core::from_iso("2027-06-01T00:00:00.000Z").value());
  if (clock.now() >= expires_at) return core::unauthorized();
  Json reply = {{"user", user_json(it->second)}, {"expiresAt", core::to_iso(expires_at)}};
  if (it->second.scopes) reply["scopes"] = *it->second.scopes;
  return reply;
}

core::Result<Json> Stage::get_device(const Json& request) {
  const std::lock_guard lock(mutex_);
  const auto it = by_serial_.find(request.at("serial").get<std::string>());
  const std::string user = request.at("actor").at("userId");
  if (it == by_serial_.end() || it->second.owner != user) return core::not_found();
  const std::string since = core::to_iso(it->second.since);
  return Json{{"device",
               {{"serial", it->first},
                {"deviceId", it->second.id},
                {"name", "Main"},
                {"recipeId", core::random_hex_id()},
                {"model", "kd-30"},
                {"groupId", core::random_hex_id()},
                {"tags", Json::object()},
                {"connected", true},
                {"provisionedAt", since}}},
              {"lastPresenceAt", nullptr},
              {"visibleSince", since},
              {"recipe",
               {{"id", core::random_hex_id()},
                {"name", "R"},
                {"attributes", {{{"name", it->second.attribute}, {"type", "number"}}}},
                {"registerAttribute", "register_button"},
                {"commands", Json::array()}}},
              {"mayCommand", true},
              {"mayRelease", true}};
}

Stage& stage() {
  static Stage one;
  return one;
}

Curtain::~Curtain() {
  for (const auto& played : {&stage().registry, &stage().provisioning, &stage().telemetry})
    (*played)->forget();
}

}  // namespace turnkey::gateway::tests
