// SPDX-License-Identifier: Apache-2.0
#include "domain/mqtt_packets.hpp"

#include <catch2/catch.hpp>

using namespace turnkey::simulator::mqtt;
using namespace std::string_literals;

namespace {

std::optional<Packet> taken(std::string bytes) {
  bool broken = false;
  return take_packet(bytes, broken);
}

}  // namespace

TEST_CASE("CONNECT is what firmware sends, byte for byte") {
  CHECK(connect({Version::v3_1_1, "id", "key", "pw", 60}) ==
        "\x10\x17\x00\x04MQTT\x04\xc2\x00\x3c\x00\x02id\x00\x03key\x00\x02pw"s);
  CHECK(connect({Version::v5, "id", "", "", 2}) == "\x10\x0f\x00\x04MQTT\x05\x02\x00\x02\x00\x00\x02id"s);
  CHECK(connect({Version::v5, "id", "", "", 2, false}) ==
        "\x10\x14\x00\x04MQTT\x05\x00\x00\x02\x05\x11\x00\x00\x0e\x10\x00\x02id"s);
}

TEST_CASE("PUBLISH and SUBSCRIBE carry their properties in MQTT 5 alone") {
  CHECK(publish(Version::v3_1_1, {"a/b", "x", 1, true, 7}) == "\x33\x08\x00\x03"s + "a/b\x00\x07x"s);
  CHECK(publish(Version::v5, {"a/b", "x", 0, false, 0}) == "\x30\x07\x00\x03"s + "a/b\x00x"s);
  CHECK(subscribe(Version::v3_1_1, 1, "#", 1) == "\x82\x06\x00\x01\x00\x01#\x01"s);
  CHECK(subscribe(Version::v5, 1, "#", 0) == "\x82\x07\x00\x01\x00\x00\x01#\x00"s);
}

TEST_CASE("answers are read with their codes, and only those to this packet") {
  CHECK(read_connack(*taken("\x20\x02\x01\x05"s))->code == 5);
  CHECK(read_connack(*taken("\x20\x02\x01\x05"s))->session_present);
  CHECK(read_puback(*taken("\x40\x02\x00\x07"s), 7) == 0);
  CHECK(read_puback(*taken("\x40\x03\x00\x07\x87"s), 7) == 0x87);
  CHECK_FALSE(read_puback(*taken("\x40\x02\x00\x08"s), 7));
  CHECK(read_suback(*taken("\x90\x04\x00\x01\x00\x87"s), Version::v5, 1) == 0x87);
  CHECK(read_suback(*taken("\x90\x03\x00\x01\x01"s), Version::v3_1_1, 1) == 1);
  const auto sent = read_publish(*taken(publish(Version::v5, {"a/b", "x", 1, true, 7})), Version::v5);
  REQUIRE(sent);
  CHECK(sent->topic == "a/b");
  CHECK(sent->payload == "x");
  CHECK(sent->id == 7);
  CHECK(sent->retain);
}

TEST_CASE("packets are taken whole, one after the other, long ones too") {
  const std::string large = publish(Version::v3_1_1, {"a", std::string(70'000, 'x'), 0, false, 0});
  std::string bytes;
  bool broken = false;
  for (std::size_t at = 0; at < large.size(); at += 1000) {
    CHECK_FALSE(take_packet(bytes, broken));
    bytes += large.substr(at, 1000);
  }
  bytes += ping();
  CHECK(take_packet(bytes, broken)->body.size() == 70'003);
  CHECK(take_packet(bytes, broken)->type == 12);
  CHECK(bytes.empty());
}

TEST_CASE("S15 packets that are none, cut or far too long harm nobody") {
  bool broken = false;
  for (std::string endless : {"\x30\xff\xff\xff\xff\xff"s, "\x30\xff\xff\xff\x7f"s}) {
    broken = false;
    CHECK_FALSE(take_packet(endless, broken));
    CHECK(broken);
  }
  for (const std::string& odd : {"\x20\x00"s, "\x20\x01\x00"s, "\x40\x01\x00"s, "\x90\x02\x00\x01"s,
                                 "\x30\x02\xff\xff"s, "\x32\x03\x00\x01"s + "a"}) {
    const auto packet = taken(odd);
    REQUIRE(packet);
    CHECK_FALSE(read_connack(*packet));
    CHECK_FALSE(read_puback(*packet, 1));
    CHECK_FALSE(read_suback(*packet, Version::v5, 1));
    CHECK_FALSE(read_publish(*packet, Version::v5));
  }
}

TEST_CASE("the broker's side reads what the device's side writes") {
  for (const auto version : {Version::v3_1_1, Version::v5}) {
    const auto got = read_connect(*taken(connect({version, "id", "key", "pw", 60, false})));
    REQUIRE(got);
    CHECK(got->version == version);
    CHECK(got->client_id == "id");
    CHECK(got->user_name == "key");
    CHECK(got->password == "pw");
    CHECK(got->keep_alive_s == 60);
    CHECK_FALSE(got->clean);
    const auto wanted = read_subscribe(*taken(subscribe(version, 3, "a/+", 1)), version);
    REQUIRE(wanted);
    CHECK(wanted->filters == std::vector<std::pair<std::string, int>>{{"a/+", 1}});
    CHECK(read_suback(*taken(suback(version, *wanted)), version, 3) == 1);
    CHECK(read_connack(*taken(connack(version, 5)))->code == 5);
  }
  CHECK_FALSE(read_connect(*taken("\x10\x04\x00\x04MQ"s)));
}

TEST_CASE("of a SUBSCRIBE every filter is read, and each gets its code") {
  const auto wanted = read_subscribe(*taken("\x82\x0b\x00\x05\x00\x02"
                                            "ab\x01\x00\x01#\x00"s),
                                     Version::v3_1_1);
  REQUIRE(wanted);
  CHECK(wanted->filters == std::vector<std::pair<std::string, int>>{{"ab", 1}, {"#", 0}});
  CHECK(taken(suback(Version::v3_1_1, *wanted))->body == "\x00\x05\x01\x00"s);
  CHECK_FALSE(read_subscribe(*taken("\x82\x02\x00\x05"s), Version::v3_1_1));
}
