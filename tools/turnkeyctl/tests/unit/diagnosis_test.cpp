// SPDX-License-Identifier: Apache-2.0
#include "domain/diagnosis.hpp"

#include <catch2/catch.hpp>

using namespace turnkey;
using namespace turnkey::ctl;
using namespace std::chrono_literals;
using contracts::Json;

namespace {

constexpr const char* kAt = "2026-11-22T21:48:05.130Z";
const core::Timestamp kNow = *core::from_iso(kAt);
const core::Millis kMoment{1};

Json service(const std::string& name) {
  return {{"service", name}, {"instance", "1"},        {"version", "0.1.0"},
          {"time", kAt},     {"down", Json::object()}, {"unsafe", Json::array()}};
}

Json health_where_all_is_well() {
  Json registry = service("registry");
  registry["database"] = {
      {"bytes", 812646400}, {"connections", 31}, {"mostConnections", 100}, {"roundTrip_ms", 1}};
  registry["outbox"] = {{"entries", 0}};
  Json ingest = service("telemetry-ingest");
  ingest["spool"] = {{"bytes", 10}, {"limitBytes", 100}, {"freeBytes", 50}, {"totalBytes", 100}};
  ingest["reports"] = {{"behind_s", 0}, {"keptBack", 0}};
  return {{"at", kAt},
          {"services", {service("experience-gateway"), registry, service("provisioning"), ingest}},
          {"broker",
           {{"bootId", "b"},
            {"at", kAt},
            {"database", true},
            {"devicesConnected", 812},
            {"credentials", 900},
            {"journal",
             {{"bytes", 1},
              {"limitBytes", 100},
              {"unacknowledged", 0},
              {"freeBytes", 50},
              {"totalBytes", 100}}}}},
          {"backup", {{"watched", true}, {"completedAt", "2026-11-22T02:00:09.000Z"}}}};
}

Findings judged(const Json& health) { return judge_health(health, "0.1.0"); }

// Of everything that is not well.
std::string told(const Findings& findings) {
  std::string text;
  for (const auto& one : findings) {
    if (one.verdict == Verdict::well) continue;
    CHECK_FALSE(one.advice.empty());
    text += std::string(to_string(one.verdict)) + " " + one.part + ": " + one.what + "\n";
  }
  return text;
}

std::string told_with(const std::string& pointer, const Json& value) {
  Json health = health_where_all_is_well();
  health[Json::json_pointer(pointer)] = value;
  return told(judged(health));
}

Verdict certificate_with(core::Millis left) {
  return judge_certificate("web certificate", {"", kNow + left}, kNow).verdict;
}

}  // namespace

TEST_CASE("an installation where all is well has a good word for every part and no advice") {
  const auto findings = judged(health_where_all_is_well());
  CHECK(told(findings) == "");
  CHECK_FALSE(anything_wrong(findings));
  std::vector<std::string> parts;
  for (const auto& one : findings) {
    parts.push_back(one.part);
    CHECK(one.advice.empty());
  }
  CHECK(parts == std::vector<std::string>{"experience-gateway", "registry", "provisioning",
                                          "telemetry-ingest", "broker", "backup"});
}

TEST_CASE("a certificate is a note in its last three weeks, and wrong in its last week or without trust") {
  CHECK(certificate_with(21 * 24h) == Verdict::well);
  CHECK(certificate_with(21 * 24h - kMoment) == Verdict::note);
  CHECK(certificate_with(7 * 24h) == Verdict::note);
  CHECK(certificate_with(7 * 24h - kMoment) == Verdict::wrong);
  CHECK(certificate_with(kMoment) == Verdict::wrong);
  const auto ended = judge_certificate("web certificate", {"certificate has expired", kNow}, kNow);
  CHECK(ended.verdict == Verdict::wrong);
  CHECK(ended.what == "It ended at 2026-11-22T21:48:05.130Z.");
  const auto foreign = judge_certificate("web certificate", {"self-signed certificate", kNow + 9000h}, kNow);
  CHECK(foreign.verdict == Verdict::wrong);
  CHECK(foreign.what.find("self-signed certificate") != std::string::npos);
}

TEST_CASE("clocks may be five seconds apart, and more than thirty are wrong, whichever is ahead") {
  for (const int sign : {1, -1}) {
    CHECK(judge_clock(kNow + sign * 5s, kNow).verdict == Verdict::well);
    CHECK(judge_clock(kNow + sign * 6s, kNow).verdict == Verdict::note);
    CHECK(judge_clock(kNow + sign * 30s, kNow).verdict == Verdict::note);
    CHECK(judge_clock(kNow + sign * 31s, kNow).verdict == Verdict::wrong);
  }
}

TEST_CASE("the date of an HTTP answer is read, and nothing else is taken for one") {
  CHECK(from_http_date("Sun, 22 Nov 2026 21:48:05 GMT") == core::from_iso("2026-11-22T21:48:05Z"));
  for (const char* other :
       {"", "2026-11-22T21:48:05Z", "Sun, 22 Nov 2026 21:48:05 GMT+1", "Sun, 22 Nov 2026"})
    CHECK_FALSE(from_http_date(other));
}

TEST_CASE("S24 a broker that lets anybody in, or is none, is wrong") {
  const std::string connect = anonymous_connect();
  CHECK(static_cast<std::size_t>(connect[1]) + 2 == connect.size());
  CHECK((connect[9] & 0xC0) == 0);  // neither user name nor password
  CHECK(judge_broker_reply({"\x20\x03\x00\x87", 4}).verdict == Verdict::well);
  CHECK(judge_broker_reply({"\x20\x02\x00\x05", 4}).verdict == Verdict::well);
  CHECK(judge_broker_reply({"\x20\x03\x00\x00", 4}).what.find("anybody") != std::string::npos);
  for (const std::string& other : {std::string(), std::string("HTTP"), std::string("\x20\x03")})
    CHECK(judge_broker_reply(other).verdict == Verdict::wrong);
}

TEST_CASE("a service that does not answer, and parts that are down, are named") {
  CHECK(told_with("/services/2", {{"service", "provisioning"}, {"silent", true}}) ==
        "wrong provisioning: It does not answer over the bus.\n");
  CHECK(told_with("/services/1/down", {{"database", "The database does not answer."}}) ==
        "wrong registry: database: The database does not answer.\n");
}

TEST_CASE("a disk with less than fifteen parts in a hundred free is a note, with less than five wrong") {
  CHECK(told_with("/services/3/spool/freeBytes", 15) == "");
  CHECK(told_with("/services/3/spool/freeBytes", 14) ==
        "note telemetry-ingest: The disk of the spool has 14 % free.\n");
  CHECK(told_with("/services/3/spool/freeBytes", 4) ==
        "wrong telemetry-ingest: The disk of the spool has 4 % free.\n");
  CHECK(told_with("/broker/journal/freeBytes", 4) == "wrong broker: The disk of the journal has 4 % free.\n");
}

TEST_CASE("a spool or a journal is a note past half of what it may hold, and wrong past four fifths") {
  CHECK(told_with("/services/3/spool/bytes", 50) == "");
  CHECK(told_with("/services/3/spool/bytes", 51) ==
        "note telemetry-ingest: The disk of the spool holds 51 % of what it may.\n");
  CHECK(told_with("/broker/journal/bytes", 81) ==
        "wrong broker: The disk of the journal holds 81 % of what it may.\n");
}

TEST_CASE("reports that reach the database late, connections that run out and a slow database are told") {
  CHECK(told_with("/services/3/reports/behind_s", 59) == "");
  CHECK(told_with("/services/3/reports/behind_s", 60).starts_with("note telemetry-ingest: Reports reach"));
  CHECK(told_with("/services/3/reports/behind_s", 300).starts_with("wrong telemetry-ingest: Reports reach"));
  CHECK(told_with("/services/1/database/connections", 84) == "");
  CHECK(told_with("/services/1/database/connections", 85)
            .starts_with("wrong registry: The database has 85 of 100"));
  CHECK(told_with("/services/1/database/roundTrip_ms", 201)
            .starts_with("note registry: The database took 201 ms"));
  CHECK(told_with("/services/1/outbox/entries", 1001).starts_with("note registry: 1001 events wait"));
}

TEST_CASE("parts of two versions are a note, and so is an older turnkeyctl") {
  CHECK(told_with("/services/1/version", "0.2.0") ==
        "note registry: It is version 0.2.0, the gateway 0.1.0.\n");
  CHECK(told(judge_health(health_where_all_is_well(), "0.0.9")) ==
        "note experience-gateway: It is version 0.1.0, turnkeyctl 0.0.9.\n");
}

TEST_CASE("a service whose clock is more than five seconds off is wrong") {
  CHECK(told_with("/services/2/time", "2026-11-22T21:48:10.130Z") == "");
  CHECK(told_with("/services/2/time", "2026-11-22T21:47:05.130Z") ==
        "wrong provisioning: Its clock and the gateway's are 60 s apart.\n");
}

TEST_CASE("settings that leave something open are told; trusting every proxy is wrong") {
  CHECK(told_with("/services/1/unsafe",
                  {"mqtt_without_tls", "database_without_tls", "debug_log", "of_later"}) ==
        "note registry: It speaks to the broker of another machine without TLS.\n"
        "note registry: It speaks to the database of another machine without TLS.\n"
        "note registry: It logs everything (debug).\n");
  CHECK(told_with("/services/0/unsafe", {"every_proxy_trusted"})
            .starts_with("wrong experience-gateway: Whoever"));
}

TEST_CASE("a broker that has said nothing for half a minute is wrong, and so is one without its database") {
  CHECK(told_with("/broker/at", "2026-11-22T21:47:35.130Z") == "");
  CHECK(told_with("/broker/at", "2026-11-22T21:47:35.129Z").starts_with("wrong broker: It said last at"));
  CHECK(told_with("/broker", nullptr) == "wrong broker: It has not said how it is.\n");
  CHECK(told_with("/broker/database", false).starts_with("wrong broker: It cannot read credentials"));
}

TEST_CASE("a backup that is older than 26 hours or was never made is wrong, one that nobody watches a note") {
  CHECK(told_with("/backup/completedAt", "2026-11-21T19:48:05.130Z") == "");
  CHECK(
      told_with("/backup/completedAt", "2026-11-21T19:48:05.129Z").starts_with("wrong backup: The last one"));
  CHECK(told_with("/backup/completedAt", nullptr) == "wrong backup: None was ever made.\n");
  CHECK(told_with("/backup", {{"watched", false}}).starts_with("note backup: Nobody here knows"));
}

TEST_CASE("S15 an answer that makes no sense is a finding and harms nobody") {
  for (const Json& odd : {Json(), Json::array(), Json{{"services", 4}}, Json{{"services", Json::array()}}})
    CHECK(anything_wrong(judged(odd)));
  for (const char* part :
       {"/services/1", "/services/1/down", "/services/1/database", "/services/3/spool",
        "/services/3/spool/totalBytes", "/broker/journal", "/broker/at", "/backup", "/at"}) {
    for (const Json& odd : {Json(), Json("x"), Json(0), Json(-1), Json{1, "x"}, Json{{"freeBytes", "x"}}}) {
      INFO(part << " " << odd);
      CHECK_NOTHROW(told(judged([&] {
        Json health = health_where_all_is_well();
        health[Json::json_pointer(part)] = odd;
        return health;
      }())));
    }
  }
}
