// SPDX-License-Identifier: Apache-2.0
#include "domain/mqtt_packets.hpp"

namespace turnkey::simulator::mqtt {
namespace {

constexpr std::size_t kLargestPacket = 1024 * 1024;  // bytes
constexpr std::size_t kLongestLength = 4;            // bytes of a remaining length
constexpr std::uint32_t kSessionKept_s = 3600;

std::string two_bytes(std::size_t number) {
  return {static_cast<char>(number >> 8U & 0xFFU), static_cast<char>(number & 0xFFU)};
}

std::string field(std::string_view text) { return two_bytes(text.size()).append(text); }

std::string variable(std::size_t number) {
  std::string bytes;
  do {
    const std::size_t rest = number >> 7U;
    bytes.push_back(static_cast<char>((number & 0x7FU) | (rest > 0 ? 0x80U : 0U)));
    number = rest;
  } while (number > 0);
  return bytes;
}

std::string packet(int type, int flags, const std::string& body) {
  return static_cast<char>(type << 4 | flags) + variable(body.size()) + body;
}

// Reads from the front; after a read beyond the end nothing is right any more.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  std::size_t byte() {
    if (rest_.empty()) return fail();
    const auto value = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  std::size_t two() {
    const std::size_t high = byte();
    return high << 8U | byte();
  }
  std::size_t number() {
    std::size_t value = 0;
    for (unsigned shift = 0; shift < 7 * kLongestLength; shift += 7) {
      const std::size_t next = byte();
      value |= (next & 0x7FU) << shift;
      if ((next & 0x80U) == 0) return value;
    }
    return fail();
  }
  std::string text(std::size_t size) {
    if (size > rest_.size()) fail();
    const std::string taken(rest_.substr(0, size));
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::string rest() { return text(rest_.size()); }
  std::size_t left() const { return rest_.size(); }
  bool right() const { return right_; }

 private:
  std::size_t fail() {
    right_ = false;
    return 0;
  }
  std::string_view rest_;
  bool right_ = true;
};

std::string properties_of_connect(const Connect& wanted) {
  if (wanted.version != Version::v5) return {};
  if (wanted.clean) return std::string(1, '\0');
  std::string expiry = "\x11" + two_bytes(kSessionKept_s >> 16U) + two_bytes(kSessionKept_s & 0xFFFFU);
  return variable(expiry.size()) + expiry;
}

std::string no_properties(Version version) { return version == Version::v5 ? std::string(1, '\0') : ""; }

}  // namespace

std::string connect(const Connect& wanted) {
  const unsigned flags = (wanted.clean ? 0x02U : 0U) | (wanted.user_name.empty() ? 0U : 0xC0U);
  std::string body = field("MQTT");
  body.push_back(static_cast<char>(wanted.version));
  body.push_back(static_cast<char>(flags));
  body += two_bytes(wanted.keep_alive_s) + properties_of_connect(wanted) + field(wanted.client_id);
  if (!wanted.user_name.empty()) body += field(wanted.user_name) + field(wanted.password);
  return packet(1, 0, body);
}

std::string subscribe(Version version, std::uint16_t id, std::string_view filter, int qos) {
  return packet(8, 2, two_bytes(id) + no_properties(version) + field(filter) + static_cast<char>(qos));
}

std::string publish(Version version, const Publish& wanted) {
  const int flags = wanted.qos << 1 | (wanted.retain ? 1 : 0);
  const std::string id = wanted.qos > 0 ? two_bytes(wanted.id) : "";
  return packet(kPublish, flags, field(wanted.topic) + id + no_properties(version) + wanted.payload);
}

std::string puback(std::uint16_t id) { return packet(kPuback, 0, two_bytes(id)); }
std::string ping() { return packet(12, 0, ""); }
std::string disconnect() { return packet(14, 0, ""); }

std::optional<Packet> take_packet(std::string& bytes, bool& broken) {
  if (bytes.size() < 2) return std::nullopt;
  Reader in(std::string_view(bytes).substr(1));
  const std::size_t size = in.number();
  const bool whole_length = in.right();
  if ((!whole_length && bytes.size() > kLongestLength) || size > kLargestPacket) {
    broken = true;
    bytes.clear();
    return std::nullopt;
  }
  if (!whole_length || in.left() < size) return std::nullopt;
  const auto first = static_cast<unsigned char>(bytes.front());
  Packet taken{first >> 4, first & 0x0F, in.text(size)};
  bytes.erase(0, bytes.size() - in.left());
  return taken;
}

std::optional<Connack> read_connack(const Packet& packet) {
  Reader in(packet.body);
  const bool present = (in.byte() & 1U) != 0;
  const int code = static_cast<int>(in.byte());
  if (packet.type != kConnack || !in.right()) return std::nullopt;
  return Connack{present, code};
}

std::optional<int> read_puback(const Packet& packet, std::uint16_t id) {
  Reader in(packet.body);
  const bool same = in.two() == id;
  const int code = in.left() > 0 ? static_cast<int>(in.byte()) : 0;
  if (packet.type != kPuback || !in.right() || !same) return std::nullopt;
  return code;
}

std::optional<int> read_suback(const Packet& packet, Version version, std::uint16_t id) {
  Reader in(packet.body);
  const bool same = in.two() == id;
  if (version == Version::v5) in.text(in.number());
  const int code = static_cast<int>(in.byte());
  if (packet.type != kSuback || !in.right() || !same) return std::nullopt;
  return code;
}

std::optional<Publish> read_publish(const Packet& packet, Version version) {
  Reader in(packet.body);
  Publish got;
  got.qos = packet.flags >> 1 & 3;
  got.retain = (packet.flags & 1) != 0;
  got.topic = in.text(in.two());
  if (got.qos > 0) got.id = static_cast<std::uint16_t>(in.two());
  if (version == Version::v5) in.text(in.number());
  got.payload = in.rest();
  if (packet.type != kPublish || !in.right()) return std::nullopt;
  return got;
}

std::optional<Connect> read_connect(const Packet& packet) {
  Reader in(packet.body);
  Connect got;
  const bool mqtt = in.text(in.two()) == "MQTT";
  const auto level = in.byte();
  const auto flags = in.byte();
  got.keep_alive_s = static_cast<std::uint16_t>(in.two());
  got.clean = (flags & 0x02U) != 0;
  got.version = level == 5 ? Version::v5 : Version::v3_1_1;
  if (level == 5) in.text(in.number());
  got.client_id = in.text(in.two());
  if ((flags & 0x04U) != 0) {  // a last will: properties, topic, payload
    if (level == 5) in.text(in.number());
    in.text(in.two());
    in.text(in.two());
  }
  if ((flags & 0x80U) != 0) got.user_name = in.text(in.two());
  if ((flags & 0x40U) != 0) got.password = in.text(in.two());
  if (packet.type != kConnect || !mqtt || (level != 4 && level != 5) || !in.right()) return std::nullopt;
  return got;
}

std::optional<Subscribe> read_subscribe(const Packet& packet, Version version) {
  Reader in(packet.body);
  Subscribe got;
  got.id = static_cast<std::uint16_t>(in.two());
  if (version == Version::v5) in.text(in.number());
  while (in.right() && in.left() > 0) {
    auto filter = in.text(in.two());
    got.filters.emplace_back(std::move(filter), static_cast<int>(in.byte() & 3U));
  }
  if (packet.type != kSubscribe || !in.right() || got.filters.empty()) return std::nullopt;
  return got;
}

std::string connack(Version version, int code) {
  return packet(kConnack, 0, std::string(1, '\0') + static_cast<char>(code) + no_properties(version));
}

std::string suback(Version version, const Subscribe& granted) {
  std::string codes;
  for (const auto& [filter, qos] : granted.filters) codes += static_cast<char>(qos);
  return packet(kSuback, 0, two_bytes(granted.id) + no_properties(version) + codes);
}

std::string pong() { return packet(kPingresp, 0, ""); }

}  // namespace turnkey::simulator::mqtt
