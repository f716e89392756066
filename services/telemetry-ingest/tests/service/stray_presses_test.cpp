// SPDX-License-Identifier: Apache-2.0
// Presses of devices without a window, through the real broker.
#include <catch2/catch.hpp>

#include "contracts/messages.hpp"
#include "contracts/topics.hpp"
#include "service/ingest_setup.hpp"

using namespace turnkey;
using namespace turnkey::ingest;
using namespace turnkey::ingest::tests;
using namespace std::chrono_literals;
using contracts::Json;
using testing::eventually;

namespace {

const std::string kPressed = R"({"data":{"register_button":true,"power":12.5}})";

// Provisioning, as far as ingest sees it: it opens windows and hears of stray presses.
struct WithProvisioning : Setup {
  std::mutex mutex;
  std::vector<Json> strays;
  bus::Client provisioning{options("provisioning")};
  bus::RpcServer server{provisioning, "provisioning", 1};
  std::unique_ptr<App> app;

  WithProvisioning() {
    server.on("stray_press", [this](const Json& request, const auto&) -> core::Result<Json> {
      const std::lock_guard lock(mutex);
      strays.push_back(request);
      return Json::object();
    });
    server.start();
    provisioning.start();
    REQUIRE(provisioning.wait_connected(10s));
    app = std::make_unique<App>(config());
    REQUIRE(
        eventually([&] { return metrics().find("turnkey_ingest_devices_known 2") != std::string::npos; }));
  }
  ~WithProvisioning() {
    app.reset();
    server.stop();
    provisioning.stop();
  }
  std::string metrics() const { return get(app->internal_port(), "/metrics"); }
  std::vector<Json> heard() {
    const std::lock_guard lock(mutex);
    return strays;
  }
  void open(const Device& one) {
    const auto id = *core::DeviceId::parse(one.id);
    const auto now = core::SystemClock().now();
    bus::Publication publication;
    publication.topic = contracts::topics::windows(id);
    publication.payload = contracts::encode_windows(
        {id, "register_button", {{core::ProvisioningId::random(), now - 1min, now + 4min}}});
    publication.retain = true;
    REQUIRE(provisioning.publish_and_wait(publication, 5s));
    REQUIRE(eventually(
        [&] { return metrics().find("turnkey_ingest_devices_with_windows 1") != std::string::npos; }));
  }
  bool counted(const std::string& outcome, int times) const {
    return metrics().find("turnkey_ingest_presses_without_window_total{outcome=\"" + outcome + "\"} " +
                          std::to_string(times)) != std::string::npos;
  }
};

}  // namespace

TEST_CASE_METHOD(WithProvisioning,
                 "a press of a device without a window reaches provisioning, and no topic [S13]") {
  open(other);
  auto watcher_identity = broker->service("experience-gateway");
  watcher_identity.client_id = "experience-gateway-watcher";
  const auto watcher = broker->connect(watcher_identity);
  REQUIRE(watcher->subscribe("provisioning/+/press") == 1);
  const auto sender = broker->connect(device.identity());
  REQUIRE(sender->published(device.state(), kPressed));
  REQUIRE(eventually([&] { return heard().size() == 1; }));
  const Json stray = heard()[0];
  CHECK(stray.size() == 2);
  CHECK(stray.at("deviceId") == device.id);
  CHECK(core::from_iso(stray.at("at").get<std::string>()));
  CHECK(eventually([&] { return counted("told", 1); }));
  const auto second = broker->connect(other.identity());
  REQUIRE(second->published(other.state(), kPressed));
  CHECK(eventually([&] { return watcher->received().size() == 1; }));
  CHECK(heard().size() == 1);
}

TEST_CASE_METHOD(WithProvisioning,
                 "where nobody waits a press without a window is counted and not told [S26]") {
  const auto sender = broker->connect(device.identity());
  REQUIRE(sender->published(device.state(), kPressed));
  CHECK(eventually([&] { return counted("nobody_waits", 1); }));
  CHECK(heard().empty());
}

TEST_CASE_METHOD(WithProvisioning,
                 "a flood of stray presses is told once and delays no press that counts [S21]") {
  open(other);
  const auto watcher = [&] {
    auto identity = broker->service("experience-gateway");
    identity.client_id = "experience-gateway-watcher";
    return broker->connect(identity);
  }();
  REQUIRE(watcher->subscribe("provisioning/+/press") == 1);
  const auto sender = broker->connect(device.identity());
  const auto second = broker->connect(other.identity());
  for (int i = 0; i < 200; ++i) sender->publish(device.state(), kPressed);
  REQUIRE(sender->published(device.state(), kPressed));
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(second->published(other.state(), kPressed));
  REQUIRE(eventually([&] { return watcher->received().size() == 1; }));
  CHECK((std::chrono::steady_clock::now() - began < 2s));
  REQUIRE(eventually([&] { return number("select value from counters where name = 'stored'") == 202; }));
  CHECK(heard().size() <= 2);
}
