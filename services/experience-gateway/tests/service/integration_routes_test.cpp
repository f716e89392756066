// SPDX-License-Identifier: Apache-2.0
// Integrations between a browser or a program and a registry that the test plays.
#include <catch2/catch.hpp>

#include "service/stage.hpp"

using namespace turnkey;
using namespace turnkey::gateway::tests;

namespace {

const std::string kId = "70000000000000000000000a";

}  // namespace

TEST_CASE("integrations are handed on to the registry, and its answers back") {
  auto& s = stage();
  const auto admin = s.person("admin");
  const Browser browser = s.browser(admin);
  const Json made = {{"integration", {{"id", kId}}}, {"mqtt", {{"password", "p"}}}, {"webhookSecret", "w"}};
  Asked list("list_integrations", {{"items", Json::array()}});
  CHECK(browser.get("/api/integrations").json() == Json{{"items", Json::array()}});
  CHECK(list.last()["actor"]["userId"] == admin.id);

  Asked create("create_integration", made);
  const Json wanted = {
      {"name", "M"}, {"events", {"device.released"}}, {"webhook", {{"url", "https://h.example/"}}}};
  const auto created = browser.post("/api/integrations", wanted);
  CHECK(created.status == 201);
  CHECK(created.json() == made);
  CHECK(create.last()["webhook"] == wanted["webhook"]);

  Asked update("update_integration", {{"integration", {{"id", kId}}}});
  CHECK(browser
            .send("PATCH", "/api/integrations/" + kId, "Content-Type: application/json\r\n",
                  R"({"webhook":null})")
            .status == 200);
  CHECK(update.last()["id"] == kId);
  CHECK(update.last()["webhook"].is_null());

  Asked rotate("rotate_integration", made);
  CHECK(browser.post("/api/integrations/" + kId + "/rotation", Json::object()).json() == made);
  Asked remove("delete_integration", Json::object());
  CHECK(browser.send("DELETE", "/api/integrations/" + kId, "", "").status == 204);

  Asked deliveries("list_deliveries", {{"items", Json::array()}, {"nextCursor", nullptr}});
  CHECK(browser.get("/api/integrations/" + kId + "/deliveries?cursor=7&limit=20").status == 200);
  CHECK(deliveries.last()["cursor"] == "7");
  CHECK(deliveries.last()["limit"] == 20);
}

TEST_CASE("S17 an integration takes no field that is not its own, and no id that is none") {
  auto& s = stage();
  const Browser browser = s.browser(s.person("admin"));
  Asked create("create_integration", Json::object());
  CHECK(browser.post("/api/integrations", {{"name", "M"}, {"webhookSecret", "mine"}}).status == 422);
  CHECK(create.last().is_null());
  CHECK(browser.get("/api/integrations/nonsense/deliveries").status == 404);
  CHECK(browser.send("DELETE", "/api/integrations/nonsense", "", "").status == 404);
}

TEST_CASE("S5 a program makes an integration only with every scope of its user's role") {
  auto& s = stage();
  const auto admin = s.person("admin");
  Asked create("create_integration", Json::object());
  const Browser program{s.app->http_port(), "", ""};  // without a cookie and an origin
  const auto ask = [&](const std::vector<std::string>& scopes) {
    return program.send("POST", "/api/integrations",
                        "Authorization: Bearer " + s.program_of(admin, scopes).token +
                            "\r\nContent-Type: application/json\r\n",
                        R"({"name":"M","events":["device.released"]})");
  };
  CHECK(ask({"read", "devices"}).status == 403);
  CHECK(ask({"read", "devices", "provision", "people", "tokens"}).status == 201);
}
