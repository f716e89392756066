// SPDX-License-Identifier: Apache-2.0
// The packets of MQTT 3.1.1 and 5 that a check of a broker needs, byte by byte: a library would hide the
// codes that are looked at, and connect again where the end of a connection is the answer. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace turnkey::simulator::mqtt {

enum class Version { v3_1_1 = 4, v5 = 5 };

struct Connect {
  Version version = Version::v5;
  std::string client_id;
  std::string user_name;  // "": neither user name nor password
  std::string password;
  std::uint16_t keep_alive_s = 30;
  bool clean = true;  // false: a session that is kept for an hour
};

std::string connect(const Connect& wanted);
std::string subscribe(Version version, std::uint16_t id, std::string_view filter, int qos);
struct Publish {
  std::string topic;
  std::string payload;
  int qos = 0;
  bool retain = false;
  std::uint16_t id = 0;  // of QoS 1
};
std::string publish(Version version, const Publish& wanted);
std::string puback(std::uint16_t id);
std::string ping();
std::string disconnect();

struct Packet {
  int type = 0;  // 2 CONNACK, 3 PUBLISH, 4 PUBACK, 9 SUBACK, 13 PINGRESP, 14 DISCONNECT
  int flags = 0;
  std::string body;
};
inline constexpr int kConnect = 1, kSubscribe = 8, kPing = 12, kDisconnect = 14;  // of clients
inline constexpr int kConnack = 2, kPublish = 3, kPuback = 4, kSuback = 9, kPingresp = 13;

// Takes the first whole packet out of `bytes`. Nothing: more is needed. A packet of more than 1 MiB, or a
// length that is none, empties `bytes` and sets `broken`.
std::optional<Packet> take_packet(std::string& bytes, bool& broken);

struct Connack {
  bool session_present = false;
  int code = -1;
};
std::optional<Connack> read_connack(const Packet& packet);
// Of PUBACK (0 when it has none) and of SUBACK's first filter.
std::optional<int> read_puback(const Packet& packet, std::uint16_t id);
std::optional<int> read_suback(const Packet& packet, Version version, std::uint16_t id);
std::optional<Publish> read_publish(const Packet& packet, Version version);

// The broker's side.
std::optional<Connect> read_connect(const Packet& packet);
struct Subscribe {
  std::uint16_t id = 0;
  std::vector<std::pair<std::string, int>> filters{};  // with the QoS that is asked for; one at least
};
std::optional<Subscribe> read_subscribe(const Packet& packet, Version version);
std::string connack(Version version, int code);
std::string suback(Version version, const Subscribe& granted);
std::string pong();

}  // namespace turnkey::simulator::mqtt
