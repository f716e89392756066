// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "core/serial.hpp"
#include "service/batch_probe.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;

TEST_CASE(
    "a file of a thousand errors of ten kinds names each with line, column and what would be right, and "
    "stores nothing") {
  auto& s = system();
  s.group("Tenant of errors");
  const auto region = s.group("Region of errors");
  s.group("Site", region);
  s.devices(s.recipe(), "serial\nERR-TAKEN\n");
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {",n,,,,", "serial required"},
      {"ab,n,,,,", "serial malformed"},
      {"ERR-FIRST,n,,,,", "serial repeated"},
      {"{},n,Nowhere,kd-30,,", "group unknown"},
      {"{},n,Region of errors,kd-30,,", "group not_a_leaf"},
      {"{},n,Tenant of errors,kd-99,,", "model unknown"},
      {"{},n,,kd-30,,", "model without_group"},
      {"{},n,Tenant of errors,kd-30,yesterday,", "provisioned_at malformed"},
      {"{},n,Tenant of errors,kd-30,2999-01-01T00:00:00Z,", "provisioned_at in_the_future"},
      {"{},n,,,," + std::string(256, 'x'), "floor too_long"},
  };
  std::string csv = "serial,name,group,model,provisioned_at,floor\nERR-FIRST,n,,,,\n";
  std::vector<std::string> expected;
  for (int i = 0; i < 1000; ++i) {
    const auto& [row, what] = kinds[static_cast<std::size_t>(i) % kinds.size()];
    csv += fmt::format(fmt::runtime(row), fmt::format("ERR-{}", i)) + "\n";
    expected.push_back(fmt::format("{} {}", i + 3, what));
  }
  csv += "ERR-TAKEN,n,,,,\n";
  expected.push_back("1003 serial taken");
  const auto recipe = s.recipe();
  const auto devices = count(s, "devices");
  const auto lines = count(s, "ledger");
  const auto inputs = count(s, "batch_inputs");  // of uploads that others did not finish
  const auto reply = s.must_batch(recipe, csv);
  CHECK(reply["outcome"] == "refused");
  CHECK(reply["errorCount"] == 1001);
  CHECK(reply["plan"]["bad"] == 1001);
  CHECK(reply["plan"]["create"] == 1);
  std::vector<std::string> told;
  for (const auto& error : reply["errors"]) {
    told.push_back(fmt::format("{} {} {}", error["line"].get<int>(), error["column"].get<std::string>(),
                               error["code"].get<std::string>()));
    CHECK(error["message"].get<std::string>().size() > 10);
  }
  CHECK(told == expected);
  CHECK(count(s, "devices") == devices);
  CHECK(count(s, "ledger") == lines);
  CHECK(count(s, "batch_rows") == 0);
  CHECK(count(s, "batch_inputs") == inputs);
  CHECK_FALSE(reply.contains("outputKey"));
}

TEST_CASE("a file that cannot be read to its end is refused whole, with bad rows skipped or not") {
  auto& s = system();
  const auto recipe = s.recipe();
  for (const auto& [csv, code] :
       std::vector<std::pair<std::string, std::string>>{{"", "empty"},
                                                        {"serial\n", "empty"},
                                                        {"name\nx\n", "required"},
                                                        {"serial,serial\nTORN-1,TORN-2\n", "repeated"},
                                                        {"serial\nTORN-1\n\"TORN-2\n", "unclosed_quote"}}) {
    const auto reply = s.must_batch(recipe, csv, {{"skipBad", true}});
    INFO(csv);
    CHECK(reply["outcome"] == "refused");
    CHECK(reply["errors"][0]["code"] == code);
  }
  CHECK(listed(s, "TORN-") == 0);
}

TEST_CASE(
    "the devices of a batch are listed, those of others are not, and each reader finds their own alone "
    "[S5]") {
  auto& s = system();
  const auto site = s.group("Batch site", s.group("Batch tenant"));
  const auto recipe = s.recipe();
  const auto admin = s.user("admin@batch-tenant.example", "admin", site);
  s.must_batch(recipe, "serial\nLISTED-9\n");
  const auto batch = s.must_batch(
      recipe, "serial,group,model\nLISTED-1,,\nLISTED-2,Batch tenant/Batch site,kd-30\n")["batchId"];
  const auto serials = [&](const std::string& reader, Json query) {
    query["batch"] = batch;
    std::string all;
    const auto page = s.must("list_devices", System::as(reader, query));
    for (const auto& device : page["items"]) all += device["serial"].get<std::string>() + " ";
    return all;
  };
  CHECK(serials(s.ops, Json::object()) == "LISTED-2 LISTED-1 ");  // the stock comes last
  CHECK(serials(s.ops, {{"limit", 1}, {"cursor", "LISTED-2"}}) == "LISTED-1 ");
  CHECK(serials(s.ops, {{"q", "ed-2"}}) == "LISTED-2 ");
  CHECK(serials(admin, Json::object()) == "LISTED-2 ");
  CHECK(s.call("list_devices", System::as(s.ops, {{"batch", "none"}})).error().fields.at(0).field == "batch");
}

TEST_CASE("where a file cannot be read on is told after what is wrong with the rows before it") {
  auto& s = system();
  const auto reply = s.must_batch(s.recipe(), "group,serial\nNowhere,x\n,TORN-3\n,\"TORN-4\n");
  std::vector<std::string> told;
  for (const auto& error : reply["errors"])
    told.push_back(std::to_string(error["line"].get<int>()) + " " + error["column"].get<std::string>() + " " +
                   error["code"].get<std::string>());
  CHECK(told == std::vector<std::string>{"2 group unknown", "2 serial malformed", "2 model required",
                                         "4  unclosed_quote"});
  CHECK(reply["errors"][0]["message"].get<std::string>().starts_with("\u201cNowhere\u201d: "));
}

TEST_CASE("with bad rows skipped the good ones are made, and the answer holds those alone") {
  auto& s = system();
  const auto recipe = s.recipe();
  const std::string csv = "serial,name\nSKIP-1,a\nx,b\nSKIP-1,c\nSKIP-2,d,e\nSKIP-3,f\n";
  const auto plan = s.must_batch(recipe, csv, {{"skipBad", true}, {"dryRun", true}});
  CHECK(plan["outcome"] == "planned");
  CHECK(plan["errorCount"] == 3);
  CHECK(listed(s, "SKIP-") == 0);
  const auto reply = s.must_batch(recipe, csv, {{"skipBad", true}});
  REQUIRE(reply["outcome"] == "registered");
  CHECK(reply["plan"]["bad"] == 3);
  const auto made = System::made_in(s.answer_of(reply));
  REQUIRE(made.size() == 2);
  CHECK(made[0].serial == "SKIP-1");
  CHECK(made[1].serial == "SKIP-3");
  CHECK(listed(s, "SKIP-") == 2);
  CHECK(s.must_batch(recipe, "serial\nx\n", {{"skipBad", true}})["outcome"] == "unchanged");
}

TEST_CASE(
    "a dry run says what would be made, with the columns' meaning and the first rows, and writes nothing") {
  auto& s = system();
  const auto recipe = s.recipe();
  s.group("Dry tenant");
  const auto devices = count(s, "devices");
  const auto reply = s.must_batch(
      recipe, "serial,group,model,floor,qr\nDRY-1,Dry tenant,kd-30,2,x\nDRY-2,,,,\n", {{"dryRun", true}});
  CHECK(reply["outcome"] == "planned");
  const auto& plan = reply["plan"];
  CHECK(plan["rows"] == 2);
  CHECK(plan["create"] == 2);
  CHECK(plan["provisioned"] == 1);
  CHECK(plan["columns"][3] == Json{{"name", "floor"}, {"meaning", "tag"}});
  CHECK(plan["columns"][4]["meaning"] == "ignored");
  CHECK(plan["sample"][0] == Json{{"line", 2},
                                  {"serial", "DRY-1"},
                                  {"name", "DRY-1"},
                                  {"group", "Dry tenant"},
                                  {"model", "kd-30"},
                                  {"tags", {{"floor", "2"}}}});
  CHECK(count(s, "devices") == devices);
  CHECK(s.must_batch(recipe, "serial\nDRY-3\nx\n", {{"dryRun", true}})["outcome"] == "refused");
}

TEST_CASE("the same file a second time changes nothing and says so; new rows in it are made beside") {
  auto& s = system();
  const auto recipe = s.recipe();
  s.group("Twice tenant");
  const std::string csv = "serial,name,group,model,note\nTWICE-1,Main,Twice tenant,kd-30,=1\nTWICE-2,,,,\n";
  const auto first = s.must_batch(recipe, csv);
  const auto credentials = count(s, "credentials");
  const auto batches = count(s, "batches");
  const auto again = s.must_batch(recipe, csv);
  CHECK(again["outcome"] == "unchanged");
  CHECK(again["plan"]["unchanged"] == 2);
  CHECK(again["errorCount"] == 0);
  // The answer of the first time, handed in as it came.
  CHECK(s.must_batch(recipe, s.answer_of(first))["outcome"] == "unchanged");
  CHECK(count(s, "credentials") == credentials);
  CHECK(count(s, "batches") == batches);
  const auto more = s.must_batch(recipe, csv + "TWICE-3,,,,\n");
  REQUIRE(more["outcome"] == "registered");
  const auto made = System::made_in(s.answer_of(more));
  REQUIRE(made.size() == 3);
  CHECK(made[0].secret.empty());
  CHECK(made[0].id.size() == 24);
  CHECK(made[2].secret.size() == 64);
  const auto other = s.must_batch(s.recipe(), csv);  // of another recipe
  CHECK(other["outcome"] == "refused");
  CHECK(other["errors"][0]["code"] == "taken");
}

TEST_CASE("S16 nothing that leaves in an answer is run by a spreadsheet") {
  auto& s = system();
  const auto reply = s.must_batch(
      s.recipe(),
      "serial,name,=cmd\nFORMULA-1,=HYPERLINK(\"x\"),+1\nFORMULA-2,@x,\"\t=1\"\n-FORMULA-3,-2,\"\r1\"\n");
  REQUIRE(reply["outcome"] == "registered");
  for (const auto& row : System::rows_of(s.answer_of(reply)))
    for (const auto& cell : row) {
      INFO(cell);
      CHECK((cell.empty() || std::string("=+-@\t\r").find(cell[0]) == std::string::npos));
    }
}

TEST_CASE("generated serials carry check characters, and a batch of them is told like any other") {
  auto& s = system();
  const auto recipe = s.recipe({{"serialPrefix", "GEN"}, {"checkedSerials", true}});
  const auto reply = s.batch_of(recipe, 4500);  // more than are looked up together
  REQUIRE(reply);
  const auto made = System::made_in(s.answer_of(*reply));
  std::set<std::string> all;
  for (const auto& one : made) {
    CHECK(core::check_characters_right(core::Serial::trusted(one.serial)));
    all.insert(one.serial);
  }
  CHECK(all.size() == 4500);
  const auto plan = s.batch_of(recipe, 7, {{"dryRun", true}});
  CHECK((*plan)["plan"]["create"] == 7);
}

TEST_CASE("the same batch again, within the hour, gets new credentials in place of those that were lost") {
  auto& s = system();
  const auto recipe = s.recipe();
  const std::string csv = "serial,name\nLOST-1,a\nLOST-2,b\n";
  const auto first = s.must_batch(recipe, csv, {{"idempotencyKey", "batch-lost"}});
  const auto made = System::made_in(s.answer_of(first));
  const auto second = s.must_batch(recipe, csv, {{"idempotencyKey", "batch-lost"}});
  const auto again = System::made_in(s.answer_of(second));
  REQUIRE(again.size() == 2);
  CHECK(System::rows_of(s.answer_of(second))[1][1] == "a");
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(again[i].id == made[i].id);
    CHECK(again[i].secret != made[i].secret);
    CHECK(eventually([&] { return s.broker->connect(again[i].identity())->connack() == 0; }));
    CHECK(eventually([&] { return s.broker->connect(made[i].identity())->connack() != 0; }));
  }
  // What was answered first is void, and not to be read any more.
  CHECK(s.call("read_batch_output",
               System::as(s.ops,
                          {{"batchId", first["batchId"]}, {"outputKey", first["outputKey"]}, {"page", 0}}))
            .error()
            .code == core::ErrorCode::not_found);
  CHECK(s.batch(recipe, csv + "LOST-3,c\n", {{"idempotencyKey", "batch-lost"}}).error().detail ==
        "idempotency_key_used");
  s.clock.advance(std::chrono::hours(1) + std::chrono::milliseconds(1));
  CHECK(s.batch(recipe, csv, {{"idempotencyKey", "batch-lost"}}).error().detail == "idempotency_key_used");
}

TEST_CASE("the same of a number of generated serials; and one request that runs twice is answered once") {
  auto& s = system();
  const auto recipe = s.recipe();
  const auto first = s.batch_of(recipe, 3, {{"idempotencyKey", "count-lost"}});
  const auto again = s.batch_of(recipe, 3, {{"idempotencyKey", "count-lost"}});
  std::set<std::string> ids, ids_again;
  for (const auto& one : System::made_in(s.answer_of(*again))) ids_again.insert(one.id);
  CHECK(ids_again.size() == 3);
  CHECK((*first)["batchId"] == (*again)["batchId"]);
  CHECK(s.batch_of(recipe, 4, {{"idempotencyKey", "count-lost"}}).error().detail == "idempotency_key_used");
  // As when two replicas get it: the caller has the first one's answer, and must not lose what it says.
  const Json same = {{"idempotencyKey", "sent-twice"}, {"uploadId", core::random_hex_id()}};
  const auto answered = s.batch_of(recipe, 1, same);
  REQUIRE(answered);
  CHECK(s.batch_of(recipe, 1, same).error().detail == "answer_lost");
  CHECK(System::made_in(s.answer_of(*answered)).size() == 1);
}
