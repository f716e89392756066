// SPDX-License-Identifier: Apache-2.0
// What a firmware or a broker sends to the conformance check, of any bytes. The first byte chooses the
// version.
#include "core/time.hpp"
#include "domain/firmware_watch.hpp"
#include "domain/mqtt_packets.hpp"
#include "fuzz.hpp"

namespace {

using namespace turnkey::simulator;
using turnkey::fuzz::must;

void try_packet(const mqtt::Packet& packet, mqtt::Version version, FirmwareWatch& watch) {
  (void)mqtt::read_connack(packet);
  (void)mqtt::read_puback(packet, 1);
  (void)mqtt::read_suback(packet, version, 1);
  if (const auto connect = mqtt::read_connect(packet)) watch.connects(*connect);
  if (const auto publish = mqtt::read_publish(packet, version))
    watch.publishes(*publish, turnkey::core::Timestamp{});
  if (const auto subscribe = mqtt::read_subscribe(packet, version)) {
    must(!subscribe->filters.empty());
    watch.subscribes(*subscribe);
    std::string answer = mqtt::suback(version, *subscribe);
    bool broken = false;
    const auto read = mqtt::take_packet(answer, broken);
    must(read && !broken && answer.empty() && mqtt::read_suback(*read, version, subscribe->id).has_value());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto version = data[0] % 2 == 0 ? mqtt::Version::v3_1_1 : mqtt::Version::v5;
  std::string bytes(turnkey::fuzz::text_of(data + 1, size - 1));
  FirmwareWatch watch("devices", "button");
  bool broken = false;
  for (std::size_t before = bytes.size(); !broken;) {
    const auto packet = mqtt::take_packet(bytes, broken);
    if (!packet) break;
    must(bytes.size() < before);
    before = bytes.size();
    try_packet(*packet, version, watch);
  }
  (void)watch.rulings();
  return 0;
}
