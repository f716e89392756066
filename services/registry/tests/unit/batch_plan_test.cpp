// SPDX-License-Identifier: Apache-2.0
#include "domain/batch_plan.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>

using namespace turnkey;
using namespace turnkey::registry;

namespace {

using Fate = BatchPlanner::Fate;

struct Planned {
  PlanSummary summary;
  std::vector<BatchPlanner::Row> rows;
  BatchErrors errors;
  std::vector<BatchColumns::Column> columns;
  std::vector<std::string> told() const {  // "line 2, group not_a_leaf"
    std::vector<std::string> lines;
    for (const auto& error : errors.named())
      lines.push_back("line " + std::to_string(error.line) + ", " + error.column + " " + error.code);
    return lines;
  }
  bool fine() const { return errors.count() == 0; }
};

struct World {
  World() {
    recipe.id = core::RecipeId::trusted("0123456789abcdef01234567");
    recipe.models = {{"kd-30", "KD-30", ""}};
    recipe.tags = {{"fuel", "diesel"}};
    leaf.id = core::GroupId::random();
    region.id = core::GroupId::random();
    region.leaf = false;
  }

  Planned plan(const std::string& csv) {
    const BatchWorld world{recipe,
                           [this](const std::string& path) -> const Group* {
                             if (path == "North/Clinic") return &leaf;
                             return path == "North" ? &region : nullptr;
                           },
                           now};
    Planned planned;
    CsvReader reader;
    reader.feed(csv);
    reader.end();
    const auto header = reader.next();
    REQUIRE(header);
    const BatchColumns columns(*header, planned.errors);
    planned.columns = columns.all();
    if (!planned.fine()) return planned;
    BatchPlanner planner(columns, world, planned.errors);
    while (const auto record = reader.next()) {
      const auto it = existing.find(planner.serial_of(*record));
      planned.rows.push_back(planner.plan(
          *record, it == existing.end() ? std::nullopt : std::optional(BatchPlanner::Existing{it->second})));
    }
    planned.summary = planner.summary();
    return planned;
  }
  // As if the file had been registered.
  void remember(const Planned& planned) {
    for (const auto& row : planned.rows)
      existing[row.device.serial] = std::string(core::view(row.device.row_hash));
  }

  Recipe recipe;
  Group leaf;
  Group region;
  std::map<std::string, std::string> existing;  // serial -> hash of its row
  core::Timestamp now = *core::from_iso("2026-11-22T12:00:00Z");
};

}  // namespace

TEST_CASE(
    "a row with group and model registers and provisions; other columns are tags over the recipe's "
    "defaults") {
  World world;
  const auto plan =
      world.plan("serial,name,group,model,floor,fuel\n abc 1 2,Main,North/Clinic,kd-30,3,\nXYZ-9,,,,,gas\n");
  REQUIRE(plan.fine());
  const auto& first = plan.rows[0].device;
  CHECK(first.serial == "ABC12");
  CHECK(first.group_id == world.leaf.id);
  CHECK(first.provisioned_at == world.now);
  CHECK(first.tags == Tags{{"fuel", "diesel"}, {"floor", "3"}});
  CHECK(plan.rows[1].device.name == "XYZ-9");
  CHECK_FALSE(plan.rows[1].device.group_id.has_value());
  CHECK(plan.rows[1].device.tags == Tags{{"fuel", "gas"}});
  CHECK(plan.summary.rows == 2);
  CHECK(plan.summary.create == 2);
  CHECK(plan.summary.provisioned == 1);
  CHECK(plan.summary.sample[0].group_path == "North/Clinic");
  CHECK(plan.summary.sample[1].line == 3);
}

TEST_CASE("every wrong cell of a file is named at once, with its line, its column and what would be right") {
  World world;
  world.existing["TAKEN-1"] = "";
  const auto plan = world.plan(
      "serial,group,model,provisioned_at\nok-1,North,kd-30,\nOK-1,,,\nab,,,\ntaken-1,Nowhere,kd-99,2099-01-"
      "01T00:00:00Z\nok-2,,kd-30,\n,,,x\nok-3,North/Clinic,,then\nok-4,,,,,\nok-5,\"\"x\n");
  CHECK(plan.told() == std::vector<std::string>{
                           "line 2, group not_a_leaf", "line 3, serial repeated", "line 4, serial malformed",
                           "line 5, serial taken", "line 5, group unknown", "line 5, model unknown",
                           "line 5, provisioned_at in_the_future", "line 6, model without_group",
                           "line 7, serial required", "line 7, provisioned_at without_group",
                           "line 8, model required", "line 8, provisioned_at malformed",
                           "line 9,  too_many_cells", "line 10,  stray_quote"});
  for (const auto& error : plan.errors.named()) CHECK(error.message.size() > 10);
  CHECK(plan.summary.bad == 9);
  CHECK(plan.summary.rows == 9);
}

TEST_CASE("an error says what its cell holds: short, in quotes, and nothing of it that is not seen") {
  World world;
  const auto plan =
      world.plan("note,serial,group\nx,a?,North\nx,,\n" + std::string(300, 'n') +
                 ",ABCD-1,No\twhere\u202e\n" + "\"two\nlines\",ABCD-2,<b>\u00fc</b>\n,abcd-1,\n");
  std::vector<std::string> told;
  for (const auto& error : plan.errors.named())
    if (error.column != "model") told.push_back(error.column + " " + error.message);
  REQUIRE(told.size() == 7);
  CHECK(told[0] == "serial \u201ca?\u201d: 4 to 64 of A-Z, 0-9, dot, _ and - are needed");
  CHECK(told[1] == "group \u201cNorth\u201d: devices belong to groups that have none below");
  CHECK(told[2] == "serial 4 to 64 of A-Z, 0-9, dot, _ and - are needed");
  CHECK(told[3] == "note \u201c" + std::string(32, 'n') + "\u2026\u201d: at most 255 characters are allowed");
  CHECK(told[4].starts_with("group \u201cNo\ufffdwhere\ufffd\u201d: "));
  CHECK(told[5].starts_with("group \u201c<b>\u00fc</b>\u201d: "));  // a page shows it as text
  CHECK(told[6] == "serial \u201cabcd-1\u201d: each serial once: it is in line 4 already");
}

TEST_CASE("errors of a row come in the order of its columns, after what is wrong with all of it") {
  World world;
  const auto plan = world.plan("model,group,serial\nkd-99,Nowhere,x,,\n");
  CHECK(plan.told() == std::vector<std::string>{"line 2,  too_many_cells", "line 2, model unknown",
                                                "line 2, group unknown", "line 2, serial malformed"});
}

TEST_CASE(
    "a row that is there exactly as it was registered is unchanged, any other use of its serial is not") {
  World world;
  const std::string file = "serial,name,group,model,floor\nA-100,Main,North/Clinic,kd-30,2\nA-200,,,,\n";
  world.remember(world.plan(file));
  CHECK(world.plan(file).summary.unchanged == 2);
  CHECK(world.plan("floor;model;group;serial;name\n2;kd-30;North/Clinic;a-100;Main\n").summary.unchanged ==
        1);
  for (const char* other : {"A-100,Other,North/Clinic,kd-30,2", "A-100,Main,,,2",
                            "A-100,Main,North/Clinic,kd-30,3", "A-100,Main,North/Clinic,kd-30,"}) {
    const auto plan = world.plan(std::string("serial,name,group,model,floor\n") + other + "\n");
    INFO(other);
    CHECK(plan.told() == std::vector<std::string>{"line 2, serial taken"});
  }
  world.recipe.models.clear();  // what became of the model since is no matter
  CHECK(world.plan(file).summary.unchanged == 2);
  CHECK(world.plan(file + "A-200,,,,\n").told() == std::vector<std::string>{"line 4, serial repeated"});
}

TEST_CASE(
    "S16 an answer of ours that is handed in again is unchanged, its apostrophes and secrets included") {
  World world;
  world.remember(world.plan("serial,name,note\nA-100,=1+1,-5\n"));
  const auto plan = world.plan(
      "serial,name,note,device_id,access_key,access_secret,qr\nA-100,'=1+1,'-5,0123,key,secret,link\n");
  CHECK(plan.summary.unchanged == 1);
  CHECK(plan.columns[5].meaning == "ignored");
}

TEST_CASE("columns are told by what they mean") {
  World world;
  const auto plan = world.plan("serial,name,group,model,provisioned_at,floor,qr\nA-100\n");
  std::vector<std::string> meanings;
  for (const auto& column : plan.columns) meanings.push_back(column.meaning);
  CHECK(meanings ==
        std::vector<std::string>{"serial", "name", "group", "model", "provisioned_at", "tag", "ignored"});
}

TEST_CASE("an answer shows what was sent and what was added, and nothing that an earlier answer added") {
  BatchErrors errors;
  const BatchColumns columns({1, {"serial", "access_secret", "floor"}}, errors);
  CHECK(columns.answer_header() ==
        CsvRow{"serial", "floor", "device_id", "access_key", "access_secret", "qr"});
  CHECK(columns.answer_row({"A-1", "old", "2"}, {"id"}) == CsvRow{"A-1", "2", "id"});
  CHECK(columns.answer_row({"A-1"}, {"id"}) == CsvRow{"A-1", "", "id"});
}

TEST_CASE("a file without a serial column, with a column twice or without a name is refused") {
  World world;
  CHECK(world.plan("name\nx\n").told() == std::vector<std::string>{"line 1, serial required"});
  CHECK(world.plan("\nserial,a,a\nxxxx,1,2\n").told() == std::vector<std::string>{"line 2, a repeated"});
  CHECK(world.plan("serial,\nxxxx,1\n").told() == std::vector<std::string>{"line 1, column 2 bad_name"});
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
  CHECK(world.plan("serial,name\nABCD-1," + umlauts + "\n").fine());
  CHECK_FALSE(world.plan("serial,name\nABCD-1," + umlauts + "x\n").fine());
  std::string header = "serial";
  std::string row = "ABCD-1";
  for (std::size_t i = 0; i < 63; ++i) {
    header += ",t" + std::to_string(i);
    row += ",v";
  }
  CHECK(world.plan(header + "\n" + row + "\n").fine());  // and the recipe's one
  CHECK_FALSE(world.plan(header + ",more\n" + row + ",v\n").fine());
}

TEST_CASE("S21 errors beyond what a reply carries are counted, not named") {
  World world;
  std::string csv = "serial,name,group\n";
  for (int i = 0; i < 4000; ++i) csv += "x,n,nowhere\n";
  const auto plan = world.plan(csv);
  CHECK(plan.errors.named().size() == BatchErrors::kMostNamed);
  CHECK(plan.errors.count() == 12000);  // serial, group and model
  CHECK(plan.summary.bad == 4000);
  BatchErrors long_ones;
  for (int i = 0; i < 9000; ++i) long_ones.add({1, std::string(1000, 'c'), "x", "y"});
  CHECK(long_ones.named().size() < 2100);
  CHECK(long_ones.count() == 9000);
}
