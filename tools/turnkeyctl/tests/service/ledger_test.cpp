// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "core/hash.hpp"
#include "service/stage.hpp"

using namespace turnkey;
using namespace turnkey::ctl;
using namespace turnkey::ctl::testing;

namespace {

std::vector<std::string> written(int lines) {
  std::vector<std::string> entries;
  std::string hash;
  for (int seq = 1; seq <= lines; ++seq) {
    const std::string line = Json{{"seq", seq}, {"act", "device.registered"}}.dump();
    hash = core::from_hex(core::sha256_hex(hash + line)).value();
    entries.push_back(Json{{"seq", seq}, {"line", line}, {"hash", core::to_hex(hash)}}.dump());
  }
  return entries;
}

std::string joined(const std::vector<std::string>& entries) {
  std::string text;
  for (const auto& entry : entries) text += entry + "\n";
  return text;
}

Played verified(const std::vector<std::string>& entries, std::vector<std::string> more = {}) {
  Player player;  // signed in nowhere: the server is not needed
  write_file(player.file("ledger.ndjson"), joined(entries));
  std::vector<std::string> arguments = {"ledger", "verify", "--file", player.file("ledger.ndjson")};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return player.play(arguments);
}

}  // namespace

TEST_CASE(
    "S20 an export is verified without the server, and a change, a gap or a swap ends with exit code 3") {
  const auto whole = written(50);
  const auto good = verified(whole);
  CHECK(good.exit == 0);
  CHECK(good.out.find("Lines 1 to 50 are as they were written.") == 0);
  auto changed = whole;
  changed[29].replace(changed[29].find("registered"), 10, "assigned!!");
  auto removed = whole;
  removed.erase(removed.begin() + 29);
  auto swapped = whole;
  std::swap(swapped[29], swapped[30]);
  for (const auto& entries : {changed, removed, swapped}) {
    const auto bad = verified(entries);
    CHECK(bad.exit == 3);
    CHECK(bad.err.find("The ledger is broken at line 30 (line 30 of the file)") == 0);
    const auto json = verified(entries, {"--json"});
    CHECK(json.exit == 3);
    CHECK(Json::parse(json.err)["firstBroken"] == 30);
  }
}

TEST_CASE("S20 an end that was cut off shows against the hash of the last line") {
  auto entries = written(10);
  const std::string last = Json::parse(entries.back())["hash"];
  CHECK(verified(entries, {"--last-hash", last}).exit == 0);
  entries.pop_back();
  CHECK(verified(entries).exit == 0);
  const auto cut = verified(entries, {"--last-hash", last});
  CHECK(cut.exit == 3);
  CHECK(cut.err.find("broken at line 10") != std::string::npos);
}

TEST_CASE("a file that holds no ledger is not verified") {
  CHECK(verified({}).exit == 3);
  CHECK(verified({std::string(3'000'000, 'x')}).exit == 3);
  Player player;
  CHECK(player.play({"ledger", "verify", "--file", player.file("none")}).exit == 2);
}

TEST_CASE("S20 the server's verdict is told, and exit code 3 where a line is broken") {
  for (const bool ok : {true, false}) {
    Gateway gateway;
    Json verdict = {{"lines", 120}, {"ok", ok}};
    if (!ok) verdict["firstBroken"] = 77;
    gateway.answer("GET", "/api/ledger/verification", verdict);
    gateway.start();
    Player player;
    player.sign_in(gateway.url());
    const auto played = player.play({"ledger", "verify"});
    CHECK(played.exit == (ok ? 0 : 3));
    CHECK(played.shows(ok ? "All 120 lines" : "broken at line 77"));
  }
}

TEST_CASE("S20 a long ledger is verified page by page, to its end or to the first broken line") {
  for (const bool ok : {true, false}) {
    Gateway gateway;
    gateway.on("GET", "/api/ledger/verification",
               [ok](const http::Request& request) -> core::Result<http::Response> {
                 const auto cursor = request.query_value("cursor").value_or("");
                 if (cursor.empty())
                   return http::json_response({{"lines", 300}, {"ok", true}, {"nextCursor", "100.a"}});
                 if (cursor == "100.a")
                   return http::json_response({{"lines", 301}, {"ok", true}, {"nextCursor", "200.b"}});
                 Json last = {{"lines", 302}, {"ok", ok}};
                 if (!ok) last["firstBroken"] = 222;
                 return http::json_response(last);
               });
    gateway.start();
    Player player;
    player.sign_in(gateway.url());
    const auto played = player.play({"ledger", "verify"});
    CHECK(played.exit == (ok ? 0 : 3));
    CHECK(played.shows(ok ? "All 302 lines" : "broken at line 222"));
    CHECK(gateway.requests().size() == 3);
  }
}

TEST_CASE("an export is written to a new file, or to standard output") {
  Gateway gateway;
  const std::string text = joined(written(1000));
  gateway.on("GET", "/api/ledger/export", [text](const http::Request&) -> core::Result<http::Response> {
    return http::Response{200, text, "application/x-ndjson", {}};
  });
  gateway.start();
  Player player;
  player.sign_in(gateway.url());
  const auto file = player.file("ledger.ndjson");
  CHECK(player.play({"ledger", "export", "--from", "2026-11-01T00:00:00Z", "--output", file}).exit == 0);
  CHECK(gateway.last().query_value("from") == "2026-11-01T00:00:00Z");
  CHECK(content_of(file) == text);
  CHECK(player.play({"ledger", "export", "--output", file}).exit == 7);
  CHECK(player.play({"ledger", "export", "--output", "-"}).out == text);
  CHECK(player.play({"ledger", "verify", "--file", file}).exit == 0);
}
