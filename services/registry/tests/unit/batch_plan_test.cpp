// SPDX-License-Identifier: Apache-2.0
#include "domain/batch_plan.hpp"

#include <catch2/catch.hpp>

#include "core/serial.hpp"

using namespace turnkey;
using namespace turnkey::registry;

namespace {

struct World {
  World() {
    recipe.models = {{"kd-30", "KD-30", ""}};
    recipe.tags = {{"fuel", "diesel"}};
    leaf.id = core::GroupId::random();
    region.id = core::GroupId::random();
    region.leaf = false;
  }
  core::Result<BatchPlan> plan(const std::string& csv) {
    const BatchWorld world{recipe,
                           [this](const std::string& path) -> const Group* {
                             if (path == "North/Clinic") return &leaf;
                             return path == "North" ? &region : nullptr;
                           },
                           taken, now};
    auto table = parse_csv(csv);
    REQUIRE(table.has_value());
    return plan_batch(*table, world);
  }
  Recipe recipe;
  Group leaf;
  Group region;
  std::set<std::string> taken;
  core::Timestamp now = *core::from_iso("2026-11-22T12:00:00Z");
};

}  // namespace

TEST_CASE(
    "a row with group and model registers and provisions; other columns are tags over the recipe's "
    "defaults") {
  World world;
  const auto plan =
      world.plan("serial,name,group,model,floor,fuel\n abc 1 2,Main,North/Clinic,kd-30,3,\nXYZ-9,,,,,gas\n");
  REQUIRE(plan.has_value());
  CHECK(plan->devices[0].serial == "ABC12");
  CHECK(plan->devices[0].group_id == world.leaf.id);
  CHECK(plan->devices[0].provisioned_at == world.now);
  CHECK(plan->devices[0].tags == Tags{{"fuel", "diesel"}, {"floor", "3"}});
  CHECK(plan->devices[1].name == "XYZ-9");
  CHECK_FALSE(plan->devices[1].group_id.has_value());
  CHECK(plan->devices[1].tags == Tags{{"fuel", "gas"}});
}

TEST_CASE("every wrong cell of a file is named at once, with its line and column") {
  World world;
  world.taken = {"TAKEN-1"};
  const auto plan = world.plan(
      "serial,group,model,provisioned_at\nok-1,North,kd-30,\nOK-1,,,\nab,,,\ntaken-1,Nowhere,kd-99,2099-01-"
      "01T00:00:00Z\nok-2,,kd-30,\n");
  REQUIRE_FALSE(plan.has_value());
  std::vector<std::string> found;
  for (const auto& error : plan.error().fields) found.push_back(error.field + " " + error.code);
  CHECK(found == std::vector<std::string>{"line 2, group not_a_leaf", "line 3, serial repeated",
                                          "line 4, serial malformed", "line 5, serial taken",
                                          "line 5, group unknown", "line 5, model unknown",
                                          "line 5, provisioned_at malformed", "line 6, model without_group"});
}

TEST_CASE("a file without a serial column, with a column twice, or without rows is refused") {
  World world;
  CHECK(world.plan("name\nx\n").error().fields[0].field == "column serial");
  CHECK(world.plan("serial,a,a\nxxxx,1,2\n").error().fields[0].code == "repeated");
  CHECK_FALSE(world.plan("serial\n").has_value());
}

TEST_CASE("generated serials carry check characters, differ, and avoid those that are taken") {
  World world;
  int asked = 0;
  const auto plan = plan_generated(50, world.recipe, [&](const std::string&) { return ++asked == 1; });
  CHECK(asked == 51);
  std::set<std::string> serials;
  for (const auto& device : plan.devices) {
    serials.insert(device.serial);
    CHECK(core::check_characters_right(core::Serial::trusted(device.serial)));
  }
  CHECK(serials.size() == 50);
}

TEST_CASE("transfer policies: presence always, consent when free, never only the first time") {
  Recipe recipe;
  CHECK(recipe.transferable(true, true));
  recipe.transfer_policy = "consent";
  CHECK_FALSE(recipe.transferable(true, true));
  CHECK(recipe.transferable(false, true));
  recipe.transfer_policy = "never";
  CHECK(recipe.transferable(false, false));
  CHECK_FALSE(recipe.transferable(false, true));
}

TEST_CASE("a recipe with wrong fields names them all") {
  const auto recipe =
      read_recipe(contracts::Json::parse(R"({"name":"","attributes":[{"name":"a b","type":"nope"}],
    "presencePolicy":"maybe","window_s":5,"serialPrefix":"OIL","models":[{"key":"a","title":"A","pictureUrl":"https://x"},
    {"key":"a","title":"B"}],"owner":"x"})"));
  REQUIRE_FALSE(recipe.has_value());
  std::set<std::string> fields;
  for (const auto& error : recipe.error().fields) fields.insert(error.field);
  CHECK(fields == std::set<std::string>{"owner", "name", "attributes.0.name", "attributes.0.type",
                                        "presencePolicy", "window_s", "serialPrefix", "models.0.pictureUrl",
                                        "models.1.key"});
}

TEST_CASE("a recipe survives being written and read") {
  Recipe recipe;
  recipe.name = "G";
  recipe.attributes = {{"rpm", contracts::AttributeType::number, "1/min", 0, 2000}};
  recipe.models = {{"k", "K", "/pictures/k.svg"}};
  recipe.commands = {{"start", "Start", true}};
  const auto again = read_recipe(to_json(recipe));
  REQUIRE(again.has_value());
  CHECK(to_json(*again) == to_json(recipe));
}

TEST_CASE("lengths are counted in characters, and tags are bounded together with the recipe's") {
  World world;
  std::string umlauts;
  for (int i = 0; i < 255; ++i) umlauts += "\u00fc";
  CHECK(world.plan("serial,name\nABCD-1," + umlauts + "\n").has_value());
  CHECK_FALSE(world.plan("serial,name\nABCD-1," + umlauts + "x\n").has_value());
  std::string header = "serial";
  std::string row = "ABCD-1";
  for (std::size_t i = 0; i < 63; ++i) {
    header += ",t" + std::to_string(i);
    row += ",v";
  }
  CHECK(world.plan(header + "\n" + row + "\n").has_value());  // and the recipe's one
  CHECK_FALSE(world.plan(header + ",more\n" + row + ",v\n").has_value());
}

TEST_CASE("S21 errors beyond what a reply carries are counted, not named") {
  World world;
  std::string csv = "serial,name,group\n";
  for (int i = 0; i < 4000; ++i) csv += "x,n,nowhere\n";
  const auto plan = world.plan(csv);
  REQUIRE_FALSE(plan.has_value());
  CHECK(plan.error().fields.size() == 5000);
  CHECK(plan.error().message.find("12000 cells") == 0);  // serial, group and model
}
