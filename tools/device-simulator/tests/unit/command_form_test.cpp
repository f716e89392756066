// SPDX-License-Identifier: Apache-2.0
#include "domain/command_form.hpp"

#include <catch2/catch.hpp>

using turnkey::simulator::fault_of_command;

TEST_CASE("a command has a name, perhaps a payload, and a time with milliseconds") {
  CHECK(fault_of_command(R"({"name":"start","time":{"$date":"2026-11-22T21:48:05.130Z"}})") == "");
  CHECK(fault_of_command(R"({"name":"x","payload":[1,null],"time":{"$date":"2026-11-22T21:48:05.000Z"}})") ==
        "");
}

TEST_CASE("S15 what firmware could not read is named") {
  for (const char* time : {"2026-11-22T21:48:05Z", "2026-11-22T21:48:05.1Z", "2026-11-22T21:48:05.130+00:00",
                           "2026-11-22 21:48:05.130Z", "yesterday", ""}) {
    const std::string payload = std::string(R"({"name":"x","time":{"$date":")") + time + "\"}}";
    CHECK(fault_of_command(payload).find("milliseconds") != std::string::npos);
  }
  for (const char* payload :
       {"", "x", "[]", "{}", R"({"name":"x"})", R"({"name":"","time":{"$date":"2026-11-22T21:48:05.130Z"}})",
        R"({"name":"x","time":1790000000000})", R"({"name":4,"time":{}})",
        R"({"name":"x","more":1,"time":{"$date":"2026-11-22T21:48:05.130Z"}})"})
    CHECK(fault_of_command(payload) != "");
}
