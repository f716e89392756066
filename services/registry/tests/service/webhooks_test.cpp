// SPDX-License-Identifier: Apache-2.0
// Webhooks to a real receiver: signed, tried again, given up, and never sent elsewhere.
#include "core/base64.hpp"
#include "domain/webhook.hpp"
#include "service/integration_stage.hpp"
#include "usecases/deliver_webhooks.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;
using namespace std::chrono_literals;

namespace {

struct Hooked : ConsentStage {
  explicit Hooked(int status = 204) {
    receiver.answer(status);
    // The devices of the stage are announced before somebody listens.
    REQUIRE(eventually([] {
      return system().number("select count(*) from registry.outbox where kind = 'batch_devices'") == 0;
    }));
    made = integrate(admin, owner_group,
                     {{"events", {"device.provisioned"}}, {"webhook", {{"url", receiver.url()}}}});
  }
  Json deliveries() {
    return system().must("list_deliveries", System::as(admin, {{"id", made.id()}}))["items"];
  }
  Json only_delivery() {
    const auto items = deliveries();
    REQUIRE(items.size() == 1);
    return items[0];
  }
  Json shown() {
    const Json all = system().must("list_integrations", System::as(admin, Json::object()));
    for (const Json& item : all["items"])
      if (item["id"] == made.id()) return item;
    return nullptr;
  }
  bool receives(std::size_t requests) {
    return eventually([&] { return receiver.requests().size() == requests; }, 10s);
  }
  bool fails(int attempts) {
    return eventually([&] { return !deliveries().empty() && deliveries()[0]["attempts"] == attempts; }, 10s);
  }
  bool settles() {
    return eventually([&] { return deliveries().empty(); }, 10s);
  }
  Receiver receiver;
  MadeIntegration made;
};

bool verifies(const Receiver::Request& request, const std::string& secret) {
  const auto at = core::from_epoch_ms(std::stoll(request.timestamp) * 1000);
  return request.signature == registry::webhook_signature(secret, request.id, at, request.body);
}

}  // namespace

TEST_CASE("a webhook carries the event, signed, and once it was taken nothing of it is kept") {
  Hooked stage;
  const auto device = stage.owned("presence");
  REQUIRE(stage.receives(1));
  const auto request = stage.receiver.requests()[0];
  CHECK(verifies(request, stage.made.secret()));
  const Json event = Json::parse(request.body);
  CHECK(event["id"] == request.id);
  CHECK(event["type"] == "device.provisioned");
  CHECK(event["device"]["serial"] == device.serial);
  CHECK(stage.settles());
}

TEST_CASE("a receiver that fails is asked again with the same id, and what failed is shown meanwhile") {
  Hooked stage(500);
  stage.owned("presence");
  REQUIRE(stage.fails(1));
  const Json waiting = stage.only_delivery();
  CHECK(waiting["state"] == "waiting");
  CHECK(waiting["lastError"] == "The receiver answered 500.");
  CHECK(waiting["nextAttemptAt"] > core::to_iso(system().clock.now() + 3s));
  CHECK(stage.shown()["webhook"]["waiting"] == 1);
  stage.receiver.answer(200);
  system().clock.advance(7s);
  REQUIRE(stage.receives(2));
  const auto requests = stage.receiver.requests();
  CHECK(requests[0].id == requests[1].id);
  CHECK(requests[0].signature != requests[1].signature);
  CHECK(verifies(requests[1], stage.made.secret()));
  CHECK(stage.settles());
}

TEST_CASE("after a day of failing a delivery is given up and shown as that, and forgotten after a week") {
  Hooked stage(503);
  stage.owned("presence");
  REQUIRE(stage.fails(1));
  system().clock.advance(24h - 1s);
  CHECK(eventually([&] { return stage.only_delivery()["state"] == "given_up"; }, 10s));
  CHECK(stage.only_delivery()["nextAttemptAt"].is_null());
  CHECK(stage.shown()["webhook"]["givenUp"] == 1);
  CHECK(stage.receiver.requests().size() == 2);
  system().clock.advance(6 * 24h + 1min);
  system().at_once(registry::sweep_deliveries);
  CHECK(stage.deliveries().empty());
}

TEST_CASE("no redirect is followed") {
  Hooked stage(302);
  stage.owned("presence");
  REQUIRE(stage.fails(1));
  CHECK(stage.only_delivery()["lastError"] == "The receiver answered 302.");
  CHECK(stage.receiver.elsewhere() == 0);
}

TEST_CASE("S21 a receiver that fails does not keep the others waiting") {
  Hooked failing(500);
  const Hooked well;
  const auto group = failing.owner_group;
  Receiver other;
  const auto made = integrate(failing.admin, group,
                              {{"events", {"device.provisioned"}}, {"webhook", {{"url", other.url()}}}});
  for (int i = 0; i < 5; ++i) failing.owned("presence");
  CHECK(eventually([&] { return other.requests().size() == 5; }, 10s));
  CHECK(failing.receiver.requests().size() <= 2);  // its pause holds for all of its deliveries
}

TEST_CASE("a rotated signing secret signs from then on, and a webhook that is taken away is asked no more") {
  Hooked stage;
  const MadeIntegration rotated{
      system().must("rotate_integration", System::as(stage.admin, {{"id", stage.made.id()}}))};
  CHECK(rotated.secret() != stage.made.secret());
  stage.owned("presence");
  REQUIRE(stage.receives(1));
  CHECK(verifies(stage.receiver.requests()[0], rotated.secret()));
  system().must("update_integration",
                System::as(stage.admin, {{"id", stage.made.id()}, {"webhook", nullptr}}));
  stage.owned("presence");
  CHECK(stage.deliveries().empty());
  CHECK(stage.shown()["webhook"].is_null());
  const Json again = system().must(
      "update_integration",
      System::as(stage.admin, {{"id", stage.made.id()}, {"webhook", {{"url", stage.receiver.url()}}}}));
  CHECK(again["webhookSecret"].get<std::string>().starts_with("whsec_"));
  CHECK(stage.receiver.requests().size() == 1);
}
