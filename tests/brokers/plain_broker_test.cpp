// SPDX-License-Identifier: Apache-2.0
// The story that must always work, with the four programs and a broker that gives them nothing but MQTT 5: a
// window, a press, the hand-over, live values, history, a command.
#include <httplib.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "bus/rpc.hpp"
#include "contracts/json.hpp"
#include "core/base64.hpp"
#include "core/ids.hpp"
#include "core/random.hpp"
#include "fixture/mqtt_client.hpp"
#include "testing/eventually.hpp"
#include "testing/plain_broker.hpp"
#include "testing/postgres.hpp"

using namespace turnkey;
using namespace std::chrono_literals;
using broker::tests::MqttClient;
using contracts::Json;
using testing::Child;
using testing::eventually;

namespace {

using Environment = std::vector<std::pair<std::string, std::string>>;
constexpr const char* kPassword = "correct horse battery";
constexpr const char* kMail = "tech@sadler-isberg.example";

class Installation {
 public:
  Installation() {
    start("registry", TURNKEY_REGISTRY, "turnkey_registry",
          {{"TURNKEY_SEAL_KEY_FILE", file("seal", core::random_hex(32))},
           {"TURNKEY_FIRST_OPERATOR_TOKEN_FILE", file("first", token)},
           {"TURNKEY_LABEL_HOST", "turnkey.example"}});
    start("provisioning", TURNKEY_PROVISIONING, "turnkey_provisioning", {});
    start("telemetry-ingest", TURNKEY_INGEST, "turnkey_telemetry",
          {{"TURNKEY_SPOOL_DIR", folder.path() + "/spool"}});
    start("experience-gateway", TURNKEY_GATEWAY, "",
          {{"TURNKEY_HTTP_PORT", std::to_string(port)},
           {"TURNKEY_LABEL_HOST", "turnkey.example"},
           {"TURNKEY_PUBLIC_ORIGINS", "https://turnkey.example"}});
    asker.start();
    REQUIRE(asker.wait_connected(10s));
    populate();
    sign_in();
  }

  httplib::Client http() const {
    httplib::Client client("127.0.0.1", port);
    client.set_read_timeout(20);
    client.set_default_headers({{"Cookie", cookie}, {"Origin", "https://turnkey.example"}});
    return client;
  }
  Json get(const std::string& path) const {
    const auto answer = http().Get(path.c_str());
    return answer && answer->status == 200 ? Json::parse(answer->body) : Json();
  }
  std::pair<int, Json> post(const std::string& path, const Json& body) const {
    const auto answer = http().Post(path.c_str(), body.dump(), "application/json");
    if (!answer) return {0, {}};
    return {answer->status, Json::parse(answer->body, nullptr, false)};
  }

  testing::TemporaryFolder folder;
  testing::PlainBroker broker{{}};
  std::string serial, device_id, access_key, secret, leaf;

 private:
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder.path() + "/" + name) << text << "\n";
    return folder.path() + "/" + name;
  }
  void start(const std::string& name, const std::string& program, const std::string& role, Environment more) {
    const int internal = testing::free_port();
    more.insert(more.end(),
                {{"TURNKEY_BROKER", "plain"},
                 {"TURNKEY_MQTT_PORT", std::to_string(broker.port())},
                 {"TURNKEY_MQTT_PASSWORD_FILE", file(name, testing::PlainBroker::password_of(name))},
                 {"TURNKEY_INTERNAL_PORT", std::to_string(internal)}});
    if (!role.empty()) {
      more.emplace_back("TURNKEY_DATABASE", testing::Postgres::instance().connection_string(database, role));
      more.emplace_back("TURNKEY_DATABASE_PASSWORD_FILE", file("database", "any password will do here"));
    }
    programs.push_back(std::make_unique<Child>(std::vector<std::string>{program},
                                               folder.path() + "/" + name + ".log", more));
    REQUIRE(eventually(
        [&] {
          const auto answer = httplib::Client("127.0.0.1", internal).Get("/readyz");
          return answer && answer->status == 200;
        },
        30s));
  }
  Json must(const std::string& method, Json request) {
    if (!operator_id.empty()) request["actor"] = {{"userId", operator_id}};
    auto reply = caller.call("registry", method, request, "test", 10s);
    if (!reply) FAIL(method << ": " << contracts::to_json(reply.error()).dump());
    return *reply;
  }
  void populate() {
    operator_id =
        must("create_first_operator",
             {{"token", token}, {"email", "ops@kanarra.example"}, {"password", kPassword}, {"name", "Ops"}})
            .at("user")
            .at("id");
    const std::string tenant = must("create_group", {{"name", "Sadler-Isberg"}})["group"]["id"];
    leaf = must("create_group", {{"name", "Mill"}, {"parentId", tenant}})["group"]["id"];
    must("create_user", {{"email", kMail},
                         {"name", "Tech"},
                         {"password", kPassword},
                         {"role", "technician"},
                         {"groupIds", {tenant}}});
    const Json recipe = {
        {"name", "Gateway"},
        {"attributes",
         {{{"name", "rpm"}, {"type", "number"}}, {{"name", "register_button"}, {"type", "boolean"}}}},
        {"models", {{{"key", "kd-30"}, {"title", "KD-30"}}}}};
    const std::string recipe_id = must("create_recipe", {{"recipe", recipe}})["recipe"]["id"];
    const Json batch = must("register_batch", {{"recipeId", recipe_id},
                                               {"uploadId", core::random_hex_id()},
                                               {"count", 1},
                                               {"idempotencyKey", core::random_hex(8)}});
    const std::string csv =
        must("read_batch_output",
             {{"batchId", batch["batchId"]}, {"outputKey", batch["outputKey"]}, {"page", 0}})["text"];
    std::istringstream row(csv.substr(csv.find('\n') + 1));
    for (auto* cell : {&serial, &device_id, &access_key, &secret}) std::getline(row, *cell, ',');
    broker.add(access_key, secret);
  }
  void sign_in() {
    httplib::Client client("127.0.0.1", port);
    const auto answer =
        client.Post("/api/session", {{"Origin", "https://turnkey.example"}},
                    Json{{"email", kMail}, {"password", kPassword}}.dump(), "application/json");
    REQUIRE(answer);
    REQUIRE(answer->status == 200);
    const std::string all = answer->get_header_value("Set-Cookie");
    cookie = all.substr(0, all.find(';'));
  }

  const std::string database = testing::Postgres::instance().create_database();
  const std::string token = core::random_hex(24);
  const int port = testing::free_port();
  std::string operator_id, cookie;
  bus::Client asker{broker.service("experience-gateway", "asker")};
  bus::RpcCaller caller{asker};
  std::vector<std::unique_ptr<Child>> programs;
};

// The first event of that name on a stream.
class Awaited {
 public:
  Awaited(const Installation& installation, const std::string& path, const std::string& name)
      : thread_([this, &installation, path, name] {
          std::string text;
          auto client = installation.http();
          (void)client.Get(path.c_str(), [&](const char* bytes, std::size_t size) {
            text.append(bytes, size);
            open_ = true;
            came_ = text.find("event: " + name + "\n") != std::string::npos;
            return !came_ && !stop_;
          });
        }) {}
  ~Awaited() {
    stop_ = true;
    thread_.join();
  }
  bool open() const { return open_; }
  bool came() const { return came_; }

 private:
  std::atomic<bool> open_{false}, came_{false}, stop_{false};
  std::thread thread_;
};

}  // namespace

TEST_CASE_METHOD(Installation, "the whole story with a broker that knows nothing but MQTT 5") {
  MqttClient device(broker.port(), {device_id, access_key, secret, 4});
  REQUIRE(eventually([&] { return device.connack() == 0; }));
  REQUIRE(device.subscribe("devices/" + device_id + "/command") == 1);
  const std::string state = "devices/" + device_id + "/state";

  const auto [opened, provisioning] = post("/api/provisionings", {{"serial", serial}});
  REQUIRE(opened == 201);
  const std::string path = "/api/provisionings/" + provisioning.at("id").get<std::string>();
  {
    const Awaited press(*this, path + "/events", "press");
    REQUIRE(eventually([&] { return press.open(); }));
    REQUIRE(device.published(state, R"({"data":{"register_button":true}})"));
    REQUIRE(eventually([&] { return press.came(); }));
  }
  REQUIRE(eventually([&] { return get(path).value("state", "") == "proven"; }));
  const auto [completed, done] =
      post(path + "/completion", {{"name", "Mill 1"}, {"groupId", leaf}, {"model", "kd-30"}});
  REQUIRE(completed == 200);

  {
    const Awaited live(*this, "/api/devices/" + serial + "/events", "state");
    // A retained word of the broker is not there to open it: the reports do.
    REQUIRE(
        eventually([&] { return device.published(state, R"({"data":{"rpm":1500}})") && live.came(); }, 20s));
  }
  REQUIRE(eventually([&] {
    const Json shown = get("/api/devices/" + serial);
    return shown.is_object() && shown.at("latest").contains("rpm") &&
           shown.at("latest").at("rpm").at("value") == 1500;
  }));
  CHECK(post("/api/devices/" + serial + "/commands", {{"name", "identify"}}).first == 202);
  CHECK(eventually([&] { return !device.received_on("devices/" + device_id + "/command").empty(); }));

  // Nobody judges a key and a secret here that come with a report: there is no such route.
  auto client = http();
  const auto report = client.Post(("/api/devices/" + device_id + "/state").c_str(),
                                  {{"Authorization", "Basic " + core::to_base64(access_key + ":" + secret)}},
                                  R"({"data":{"rpm":1}})", "application/json");
  REQUIRE(report);
  CHECK(report->status == 404);
}
