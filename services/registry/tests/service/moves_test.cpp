// SPDX-License-Identifier: Apache-2.0
// Groups that move, and the ledger as its readers may see it.
#include <map>
#include <mutex>
#include <set>

#include "core/hash.hpp"
#include "service/system.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;
using namespace std::chrono_literals;

namespace {

core::Result<Json> move(System& s, const std::string& actor, const std::string& group, const Json& parent) {
  return s.call("update_group", System::as(actor, {{"id", group}, {"parentId", parent}}));
}

std::string field_code(const core::Result<Json>& reply) {
  REQUIRE_FALSE(reply.has_value());
  return reply.error().fields.empty() ? reply.error().detail : reply.error().fields[0].code;
}

bool sees_device(System& s, const std::string& user, const std::string& serial) {
  return s.call("get_device", System::as(user, {{"serial", serial}})).has_value();
}

std::multiset<std::string> acts(const Json& page) {
  std::multiset<std::string> found;
  for (const auto& item : page["items"]) found.insert(item["act"].get<std::string>());
  return found;
}

}  // namespace

TEST_CASE("S5 S11 a group that moves takes its devices and users along, and those above are told at once") {
  auto& s = system();
  const auto root = s.group("Moves");
  const auto north = s.group("North", root), south = s.group("South", root);
  const auto site = s.group("Site", north), deep = s.group("Deep", site);
  const auto of_north = s.user("north@moves.example", "admin", north);
  const auto of_south = s.user("south@moves.example", "admin", south);
  const auto of_deep = s.user("deep@moves.example", "technician", deep);
  const auto of_root = s.user("root@moves.example", "admin", root);
  s.devices(s.recipe(), "serial,group,model\nMOVE-1,Moves/North/Site/Deep,kd-30\n");
  const auto since = s.must("get_device", System::as(of_deep, {{"serial", "MOVE-1"}}))["visibleSince"];
  CHECK(sees_device(s, of_north, "MOVE-1"));
  CHECK_FALSE(sees_device(s, of_south, "MOVE-1"));

  std::mutex mutex;
  std::set<std::string> told;
  std::vector<contracts::DeviceEvent> events;
  const testing::Listening to_users(*s.gateway, "registry/users/+", [&](const bus::Message& message) {
    const std::lock_guard lock(mutex);
    told.insert(contracts::topics::user_of_event(message.topic)->str());
  });
  const testing::Listening to_devices(*s.gateway, "registry/devices/+", [&](const bus::Message& message) {
    const std::lock_guard lock(mutex);
    const auto event = contracts::decode_device_event(std::string_view(message.payload));
    // That it was registered may be told as late as now.
    if (event && event->serial == "MOVE-1" && event->event == "changed") events.push_back(*event);
  });
  s.clock.advance(1min);
  const auto moved = move(s, of_root, site, south);
  REQUIRE(moved.has_value());
  CHECK((*moved)["group"]["parentId"] == south);
  CHECK(eventually(
      [&] {
        const std::lock_guard lock(mutex);
        return told.count(of_north) + told.count(of_south) == 2 && events.size() == 1;
      },
      1s));
  {
    const std::lock_guard lock(mutex);
    std::vector<std::string> path;
    for (const auto& id : events[0].group_path) path.push_back(id.str());
    CHECK(path == std::vector<std::string>{root, south, site, deep});
    CHECK(core::to_iso(*events[0].provisioned_at) == since);
  }
  CHECK_FALSE(sees_device(s, of_north, "MOVE-1"));
  CHECK(sees_device(s, of_south, "MOVE-1"));
  CHECK(sees_device(s, of_deep, "MOVE-1"));
  // What is theirs stays theirs: a move is no hand-over.
  CHECK(s.must("get_device", System::as(of_deep, {{"serial", "MOVE-1"}}))["visibleSince"] == since);
}

TEST_CASE("a group goes nowhere that it cannot be: below itself, into devices, too deep, beside its name") {
  auto& s = system();
  const auto root = s.group("Limits");
  const auto a = s.group("A", root), b = s.group("B", a), with_devices = s.group("Full", root);
  s.devices(s.recipe(), "serial,group,model\nLIMIT-1,Limits/Full,kd-30\n");
  CHECK(field_code(move(s, s.ops, a, a)) == "inside_itself");
  CHECK(field_code(move(s, s.ops, a, b)) == "inside_itself");
  CHECK(field_code(move(s, s.ops, a, with_devices)) == "group_has_devices");
  CHECK(field_code(move(s, s.ops, a, core::random_hex_id())) == "unknown");
  const auto twin = s.group("B", root);
  CHECK(field_code(move(s, s.ops, b, root)) == "name_taken");
  CHECK(
      s.call("update_group", System::as(s.ops, {{"id", b}, {"name", "C"}, {"parentId", root}})).has_value());
  CHECK(s.call("update_group", System::as(s.ops, {{"id", twin}})).error().fields.at(0).field == "name");

  std::string deepest = root;
  for (int level = 2; level <= 14; ++level) deepest = s.group("Level", deepest);
  const auto tall = s.group("Tall", root), top = s.group("Top", tall);
  REQUIRE(move(s, s.ops, tall, deepest).has_value());  // levels 15 and 16
  REQUIRE(move(s, s.ops, tall, root).has_value());
  s.group("More", top);
  CHECK(field_code(move(s, s.ops, tall, deepest)) == "too_deep");
}

TEST_CASE("S5 admins move groups inside of what is theirs, and between roots operators do") {
  auto& s = system();
  const auto mine = s.group("Mine"), theirs = s.group("Theirs");
  const auto here = s.group("Here", mine), there = s.group("There", mine), site = s.group("Site", here);
  const auto hers = s.group("Hers", theirs);
  const auto admin = s.user("admin@mine.example", "admin", mine);
  const auto of_here = s.user("here@mine.example", "admin", here);
  const auto technician = s.user("tech@mine.example", "technician", mine);
  const auto both = s.user("both@mine.example", "admin", mine);
  s.must("update_user", System::as(s.ops, {{"id", both}, {"groupIds", {mine, theirs}}}));
  CHECK(field_code(move(s, admin, site, hers)) == "unknown");
  CHECK(move(s, admin, hers, mine).error().code == core::ErrorCode::not_found);
  CHECK(field_code(move(s, admin, site, nullptr)) == "required");
  CHECK(field_code(move(s, of_here, here, there)) == "unknown");
  CHECK(field_code(move(s, of_here, site, there)) == "unknown");
  CHECK(move(s, technician, site, there).error().code == core::ErrorCode::not_found);
  CHECK(field_code(move(s, both, site, hers)) == "not_allowed");
  CHECK(move(s, admin, site, there).has_value());
  // Whoever has a group of their own only takes it from nobody.
  const auto of_site = s.user("site@mine.example", "admin", site);
  s.must("update_user", System::as(s.ops, {{"id", of_site}, {"groupIds", {site, here}}}));
  CHECK(field_code(move(s, of_site, site, here)) == "not_allowed");
  CHECK(move(s, s.ops, site, hers).has_value());
  CHECK(move(s, s.ops, site, nullptr).has_value());
}

TEST_CASE("S21 the devices of a large group are told page by page, each once, with revisions that grow") {
  auto& s = system();
  const auto site = s.group("Site", s.group("Large region"));
  std::string csv = "serial,group,model\n";
  for (int i = 0; i < 450; ++i) csv += "LARGE-" + std::to_string(i) + ",Large region/Site,kd-30\n";
  const auto made = s.devices(s.recipe(), csv);
  std::mutex mutex;
  std::map<std::string, int> told;
  std::int64_t newest = 0;
  bool grows = true;
  const testing::Listening listening(*s.gateway, "registry/devices/+", [&](const bus::Message& message) {
    const auto event = contracts::decode_device_event(std::string_view(message.payload));
    if (!event || event->event != "changed" || event->serial.find("LARGE-") != 0) return;
    const std::lock_guard lock(mutex);
    ++told[event->serial];
    grows = grows && event->revision > newest;
    newest = event->revision;
  });
  const auto target = s.group("Large target");
  REQUIRE(move(s, s.ops, site, target).has_value());
  CHECK(eventually(
      [&] {
        const std::lock_guard lock(mutex);
        return told.size() == made.size();
      },
      20s));
  const std::lock_guard lock(mutex);
  CHECK(grows);
  for (const auto& [serial, times] : told) CHECK(times == 1);
}

TEST_CASE("S5 the ledger is searched by serial and by who acted, and finds no more than the reader is told") {
  auto& s = system();
  const auto a = s.group("Search A"), b = s.group("Search B");
  const auto a_site = s.group("Site", a);
  const auto admin_a = s.user("admin@search-a.example", "admin", a);
  const auto admin_b = s.user("admin@search-b.example", "admin", b);
  const auto device = s.devices(s.recipe(), "serial,group,model\nSEARCH-1,Search A/Site,kd-30\n")[0];
  s.devices(s.recipe(), "serial\nSEARCH-10\n");
  const auto note = [&](const std::string& user, Json more) {
    Json line = {{"idempotencyKey", core::random_hex(8)},
                 {"at", core::to_iso(s.clock.now())},
                 {"act", "command.sent"},
                 {"userId", user}};
    line.update(more);
    s.must("append_ledger", line);
  };
  note(admin_a, {{"deviceId", device.id}, {"serial", device.serial}});
  note(admin_b, {{"deviceId", device.id}, {"serial", device.serial}});  // who took a foreign device, say
  note(admin_b, {{"serial", "SEARCH-2"}, {"detail", {{"serial", "SEARCH-1"}, {"userId", admin_a}}}});
  const auto of = [&](const std::string& user, const Json& query) {
    return acts(s.must("list_ledger", System::as(user, query)));
  };
  using Acts = std::multiset<std::string>;
  const Acts life = {"device.registered", "device.assigned", "command.sent", "command.sent"};
  CHECK(of(s.ops, {{"serial", " search-1 "}}) == life);
  CHECK(of(admin_a, {{"serial", "SEARCH-1"}}) == life);
  CHECK(of(admin_b, {{"serial", "SEARCH-1"}}).empty());
  CHECK(of(s.ops, {{"serial", "SEARCH-2"}}) == Acts{"command.sent"});
  CHECK(of(s.ops, {{"serial", "no serial!"}}).empty());
  CHECK(of(s.ops, {{"person", admin_b}}) == Acts{"command.sent", "command.sent"});
  CHECK(of(s.ops, {{"person", admin_a}, {"serial", "SEARCH-1"}}) == Acts{"command.sent"});
  CHECK(of(admin_a, {{"person", admin_a}}) == Acts{"command.sent"});
  CHECK(of(admin_a, {{"person", admin_b}}).empty());  // they read the line, and not whose it is
  CHECK(of(admin_a, {{"person", core::random_hex_id()}}).empty());
  CHECK(of(admin_a, {{"person", s.ops}, {"act", "device.assigned"}}) == Acts{"device.assigned"});
  s.must("release_device", System::as(admin_a, {{"serial", "SEARCH-1"}, {"idempotencyKey", "search"}}));
  s.must("delete_device", System::as(s.ops, {{"serial", "SEARCH-1"}, {"idempotencyKey", "search 2"}}));
  CHECK(of(s.ops, {{"serial", "SEARCH-1"}}).count("device.deleted") == 1);
}

TEST_CASE(
    "S5 S14 the ledger tells each reader what happened in their groups, of devices since they are theirs") {
  auto& s = system();
  const auto a = s.group("Book A"), b = s.group("Book B");
  const auto a_site = s.group("Site", a), b_site = s.group("Site", b);
  const auto admin_a = s.user("admin@book-a.example", "admin", a);
  const auto viewer_a = s.user("viewer@book-a.example", "viewer", a);
  const auto admin_b = s.user("admin@book-b.example", "admin", b);
  const auto device = s.devices(s.recipe(), "serial,group,model\nBOOK-1,Book A/Site,kd-30\n")[0];
  s.must("append_ledger", {{"idempotencyKey", core::random_hex(8)},
                           {"at", core::to_iso(s.clock.now())},
                           {"act", "command.sent"},
                           {"deviceId", device.id},
                           {"serial", device.serial},
                           {"userId", admin_a}});
  const auto of = [&](const std::string& user, Json query = Json::object()) {
    query["limit"] = 200;
    return s.must("list_ledger", System::as(user, query));
  };
  CHECK(acts(of(admin_a)) == std::multiset<std::string>{"group.created", "group.created", "user.created",
                                                        "user.created", "device.registered",
                                                        "device.assigned", "command.sent"});
  CHECK(acts(of(viewer_a)) ==
        std::multiset<std::string>{"device.registered", "device.assigned", "command.sent"});
  CHECK(acts(of(admin_b)) == std::multiset<std::string>{"group.created", "group.created", "user.created"});
  CHECK(acts(of(admin_a, {{"act", "command.sent"}})) == std::multiset<std::string>{"command.sent"});
  CHECK(of(admin_a, {{"act", "command.sent"}})["items"][0]["serial"] == "BOOK-1");
  CHECK(of(admin_a, {{"act", "command.sent"}})["items"][0]["actor"]["email"] == "admin@book-a.example");
  CHECK(acts(of(s.ops, {{"group", a_site}, {"act", "device.assigned"}})).size() == 1);
  CHECK(s.call("list_ledger", System::as(admin_b, {{"group", a}})).error().code ==
        core::ErrorCode::not_found);
  const auto page = s.must("list_ledger", System::as(admin_a, {{"limit", 4}}));
  CHECK(page["items"].size() == 4);
  CHECK(s.must("list_ledger", System::as(admin_a, {{"limit", 4}, {"cursor", page["nextCursor"]}}))["items"]
            .size() == 3);
  CHECK(acts(of(admin_a, {{"to", core::to_iso(s.clock.now())}})).empty());
  CHECK(acts(of(admin_a, {{"from", core::to_iso(s.clock.now() + 1ms)}})).empty());

  // The device goes to the other tenant: neither reads the other's part.
  s.clock.advance(1min);
  s.must("release_device", System::as(admin_a, {{"serial", "BOOK-1"}, {"idempotencyKey", "book"}}));
  const std::multiset<std::string> people = {"group.created", "group.created", "user.created",
                                             "user.created"};
  CHECK(acts(of(admin_a)) == people);
  s.clock.advance(1min);
  s.must("assign_device", System::as(admin_b, {{"deviceId", device.id},
                                               {"assignmentEpoch", 2},
                                               {"provisioningId", core::random_hex_id()},
                                               {"name", "N"},
                                               {"groupId", b_site},
                                               {"model", "kd-30"}}));
  CHECK(acts(of(admin_a)) == people);
  CHECK(acts(of(admin_b, {{"act", "device.assigned"}})).size() == 1);
  CHECK(acts(of(admin_b, {{"act", "command.sent"}})).empty());
  CHECK(of(admin_b).dump().find("book-a") == std::string::npos);
  CHECK(acts(of(s.ops, {{"group", a}, {"act", "device.released"}})).size() == 1);
}

TEST_CASE("S20 the ledger is exported whole and in order, for operators, and its chain can be followed") {
  auto& s = system();
  const auto admin = s.user("admin@export.example", "admin", s.group("Export"));
  CHECK(s.call("export_ledger", System::as(admin, Json::object())).error().code ==
        core::ErrorCode::not_found);
  std::string hash;
  std::int64_t seq = 0;
  for (bool more = true; more;) {
    const auto page = s.must("export_ledger", System::as(s.ops, {{"afterSeq", seq}}));
    for (const auto& item : page["items"]) {
      const std::string line = item["line"];
      const bool redacted = Json::parse(line).contains("redactedBy");  // it keeps the hash of its former text
      const std::string next = redacted ? item["hash"].get<std::string>() : core::sha256_hex(hash + line);
      hash = core::from_hex(next).value();
      CHECK(item["seq"] == ++seq);
      CHECK(item["hash"] == next);
    }
    more = page["more"];
  }
  CHECK(s.must("verify_ledger", System::as(s.ops, Json::object()))["lines"] == seq);
  const auto none = s.must("export_ledger", System::as(s.ops, {{"from", core::to_iso(s.clock.now() + 1ms)}}));
  CHECK(none["items"].empty());
  CHECK(none["more"] == false);
}

TEST_CASE("S20 an export by time has no holes, though lines are not written in the order of their times") {
  auto& s = system();
  const auto begin = s.clock.now() + 24h;
  const auto line_at = [&](std::chrono::seconds after) {
    return s
        .must("append_ledger", {{"idempotencyKey", core::random_hex(8)},
                                {"at", core::to_iso(begin + after)},
                                {"act", "test.line"}})["seq"]
        .get<std::int64_t>();
  };
  const auto exported = [&](const Json& wanted) {
    std::vector<std::int64_t> numbers;
    const auto page = s.must("export_ledger", System::as(s.ops, wanted));
    for (const auto& item : page["items"]) numbers.push_back(item["seq"]);
    return std::pair(numbers, page["throughSeq"].get<std::int64_t>());
  };
  using Numbers = std::vector<std::int64_t>;
  const auto early = line_at(0s), in_time = line_at(60s), late_writer = line_at(10s), again = line_at(70s),
             too_late = line_at(200s), last = line_at(71s);
  const Json minute = {{"from", core::to_iso(begin + 60s)}, {"to", core::to_iso(begin + 71s)}};
  CHECK(exported(minute) == std::pair(Numbers{in_time, late_writer, again}, again));
  const Json by_number = {{"afterSeq", in_time}, {"throughSeq", again}};
  CHECK(exported(by_number).first == Numbers{late_writer, again});
  CHECK(exported({{"from", core::to_iso(begin + 71s)}}).first == Numbers{too_late, last});
  CHECK(exported({{"to", core::to_iso(begin + 11s)}, {"afterSeq", early - 1}}).first ==
        Numbers{early, in_time, late_writer});
  CHECK(exported({{"from", core::to_iso(begin + 200s + 1ms)}}).first.empty());
}

TEST_CASE("S20 the ledger is verified page by page, and what was changed is found from whichever page") {
  auto& s = system();
  const std::int64_t lines = s.must("verify_ledger", System::as(s.ops, Json::object()))["lines"];
  REQUIRE(lines > 12);
  const auto pages = [&] {
    Json request = {{"limit", 5}}, verdict;
    int count = 0;
    do {
      verdict = s.must("verify_ledger", System::as(s.ops, request));
      request["cursor"] = verdict.value("nextCursor", "");
      ++count;
    } while (verdict.contains("nextCursor"));
    return std::pair(count, verdict);
  };
  const auto [count, whole] = pages();
  CHECK(count == (lines + 4) / 5);
  CHECK(whole == Json{{"lines", lines}, {"ok", true}});
  s.sql(
      "alter table registry.ledger disable trigger user; update registry.ledger set line = replace(line, "
      "'act', "
      "'acT') where seq = 8");
  CHECK(pages() == std::pair(2, Json{{"lines", lines}, {"ok", false}, {"firstBroken", 8}}));
  s.sql(
      "update registry.ledger set line = replace(line, 'acT', 'act') where seq = 8; alter table "
      "registry.ledger "
      "enable trigger user");
  const std::string zeros(64, '0');
  const auto from = [&](const std::string& cursor) {
    return s.call("verify_ledger", System::as(s.ops, {{"cursor", cursor}}));
  };
  CHECK(from("5." + zeros)->at("firstBroken") == 6);
  for (const std::string& wrong : {std::string("5"), "5." + zeros.substr(1), "x." + zeros, std::string(".")})
    CHECK(from(wrong).error().fields.at(0).field == "cursor");
}
