// SPDX-License-Identifier: Apache-2.0
// Recipes that change under devices that exist: patches, rollouts, pictures.
#include <atomic>

#include "core/base64.hpp"
#include "core/hash.hpp"
#include "service/system.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;

namespace {

Json patch(const std::string& recipe, const Json& fields) {
  return System::as(system().ops, {{"id", recipe}, {"recipe", fields}});
}

Json roll_out(const std::string& recipe, const std::string& key) {
  return System::as(system().ops, {{"id", recipe}, {"idempotencyKey", key}});
}

Json attribute(const std::string& name) { return {{"name", name}, {"type", "number"}}; }

}  // namespace

TEST_CASE(
    "a patch of a recipe keeps what it does not name, null brings the default back, a whole recipe "
    "replaces") {
  auto& s = system();
  const auto id = s.recipe({{"window_s", 60}, {"tags", {{"line", "a"}, {"year", "26"}}}});
  const auto before = s.must("get_recipe", System::as(s.ops, {{"id", id}}))["recipe"];
  const auto named = s.must("update_recipe", patch(id, {{"name", "Patched " + id}}))["recipe"];
  Json expected = before;
  expected["name"] = "Patched " + id;
  CHECK(named == expected);
  CHECK(s.must("update_recipe", patch(id, {{"window_s", nullptr}}))["recipe"]["window_s"] == 300);
  CHECK(s.must("update_recipe", patch(id, {{"tags", {{"line", "b"}}}}))["recipe"]["tags"] ==
        Json{{"line", "b"}});
  Json whole = s.must("get_recipe", System::as(s.ops, {{"id", id}}))["recipe"];
  whole["tags"] = Json::object();
  CHECK(s.must("update_recipe", patch(id, whole))["recipe"] == whole);
  CHECK(s.call("update_recipe", patch(id, {{"name", nullptr}})).error().fields[0].field == "name");
  CHECK(s.call("update_recipe", patch(id, {{"owner", 1}})).error().fields[0].field == "owner");
  CHECK(s.call("update_recipe", patch(id, {{"attributes", "none"}})).error().fields[0].field == "attributes");
  const int versions = s.number("select version from registry.recipes where id = '" + id + "'");
  s.must("update_recipe", patch(id, Json::object()));
  CHECK(s.number("select version from registry.recipes where id = '" + id + "'") == versions);
}

TEST_CASE(
    "whether the light of a recipe's devices is counted is told with the device, and is off by default") {
  auto& s = system();
  const auto id = s.recipe();
  s.devices(id, "serial\nLIGHT-1\n");
  const auto told = [&] {
    return s.must("get_device_for_provisioning", System::as(s.ops, {{"serial", "LIGHT-1"}}))["blinkCheck"];
  };
  CHECK(told() == false);
  CHECK(s.must("update_recipe", patch(id, {{"blinkCheck", true}}))["recipe"]["blinkCheck"] == true);
  s.must("roll_out_recipe", roll_out(id, "light"));
  CHECK(told() == true);
  CHECK(s.call("update_recipe", patch(id, {{"blinkCheck", "yes"}})).error().fields[0].field == "blinkCheck");
  CHECK(s.must("update_recipe", patch(id, {{"blinkCheck", nullptr}}))["recipe"]["blinkCheck"] == false);
}

TEST_CASE(
    "a rollout brings a recipe's newest version to all of its devices, once, and tells their followers") {
  auto& s = system();
  const auto id = s.recipe({{"tags", {{"line", "a"}}}});
  s.group("Rollout");
  std::string csv = "serial,name,group,model\n";
  for (int i = 0; i < 450; ++i) csv += "ROLL-" + std::to_string(1000 + i) + ",Own name,Rollout,kd-30\n";
  s.devices(id, csv);
  s.must("update_recipe", patch(id, {{"attributes", {attribute("rpm"), attribute("oil")}},
                                     {"tags", {{"line", "b"}}},
                                     {"registerAttribute", "knob"}}));
  CHECK(s.must("get_device", System::as(s.ops, {{"serial", "ROLL-1000"}}))["recipe"]["attributes"].size() ==
        1);
  std::atomic<int> told{0};
  const testing::Listening listening(*s.gateway, "registry/devices/+", [&](const bus::Message& message) {
    const auto event = contracts::decode_device_event(std::string_view(message.payload));
    if (event && event->event == "changed" && event->recipe_id.str() == id && event->attributes.size() == 2 &&
        event->register_attribute == "knob")
      ++told;
  });
  const auto done = s.must("roll_out_recipe", roll_out(id, "rollout-key"));
  CHECK(done == Json{{"devices", 450}, {"more", false}});
  CHECK(eventually([&] { return told == 450; }, std::chrono::seconds(20)));
  const auto seen = s.must("get_device", System::as(s.ops, {{"serial", "ROLL-1449"}}));
  CHECK(seen["recipe"]["registerAttribute"] == "knob");
  CHECK(seen["device"]["name"] == "Own name");
  CHECK(seen["device"]["tags"]["line"] == "a");
  CHECK(s.must("roll_out_recipe", roll_out(id, "rollout-key"))["devices"] == 450);  // the reply was lost
  CHECK(s.must("roll_out_recipe", roll_out(id, "rollout-key-2"))["devices"] == 0);
  CHECK(
      s.number("select count(*) from registry.ledger where line like '%recipe.rolled_out%' and line like '%" +
               id + "%'") == 1);
}

TEST_CASE(
    "a rollout whose time was short says so; the same request goes on, and the ledger tells all of it") {
  auto& s = system();
  const auto id = s.recipe();
  std::string csv = "serial\n";
  for (int i = 0; i < 250; ++i) csv += "SHORT-" + std::to_string(1000 + i) + "\n";
  s.devices(id, csv);
  s.must("update_recipe", patch(id, {{"registerAttribute", "knob"}}));
  const auto one_page = [&] {
    const auto reply = s.caller->call("registry", "roll_out_recipe", roll_out(id, "short-key"), "test",
                                      std::chrono::seconds(2));
    REQUIRE(reply.has_value());
    return *reply;
  };
  CHECK(one_page() == Json{{"devices", 200}, {"more", true}});
  CHECK(one_page() == Json{{"devices", 250}, {"more", true}});
  CHECK(one_page() == Json{{"devices", 250}, {"more", false}});
  CHECK(s.number("select count(*) from registry.ledger where line like '%recipe.rolled_out%' and line like "
                 "'%\"devices\":250%' and line like '%" +
                 id + "%'") == 1);
}

TEST_CASE("a picture of a model is what its bytes are, and everybody who is signed in may have it") {
  auto& s = system();
  const auto id = s.recipe();
  const auto viewer = s.user("viewer@picture.example", "viewer", s.group("Picture"));
  std::string png = "\x89PNG\r\n\x1A\n";
  for (int i = 0; i < 1000; ++i) png.push_back(static_cast<char>(i));
  const auto put = [&](const std::string& type, const std::string& bytes, const std::string& key = "kd-30") {
    return s.call("set_model_picture", System::as(s.ops, {{"recipeId", id},
                                                          {"key", key},
                                                          {"contentType", type},
                                                          {"bytes", core::to_base64(bytes)}}));
  };
  const auto model = put("image/png", png);
  REQUIRE(model);
  const std::string hash = core::sha256_hex(png);
  CHECK((*model)["model"]["pictureUrl"] == "/api/pictures/" + hash);
  CHECK(s.must("list_models", System::as(s.ops, {{"recipeId", id}}))["items"][0] == (*model)["model"]);
  const auto got = s.must("get_picture", System::as(viewer, {{"sha256", hash}}));
  CHECK(got["contentType"] == "image/png");
  CHECK(core::from_base64(got["bytes"].get<std::string>()) == png);
  CHECK(put("image/png", png)->at("model") == model->at("model"));
  for (const auto& [type, bytes] : std::vector<std::pair<std::string, std::string>>{
           {"image/jpeg", png},
           {"image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"},
           {"image/png", "<svg/>"},
           {"text/html", png},
           {"image/webp", std::string("RIFF\0\0\0\0WAVEfmt ", 16)}}) {
    INFO(type);
    CHECK(put(type, bytes).error().detail == "unsupported_media_type");
  }
  CHECK(put("image/png", png, "none").error().code == core::ErrorCode::not_found);
  CHECK(put("image/png", png + std::string(512 * 1024 - png.size(), 'x')).has_value());
  CHECK(put("image/png", png + std::string(512 * 1024 - png.size() + 1, 'x')).error().fields[0].field ==
        "bytes");
  const auto unknown = System::as(viewer, {{"sha256", core::random_hex(32)}});
  CHECK(s.call("get_picture", unknown).error().code == core::ErrorCode::not_found);
  const auto nobody = System::as(core::random_hex_id(), {{"sha256", hash}});
  CHECK(s.call("get_picture", nobody).error().code == core::ErrorCode::unauthorized);
}
