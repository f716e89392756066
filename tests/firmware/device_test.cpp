// SPDX-License-Identifier: Apache-2.0
// The example firmware on a platform of this test's own: its clock stands until it is told to go, and the
// test plays the broker.
#include <catch2/catch.hpp>
#include <deque>
#include <string>

#include "device.h"
#include "platform.h"

using namespace std::string_literals;

namespace {

struct Platform {
  std::uint32_t now_ms = 0xFFFFFFFF - 100'000;  // so that it goes round in every longer test
  std::int64_t clock_ms = 0;                    // 0: no clock
  bool reachable = true;
  bool connected = false;
  std::string sent{};
  std::string to_come{};
};
Platform platform;
std::vector<std::string> commands;

std::string packet(char first, const std::string& body) {
  std::string length;
  std::size_t left = body.size();
  do {
    length += static_cast<char>((left % 128) | (left > 127 ? 128 : 0));
    left /= 128;
  } while (left > 0);
  return first + length + body;
}
std::string field(const std::string& text) {
  return std::string{static_cast<char>(text.size() >> 8), static_cast<char>(text.size())} + text;
}
std::string number(int id) { return {static_cast<char>(id >> 8), static_cast<char>(id)}; }

const std::string kId = "5f00000000000000000000aa";

struct Started {
  Started() {
    platform = {};
    commands.clear();
    const device_settings settings{"broker",    8883,
                                   kId.c_str(), "key",
                                   "secret",    [](const char* name, json) {
                                     commands.emplace_back(name); }};
    device_begin(&device, &settings);
  }
  // So long, in steps as a loop would make them; what it sends meanwhile.
  std::string go(std::uint32_t ms) {
    platform.sent.clear();
    for (std::uint32_t passed = 0; passed < ms; passed += 100) {
      platform.now_ms += 100;
      if (platform.clock_ms != 0) platform.clock_ms += 100;
      device_step(&device);
    }
    return platform.sent;
  }
  std::string answer(const std::string& bytes, std::uint32_t ms = 100) {
    platform.to_come += bytes;
    return go(ms);
  }
  void come_online() {
    for (int i = 0; i < 700 && !platform.connected; ++i) go(100);
    REQUIRE(platform.connected);
    answer(packet('\x20', "\x00\x00"s));
    answer(packet('\x90', number(device.last_id) + "\x01"));  // good enough while nothing waits
    REQUIRE(device.phase == DEVICE_ONLINE);
  }
  void lose_connection() {
    platform.connected = false;
    go(100);
    REQUIRE(device.phase == DEVICE_AWAY);
  }
  void say(const std::string& payload, int id = 1) {
    answer(packet('\x32', field("devices/" + kId + "/command") + number(id) + payload), 1000);
  }
  static std::string report(const std::string& payload, int id, bool again = false) {
    return packet(again ? '\x3a' : '\x32', field("devices/" + kId + "/state") + number(id) + payload);
  }
  struct device device;
};

}  // namespace

bool platform_connect(const char*, std::uint16_t) { return platform.connected = platform.reachable; }
void platform_close(void) {
  platform.connected = false;
  platform.to_come.clear();
}
bool platform_send(const std::uint8_t* bytes, std::size_t size) {
  platform.sent.append(reinterpret_cast<const char*>(bytes), size);
  return platform.connected;
}
int platform_receive(std::uint8_t* bytes, std::size_t room) {
  if (!platform.connected) return -1;
  const std::size_t size = platform.to_come.copy(reinterpret_cast<char*>(bytes), room);
  platform.to_come.erase(0, size);
  return static_cast<int>(size);
}
std::uint32_t platform_ms(void) { return platform.now_ms; }
std::int64_t platform_clock_ms(void) { return platform.clock_ms; }
std::uint32_t platform_random(void) { return 0; }

TEST_CASE_METHOD(Started, "example firmware: it logs in keeping its session, then subscribes at QoS 1") {
  CHECK(go(100) ==
        packet('\x10', field("MQTT") + "\x04\xc0\x00\x3c"s + field(kId) + field("key") + field("secret")));
  CHECK(answer(packet('\x20', "\x00\x00"s)) ==
        packet('\x82', number(1) + field("devices/" + kId + "/command") + "\x01"));
}

TEST_CASE_METHOD(Started,
                 "example firmware: without a clock a report that waited tells its age, with one its time") {
  platform.reachable = false;
  device_report(&device, R"({"rpm":1})");
  go(5000);
  platform.reachable = true;
  for (int i = 0; i < 100 && !platform.connected; ++i) go(100);
  const std::uint32_t age = 5000 + platform.now_ms - (0xFFFFFFFF - 100'000 + 5000);
  const std::string sent = answer(packet('\x20', "\x00\x00"s));
  CHECK(sent.find(R"({"data":{"rpm":1},"time":-)" + std::to_string(age + 100) + "}") != std::string::npos);
  platform.clock_ms = 1'764'000'000'000;
  CHECK(device_report(&device, R"({"rpm":2})"));
  CHECK(go(100) == report(R"({"data":{"rpm":2},"time":1764000000000})", 3));
}

TEST_CASE_METHOD(
    Started,
    "example firmware: a new report needs no time where no clock is known, and a press never has one") {
  come_online();
  device_report(&device, R"({"rpm":1})");
  CHECK(go(100) == report(R"({"data":{"rpm":1}})", 2));
  platform.clock_ms = 1'764'000'000'000;
  device_press(&device);
  CHECK(go(100) == report(R"({"data":{"register_button":true}})", 3));
}

TEST_CASE_METHOD(Started,
                 "example firmware: what was not acknowledged goes out again first, the same to the byte, "
                 "marked as such") {
  platform.clock_ms = 1'764'000'000'000;
  come_online();
  device_report(&device, R"({"rpm":1})");
  device_report(&device, R"({"rpm":2})");
  const std::int64_t made = platform.clock_ms;
  go(100);
  answer(packet('\x40', number(3)));  // the second one
  lose_connection();
  device_press(&device);
  for (int i = 0; i < 700 && !platform.connected; ++i) go(100);
  const std::string sent = answer(packet('\x20', "\x01\x00"s));
  const std::string payload = R"({"data":{"rpm":1},"time":)" + std::to_string(made) + "}";
  CHECK(sent.find(report(payload, 2, true) + report(R"({"data":{"register_button":true}})", 5)) !=
        std::string::npos);
  CHECK(sent.find("\"rpm\":2") == std::string::npos);
}

TEST_CASE_METHOD(
    Started, "example firmware: what goes out again with a time that it had not is not marked as the same") {
  come_online();
  device_report(&device, R"({"rpm":1})");
  CHECK(go(100) == report(R"({"data":{"rpm":1}})", 2));
  platform.clock_ms = 1'764'000'000'000;
  lose_connection();
  const auto first_byte = [&] {
    for (int i = 0; i < 700 && !platform.connected; ++i) go(100);
    const std::string sent = answer(packet('\x20', "\x01\x00"s));
    REQUIRE(sent.find(R"({"data":{"rpm":1},"time":17)") != std::string::npos);
    return sent.at(sent.find(field("devices/" + kId + "/state")) - 2);
  };
  CHECK(first_byte() == '\x32');
  lose_connection();
  CHECK(first_byte() == '\x3a');
}

TEST_CASE_METHOD(Started,
                 "example firmware: no more than eight reports are in flight, and the others follow") {
  come_online();
  for (int i = 0; i < 10; ++i) device_report(&device, R"({"rpm":1})");
  go(100);
  CHECK(device.ring.sent == TURNKEY_IN_FLIGHT);
  answer(packet('\x40', number(2)) + packet('\x40', number(3)));
  CHECK(device.ring.sent == TURNKEY_IN_FLIGHT);
  CHECK(device.ring.count == TURNKEY_IN_FLIGHT);
}

TEST_CASE_METHOD(Started,
                 "example firmware: a broker that acknowledges nothing, or does not answer a ping, is left") {
  come_online();
  device_report(&device, R"({"rpm":1})");
  go(TURNKEY_ANSWER_MS);
  CHECK(device.phase == DEVICE_ONLINE);
  go(200);
  CHECK(device.phase == DEVICE_AWAY);
  come_online();
  answer(packet('\x40', number(2)));
  CHECK(go(TURNKEY_QUIET_MS + 100) == "\xc0\x00"s);
  answer("\xd0\x00"s);
  CHECK(go(TURNKEY_QUIET_MS + 100) == "\xc0\x00"s);
  go(TURNKEY_ANSWER_MS + 200);
  CHECK(device.phase != DEVICE_ONLINE);
}

TEST_CASE_METHOD(Started, "example firmware: pauses begin anew only after a connection that lasted") {
  for (int round = 0; round < 3; ++round) {
    come_online();
    lose_connection();
    CHECK(device.pause_ms == 500u << round);
  }
  come_online();
  for (std::uint32_t passed = 0; passed < TURNKEY_SETTLED_MS; passed += 10'000) {
    go(10'000);
    if (device.asked) answer("\xd0\x00"s);
  }
  lose_connection();
  CHECK(device.pause_ms == 500);
}

TEST_CASE_METHOD(Started, "example firmware: a command that is too large is acknowledged and passed over") {
  come_online();
  say(R"({"name":"start","payload":")" + std::string(5000, 'x') + R"(","time":{"$date":"1"}})", 0x0102);
  CHECK(platform.sent == "\x40\x02\x01\x02"s);
  go(5000);
  CHECK(commands.empty());
  say(R"({"name":"stop","time":{"$date":"2"}})");
  CHECK(commands == std::vector<std::string>{"stop"});
}

TEST_CASE_METHOD(Started,
                 "example firmware: a command that comes twice is obeyed once; another one of the same "
                 "moment is another") {
  come_online();
  for (const char* name : {"start", "start", "stop", "start"})
    say(R"({"name":")"s + name + R"(","payload":null,"time":{"$date":"2026-11-22T21:48:05.130Z"}})");
  CHECK(commands == std::vector<std::string>{"start", "stop", "start"});
}

TEST_CASE_METHOD(
    Started,
    "example firmware: bytes that are no MQTT, or no answer to what it asked, end the connection [S15]") {
  for (const std::string& bytes :
       {"\x32\xff\xff\xff\xff\x01"s, packet('\x36', std::string(40, '\0')), packet('\x32', "\xff"s),
        packet('\x32', "\xff\xff"s), packet('\x40', "x"s), packet('\x20', "\x00\x00"s), packet('\xf0', "")}) {
    come_online();
    answer(bytes);
    CHECK(device.phase == DEVICE_AWAY);
    go(60'000);
  }
  CHECK(commands.empty());
}
