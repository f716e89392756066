// SPDX-License-Identifier: Apache-2.0
// The parts of the example firmware that touch nothing.
#include <catch2/catch.hpp>
#include <cstring>
#include <set>
#include <string>

#include "backoff.h"
#include "json.h"
#include "light.h"
#include "mqtt.h"
#include "report.h"
#include "ring.h"

namespace {

json as_json(const std::string& of) { return {of.data(), of.size()}; }

// The value of a member as it is written; "-" when there is none.
std::string member(const std::string& object, const char* name) {
  json value{};
  return json_member(as_json(object), name, &value) ? std::string(value.at, value.size) : "-";
}

std::string told(report& of) {
  const char* json = report_end(&of);
  return json == nullptr ? "-" : json;
}

kept* add(ring& ring, int number, bool press = false, std::uint32_t made_ms = 0) {
  kept* added = ring_add(&ring, std::to_string(number).c_str());
  added->id = static_cast<std::uint16_t>(number);
  added->press = press;
  added->made_ms = made_ms;
  return added;
}

std::string all_of(ring& ring) {
  std::string all;
  for (std::uint8_t i = 0; i < ring.count; ++i)
    all += (i == 0 ? "" : " ") + std::string(ring_at(&ring, i)->data);
  return all;
}

}  // namespace

TEST_CASE("example firmware: a report's data is JSON, whatever is in it") {
  report data;
  report_begin(&data);
  report_number(&data, "rpm", -2147483647 - 1);
  report_decimal(&data, "volts", 1304, 2);
  report_decimal(&data, "bar", -5, 1);
  report_truth(&data, "on", true);
  report_text(&data, "note", "a \"b\" \\ \n");
  CHECK(told(data) == R"({"rpm":-2147483648,"volts":13.04,"bar":-0.5,"on":true,"note":"a \"b\" \\  "})");
}

TEST_CASE("example firmware: what does not fit is no report, and neither is an empty one") {
  report data;
  report_begin(&data);
  CHECK(told(data) == "-");
  report_begin(&data);
  report_text(&data, "note", std::string(TURNKEY_DATA_BYTES - 12, 'x').c_str());
  CHECK(told(data).size() == TURNKEY_DATA_BYTES - 1);
  report_begin(&data);
  report_text(&data, "note", std::string(TURNKEY_DATA_BYTES - 11, 'x').c_str());
  CHECK(told(data) == "-");
}

TEST_CASE("example firmware: members of a command are found by their own name at their own depth") {
  const std::string command =
      R"({"x":{"name":"inner"}, "payload" : [1,{"name":"}"},"\"{"] , "name":"start","time":{"$date":"now"},"n":12})";
  CHECK(member(command, "name") == R"("start")");
  CHECK(member(command, "payload") == R"([1,{"name":"}"},"\"{"])");
  CHECK(member(command, "time") == R"({"$date":"now"})");
  CHECK(member(command, "n") == "12");
  CHECK(member(command, "$date") == "-");
}

TEST_CASE("example firmware: whatever ends a command early or breaks it is survived [S15]") {
  const std::string command = R"({"name":"st\"art","payload":{"times":3},"time":{"$date":"x"}})";
  for (std::size_t size = 0; size < command.size(); ++size) {
    // On the heap and of that size, so that a sanitizer sees who reads on.
    const std::vector<char> cut(command.begin(), command.begin() + static_cast<std::ptrdiff_t>(size));
    json value{};
    CHECK_FALSE(json_member({cut.data(), cut.size()}, "nothing", &value));
  }
  for (const char* broken : {"", "[]", "{", "{\"", "{\"name", "{\"name\"", "{\"name\":", "{\"name\":}",
                             "{\"name\" 1}", "{]", "{\"\\"})
    CHECK(member(broken, "name") == "-");
}

TEST_CASE("example firmware: whole numbers and texts are read, others are not") {
  std::int32_t number = 0;
  CHECK((json_whole(as_json("-20"), &number) && number == -20));
  for (const char* no : {"", "-", "1.5", "1e3", "\"1\"", "9999999999", "true"})
    CHECK_FALSE(json_whole(as_json(no), &number));
  char out[4];
  CHECK((json_text(as_json("\"abc\""), out, sizeof out) && std::string(out) == "abc"));
  for (const char* no : {"", "\"", "abc", "\"abcd\""}) CHECK_FALSE(json_text(as_json(no), out, sizeof out));
}

TEST_CASE(
    "example firmware: the light is dark first, can be counted, and stays dark when the clock has gone "
    "round") {
  light light{};
  const std::uint32_t begin = 0xFFFFFFFF - 2000;  // so that it goes round meanwhile
  light_blink(&light, 3, begin);
  const auto on = [&](std::uint32_t after) { return light_on(&light, begin + after); };
  CHECK_FALSE(on(1499));
  for (std::uint32_t flash = 0; flash < 3; ++flash) {
    CHECK(on(1500 + flash * 1400));
    CHECK(on(1500 + flash * 1400 + 699));
    CHECK_FALSE(on(1500 + flash * 1400 + 700));
  }
  CHECK_FALSE(on(1500 + 3 * 1400));
  CHECK_FALSE(on(1500));
}

TEST_CASE(
    "example firmware: pauses grow to a minute, after a refused login to an hour, and differ by chance") {
  // From half of 1, 2, 4 ... s to one and a half of it: the shortest and the longest by chance.
  const auto pauses = [](bool refused, std::uint32_t failures) {
    backoff first{static_cast<std::uint8_t>(failures)};
    backoff second = first;
    const std::uint32_t least = backoff_pause_ms(&first, refused, 0);
    return std::pair(least, backoff_pause_ms(&second, refused, 2 * least));
  };
  CHECK(pauses(false, 0) == std::pair(500u, 1500u));
  CHECK(pauses(false, 2) == std::pair(2000u, 6000u));
  CHECK(pauses(false, 12) == std::pair(20'000u, 60'000u));
  CHECK(pauses(true, 12) == std::pair(1'200'000u, 3'600'000u));
  backoff at{};
  for (int i = 0; i < 300; ++i) CHECK(backoff_pause_ms(&at, true, 0xFFFFFFFF) <= 3'600'000);
}

TEST_CASE("example firmware: kept reports leave in their order, whatever order their acknowledgements have") {
  ring ring{};
  for (int i = 1; i <= 4; ++i) add(ring, i);
  ring.sent = 3;
  CHECK(ring_acknowledge(&ring, 2));
  CHECK(all_of(ring) == "1 2 3 4");
  CHECK(ring_acknowledge(&ring, 1));
  CHECK(all_of(ring) == "3 4");
  CHECK(ring.sent == 1);
  CHECK_FALSE(ring_acknowledge(&ring, 4));  // it was not sent
  CHECK(all_of(ring) == "3 4");
}

TEST_CASE("example firmware: when there is no room the oldest that was not sent goes, and is counted") {
  ring ring{};
  for (int i = 1; i <= TURNKEY_KEPT_REPORTS; ++i) add(ring, i);
  ring.sent = 2;
  add(ring, 100);
  add(ring, 101);
  CHECK(ring.count == TURNKEY_KEPT_REPORTS);
  CHECK(ring.lost == 2);
  CHECK(all_of(ring).rfind("1 2 5 6", 0) == 0);
  CHECK(std::string(ring_at(&ring, TURNKEY_KEPT_REPORTS - 1)->data) == "101");
  CHECK(ring_add(&ring, std::string(TURNKEY_DATA_BYTES, 'x').c_str()) == nullptr);
}

TEST_CASE("example firmware: a press that could not be told for a minute is forgotten, sent or not [S8]") {
  ring ring{};
  add(ring, 1, true, 1000);
  add(ring, 2);
  add(ring, 3, true, 2000);
  ring.sent = 2;
  CHECK(ring_acknowledge(&ring, 2));
  ring_forget_old_presses(&ring, 1000 + TURNKEY_PRESS_MS - 1);
  CHECK(all_of(ring) == "1 2 3");
  ring_forget_old_presses(&ring, 1000 + TURNKEY_PRESS_MS);
  CHECK(all_of(ring) == "3");  // 2 was acknowledged, and only waited for 1
  CHECK(ring.sent == 0);
}

TEST_CASE("example firmware: MQTT packets are written whole or not at all") {
  std::uint8_t out[64];
  const std::string payload(20, 'x');
  const mqtt_publication it{"t", payload.data(), 1, payload.size(), 7, true};
  const std::size_t size = mqtt_publish(out, sizeof out, &it);
  CHECK(std::string(out, out + size) == std::string("\x3a\x19\x00\x01t\x00\x07", 7) + payload);
  CHECK(mqtt_publish(out, size - 1, &it) == 0);
  const std::string large(200, 'x');
  std::uint8_t room[256];
  const mqtt_publication second{"t", large.data(), 1, large.size(), 0, false};
  CHECK(mqtt_publish(room, sizeof room, &second) == 206);
  CHECK(std::string(room, room + 3) == "\x30\xcb\x01");
}

TEST_CASE(
    "example firmware: the length of a packet is read to its last byte, and no further than MQTT allows") {
  mqtt_head head{};
  const std::uint8_t large[] = {0x32, 0xFF, 0xFF, 0xFF, 0x7F};
  for (std::size_t size = 0; size < sizeof large; ++size)
    CHECK(mqtt_read_head(large, size, &head) == MQTT_MORE);
  CHECK(mqtt_read_head(large, sizeof large, &head) == MQTT_READ);
  CHECK(head.end == 5 + 268'435'455);
  const std::uint8_t nonsense[] = {0x32, 0xFF, 0xFF, 0xFF, 0xFF, 0x01};
  CHECK(mqtt_read_head(nonsense, sizeof nonsense, &head) == MQTT_NONSENSE);
}
