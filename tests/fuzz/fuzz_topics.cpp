// SPDX-License-Identifier: Apache-2.0
// MQTT topics, filters and user properties of any bytes: taken apart by the services and judged by the
// broker. A line feed parts the topic from a filter.
#include "bus/client.hpp"
#include "contracts/messages.hpp"
#include "contracts/topics.hpp"
#include "domain/acl.hpp"
#include "fuzz.hpp"

namespace {

namespace topics = turnkey::contracts::topics;
using turnkey::broker::Access;
using turnkey::fuzz::must;

const topics::Roots kRoots;
const turnkey::broker::Acl kAcl(kRoots.names);
constexpr const char* kDevice = "5f3b0b0f9e8a4d00067c1a2e";

void try_topic(const std::string& topic) {
  const auto device = topics::device_of_state(topic, kRoots);
  // Services and broker mean the same device by a topic.
  if (device) must(kAcl.device_of_state(topic) == std::string_view(device->str()));
  if (device) must(topic == topics::state("devices", *device) || topic == topics::state("losant", *device));
  if (const auto id = topics::device_of_presence(topic)) must(topics::presence(*id) == topic);
  if (const auto id = topics::device_of_event(topic)) must(topics::device_event(*id) == topic);
  if (const auto id = topics::device_of_windows(topic)) must(topics::windows(*id) == topic);
  if (const auto id = topics::user_of_event(topic)) must(topics::user_event(*id) == topic);
  if (const auto id = topics::provisioning_of_press(topic)) must(topics::press(*id) == topic);
  if (const auto id = topics::provisioning_of_status(topic)) must(topics::status(*id) == topic);
}

void try_rights(const std::string& topic) {
  const auto own = [&](const char* last) {
    return topic == "devices/" + std::string(kDevice) + last ||
           topic == "losant/" + std::string(kDevice) + last;
  };
  must(kAcl.device_may(Access::publish, kDevice, topic) == own("/state"));
  must(kAcl.device_may(Access::subscribe, kDevice, topic) == own("/command"));
  must(kAcl.device_may(Access::receive, kDevice, topic) == own("/command"));
  for (const char* service : {"registry", "provisioning", "telemetry-ingest", "experience-gateway"}) {
    const std::string client = std::string(service) + "-1";
    for (const Access access : {Access::publish, Access::receive}) {
      const bool may = kAcl.service_may(access, service, client, topic);
      must(!may || topic.find_first_of("+#") == topic.npos);
    }
    (void)kAcl.service_may(Access::subscribe, service, client, topic);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [topic, filter] = turnkey::fuzz::halves(turnkey::fuzz::text_of(data, size));
  try_topic(topic);
  try_rights(topic);
  (void)turnkey::bus::matches(filter, topic);
  if (!topic.empty() && topic.find_first_of("+#") == topic.npos && !topic.starts_with("$share/"))
    must(turnkey::bus::matches(topic, topic));
  const auto roots = topics::Roots::parse(topic);
  const auto same = turnkey::broker::parse_roots(topic);
  if (roots && same) must(roots->names == *same);
  if (const auto id = turnkey::contracts::ReportId::parse(topic)) {
    must(turnkey::contracts::ReportId::parse(id->str()) == id);
  }
  return 0;
}
