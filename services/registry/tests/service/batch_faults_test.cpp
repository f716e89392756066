// SPDX-License-Identifier: Apache-2.0
// Batches under contention and faults: overlapping files, broken uploads, kill -9; secrets, followers,
// ledger.
#include <csignal>
#include <future>
#include <set>

#include "service/batch_probe.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;

TEST_CASE("imports at once with overlapping files: no serial twice, and who comes later is told the truth") {
  auto& s = system();
  const auto recipe = s.recipe();
  const std::string left = serials("OVER", 3000);
  std::string right = "serial\n";
  for (int i = 2900; i < 5900; ++i) right += fmt::format("OVER-{:06}\n", i);
  auto one = std::async(std::launch::async, [&] { return s.batch(recipe, left); });
  auto other = std::async(std::launch::async, [&] { return s.batch(recipe, right); });
  const auto a = one.get();
  const auto b = other.get();
  REQUIRE(a);
  REQUIRE(b);
  const bool first_won = (*a)["outcome"] == "registered";
  const auto& winner = first_won ? *a : *b;
  const auto& loser = first_won ? *b : *a;
  CHECK(winner["outcome"] == "registered");
  // The same row in both is the same row: unchanged where it is there already, and the rest is made.
  CHECK(loser["outcome"] == "registered");
  CHECK(loser["plan"]["unchanged"].get<int>() + winner["plan"]["unchanged"].get<int>() == 100);
  CHECK(count(s, "devices where serial like 'OVER-%'") == 5900);
  // Another row with those serials is not.
  const auto taken = s.must_batch(recipe, "serial,name\nOVER-000001,Mine\n");
  CHECK(taken["outcome"] == "refused");
  CHECK(taken["errors"][0]["code"] == "taken");
}

TEST_CASE(
    "imports at once with different rows for the same serials: one is made, the other names each serial") {
  auto& s = system();
  const auto recipe = s.recipe();
  std::vector<std::future<core::Result<Json>>> all;
  for (int i = 0; i < 2; ++i) {
    std::string csv = "serial,name\n";
    for (int row = 0; row < 2500; ++row) csv += fmt::format("BOTH-{:05},of {}\n", row, i);
    all.push_back(std::async(std::launch::async, [&s, &recipe, csv] { return s.batch(recipe, csv); }));
  }
  int made = 0;
  for (auto& one : all) {
    const auto reply = one.get();
    REQUIRE(reply);
    if ((*reply)["outcome"] == "registered") {
      ++made;
    } else {
      CHECK((*reply)["errorCount"] == 2500);
      CHECK((*reply)["errors"][2499]["code"] == "taken");
    }
  }
  CHECK(made == 1);
  CHECK(count(s, "devices where serial like 'BOTH-%'") == 2500);
}

TEST_CASE("the broker accepts the last device of five thousand within a second after the answer") {
  auto& s = system();
  const auto reply = s.must_batch(s.recipe(), serials("LAST", 5000));
  const auto made = System::made_in(s.answer_of(reply));
  REQUIRE(made.size() == 5000);
  CHECK(eventually([&] { return s.broker->connect(made.back().identity())->connack() == 0; },
                   std::chrono::seconds(1)));
}

TEST_CASE("followers are told of every device of a batch, and their pages together miss none") {
  auto& s = system();
  std::mutex mutex;
  std::set<std::string> told;
  const testing::Listening listening(*s.gateway, "registry/devices/+", [&](const bus::Message& message) {
    const auto event = contracts::decode_device_event(std::string_view(message.payload));
    const std::lock_guard lock(mutex);
    if (event && event->event == "registered" && event->serial.starts_with("TOLD-"))
      told.insert(event->serial);
  });
  std::int64_t after = 0;
  const auto follow = [&](std::set<std::string>& seen) {
    for (bool more = true; more;) {
      const auto page = s.must("sync_devices", {{"afterRevision", after}, {"limit", 1000}});
      for (const auto& item : page["items"])
        if (item["serial"].get<std::string>().starts_with("TOLD-")) seen.insert(item["serial"]);
      after = page["nextRevision"];
      more = page["more"];
    }
  };
  std::set<std::string> synced;
  follow(synced);
  REQUIRE(s.must_batch(s.recipe(), serials("TOLD", 1700))["outcome"] == "registered");
  follow(synced);
  CHECK(synced.size() == 1700);
  CHECK(eventually(
      [&] {
        const std::lock_guard lock(mutex);
        return told.size() == 1700;
      },
      std::chrono::seconds(20)));
}

TEST_CASE(
    "S1 S2 of thousands of issued secrets none repeats, and none is in the database, nor is the key of the "
    "answer") {
  auto& s = system();
  const auto recipe = s.recipe();
  const auto first = s.must_batch(recipe, serials("SECRET", 4000));
  const auto made = System::made_in(s.answer_of(first));
  std::set<std::string> secrets, keys;
  for (const auto& one : made) {
    CHECK(one.secret.size() == 64);
    secrets.insert(one.secret);
    keys.insert(one.key);
  }
  CHECK(secrets.size() == 4000);
  CHECK(keys.size() == 4000);
  // A file that holds secrets of ours is on its way in; its pieces wait in the database.
  for (int i = 0; i < 2; ++i)
    s.must("append_batch_input", System::as(s.ops, {{"uploadId", core::random_hex_id()},
                                                    {"inputKey", core::random_hex(32)},
                                                    {"idempotencyKey", "handed-in-again"},
                                                    {"index", i},
                                                    {"text", s.answer_of(first).substr(0, 100'000)}}));
  CHECK(count(s, "batch_inputs") == 2);
  CHECK(count(s, "batch_outputs") > 0);
  const auto dump = s.dump();
  CHECK(dump.find(made[0].key) != std::string::npos);  // it is a dump of this
  CHECK(dump.find(first["outputKey"].get<std::string>()) == std::string::npos);
  CHECK(found_in(dump, made) == 0);
  CHECK(s.call("drop_batch_output",
               System::as(s.ops, {{"batchId", first["batchId"]}, {"outputKey", core::random_hex(32)}}))
            .error()
            .code == core::ErrorCode::not_found);
  s.must("drop_batch_output",
         System::as(s.ops, {{"batchId", first["batchId"]}, {"outputKey", first["outputKey"]}}));
  CHECK(count(s, "batch_outputs where batch_id = '" + first["batchId"].get<std::string>() + "'") == 0);
}

TEST_CASE("batches, their devices and their progress are the operators' alone") {
  auto& s = system();
  const auto admin = s.user("admin@batches.example", "admin", s.group("Batches tenant"));
  const auto recipe = s.recipe();
  const auto reply =
      s.must_batch(recipe, "serial,group,model\nREAD-1,Batches tenant,kd-30\nREAD-2,,\nREAD-3,,\n",
                   {{"idempotencyKey", "progress-of-it"}});
  const Json about = {{"id", reply["batchId"]}};
  const auto batch = s.must("get_batch", System::as(s.ops, about))["batch"];
  CHECK(batch["devices"] == 3);
  CHECK(batch["provisioned"] == 1);
  CHECK(batch["createdBy"]["email"] == "ops@kanarra.example");
  CHECK(batch["recipeId"] == recipe);
  s.clock.advance(std::chrono::seconds(1));
  REQUIRE(s.batch_of(recipe, 1));
  auto page = s.must("list_batches", System::as(s.ops, {{"recipe", recipe}, {"limit", 1}}));
  CHECK(page["items"][0]["devices"] == 1);
  page = s.must("list_batches",
                System::as(s.ops, {{"recipe", recipe}, {"limit", 1}, {"cursor", page["nextCursor"]}}));
  CHECK(page["items"][0]["id"] == reply["batchId"]);
  CHECK(page["nextCursor"].is_null());
  Json wanted = {{"id", reply["batchId"]}, {"limit", 2}};
  auto devices = s.must("list_batch_devices", System::as(s.ops, wanted));
  CHECK(devices["items"][0] == Json{{"serial", "READ-1"}, {"name", "READ-1"}, {"model", "kd-30"}});
  wanted["cursor"] = devices["nextCursor"];
  devices = s.must("list_batch_devices", System::as(s.ops, wanted));
  CHECK(devices["items"][0] == Json{{"serial", "READ-3"}, {"name", "READ-3"}});
  CHECK(devices["nextCursor"].is_null());
  const Json key = {{"idempotencyKey", "progress-of-it"}};
  CHECK(s.must("get_batch_progress", System::as(s.ops, key)) ==
        Json{{"phase", "finished"}, {"rows", 3}, {"done", 3}});
  const auto refused = [&](const char* method, const Json& request) {
    return s.call(method, System::as(admin, request)).error().code == core::ErrorCode::not_found;
  };
  CHECK(refused("get_batch", about));
  CHECK(refused("list_batches", Json::object()));
  CHECK(refused("list_batch_devices", about));
  CHECK(refused("get_batch_progress", key));
  CHECK(refused("read_batch_output",
                {{"batchId", reply["batchId"]}, {"outputKey", reply["outputKey"]}, {"page", 0}}));
  CHECK(refused("append_batch_input", {{"uploadId", core::random_hex_id()},
                                       {"inputKey", core::random_hex(32)},
                                       {"idempotencyKey", "not-mine"},
                                       {"index", 0},
                                       {"text", "serial\n"}}));
  CHECK(refused("register_batch", {{"recipeId", recipe},
                                   {"uploadId", core::random_hex_id()},
                                   {"count", 1},
                                   {"idempotencyKey", "not-mine"}}));
}

TEST_CASE("an upload of which a piece is missing, or whose key is another, is not taken for a file") {
  auto& s = system();
  const auto recipe = s.recipe();
  const Json named = {{"uploadId", core::random_hex_id()}, {"inputKey", core::random_hex(32)}};
  Json piece = named;
  piece.update({{"idempotencyKey", "torn-file"}, {"index", 0}, {"text", "serial\nPIECE-1\n"}});
  s.must("append_batch_input", System::as(s.ops, piece));
  s.must("append_batch_input", System::as(s.ops, piece));  // the same again
  const auto ask = [&](Json more) {
    Json request = named;
    request.update({{"recipeId", recipe}, {"chunks", 2}, {"idempotencyKey", "torn-file"}});
    request.update(more);
    return s.call("register_batch", System::as(s.ops, request));
  };
  CHECK(ask(Json::object()).error().code == core::ErrorCode::unavailable);
  CHECK(ask({{"chunks", 1}, {"inputKey", core::random_hex(32)}}).error().code ==
        core::ErrorCode::unavailable);
  CHECK((*ask({{"chunks", 1}}))["outcome"] == "registered");
}

TEST_CASE("S20 the ledger has a line for each device of a batch, and its chain holds") {
  auto& s = system();
  s.group("Chain tenant");
  const auto recipe = s.recipe();
  const auto before = s.must("verify_ledger", System::as(s.ops, Json::object()));
  std::string csv = "serial,group,model\n";
  for (int i = 0; i < 3000; ++i)
    csv += fmt::format("CHAIN-{:05},{}\n", i, i % 2 == 0 ? "Chain tenant,kd-30" : ",");
  s.must_batch(recipe, csv);
  const auto after = s.must("verify_ledger", System::as(s.ops, Json::object()));
  CHECK(after["ok"] == true);
  CHECK(after["lines"].get<int>() - before["lines"].get<int>() == 4500);
  const auto life =
      s.must("get_ledger", System::as(s.ops, {{"serial", "CHAIN-00002"}, {"limit", 10}}))["items"];
  REQUIRE(life.size() == 2);
  CHECK(life[0]["act"] == "device.assigned");
  CHECK(life[1]["act"] == "device.registered");
}

TEST_CASE(
    "S22 S2 kill -9 in the middle of an import leaves no half of a batch; the same key again gets the truth, "
    "and "
    "no secret is in the log") {
  System s(System::Registry::program);
  constexpr int kMany = 30'000;
  const auto recipe = s.recipe();
  const std::string csv = serials("KILLED", kMany);
  const Json key = {{"idempotencyKey", "killed-in-the-middle"}};
  auto asking = std::async(std::launch::async, [&] { return s.batch(recipe, csv, key); });
  REQUIRE(eventually([&] { return count(s, "batch_progress where phase = 'writing' and done > 0") == 1; },
                     std::chrono::seconds(60)));
  s.program->signal(SIGKILL);
  s.program->wait();
  const auto nothing = [&] {
    return count(s, "devices") + count(s, "credentials") + count(s, "batches") +
           count(s, "ledger where line like '%batchId%'") + count(s, "outbox where kind like 'batch%'") +
           count(s, "batch_outputs");
  };
  // The database notices that its client is gone when it next has something to say.
  CHECK(eventually([&] { return count(s, "batch_rows") == 0 && nothing() == 0; }, std::chrono::seconds(20)));
  s.start_program();
  const auto first = asking.get();  // sent again within the caller's time, it is done after all
  REQUIRE(first);
  CHECK((*first)["outcome"] == "registered");
  const auto again = s.must_batch(recipe, csv, key);
  REQUIRE(again["outcome"] == "registered");
  CHECK(again["batchId"] == (*first)["batchId"]);
  const auto made = System::made_in(s.answer_of(again));
  CHECK(made.size() == kMany);
  CHECK(count(s, "devices") == kMany);
  CHECK(count(s, "credentials where revoked_at is null") == kMany);
  CHECK(eventually([&] { return s.broker->connect(made.back().identity())->connack() == 0; }));
  std::ifstream in(s.log_file());
  std::ostringstream log;
  log << in.rdbuf();
  CHECK(found_in(log.str(), made) == 0);
  CHECK(log.str().find(again["outputKey"].get<std::string>()) == std::string::npos);
  CHECK(found_in(s.dump(), made) == 0);
}
