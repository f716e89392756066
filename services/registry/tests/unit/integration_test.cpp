// SPDX-License-Identifier: Apache-2.0
#include "domain/integration.hpp"

#include <catch2/catch.hpp>

using namespace turnkey::registry;
namespace core = turnkey::core;

namespace {

const auto kTenant = core::GroupId::random();
const auto kSite = core::GroupId::random();
const auto kOtherSite = core::GroupId::random();
const auto kStranger = core::GroupId::random();
const auto kStrangersSite = core::GroupId::random();

Device device_in(const std::vector<core::GroupId>& path, std::int64_t epoch) {
  Device device;
  device.id = core::DeviceId::random();
  device.group_path = path;
  if (!path.empty()) device.group_id = path.back();
  device.assignment_epoch = epoch;
  return device;
}

// What the integration of this group hears, in order.
std::vector<std::string> heard(const std::optional<core::GroupId>& group,
                               const std::vector<Announcement>& announcements) {
  std::vector<std::string> types;
  for (const auto& announcement : announcements)
    if (hears(group, announcement)) types.emplace_back(to_string(announcement.type));
  return types;
}

using Types = std::vector<std::string>;

}  // namespace

TEST_CASE("every type of event has a name that is read again") {
  for (const auto type : {EventType::registered, EventType::provisioned, EventType::released,
                          EventType::connected, EventType::disconnected, EventType::faulted})
    CHECK(event_type_from(to_string(type)) == type);
  CHECK(to_string(EventType::provisioned) == "device.provisioned");
  CHECK_FALSE(event_type_from("provisioned"));
  CHECK_FALSE(event_type_from(""));
}

TEST_CASE("of a device in no group hears only who hears of the whole installation") {
  const auto announcements = of_registration(device_in({}, 0));
  CHECK(heard(std::nullopt, announcements) == Types{"device.registered"});
  CHECK(heard(kTenant, announcements).empty());
}

TEST_CASE("a device that is registered into a group is registered and provisioned to all above it") {
  const auto announcements = of_registration(device_in({kTenant, kSite}, 0));
  for (const auto& group : {std::optional<core::GroupId>(), std::optional(kTenant), std::optional(kSite)})
    CHECK(heard(group, announcements) == Types{"device.registered", "device.provisioned"});
  CHECK(heard(kOtherSite, announcements).empty());
  CHECK(heard(kStranger, announcements).empty());
}

TEST_CASE("a first hand-over is told to the group, to all above it and to nobody beside it") {
  const auto announcements = of_new_owner(device_in({}, 0), device_in({kTenant, kSite}, 1));
  CHECK(heard(kSite, announcements) == Types{"device.provisioned"});
  CHECK(heard(kTenant, announcements) == Types{"device.provisioned"});
  CHECK(heard(std::nullopt, announcements) == Types{"device.provisioned"});
  CHECK(heard(kOtherSite, announcements).empty());
}

TEST_CASE("a release is told to those who had the device, as it was to them") {
  const auto announcements = of_new_owner(device_in({kTenant, kSite}, 1), device_in({}, 2));
  CHECK(heard(kSite, announcements) == Types{"device.released"});
  CHECK(heard(kTenant, announcements) == Types{"device.released"});
  CHECK(heard(std::nullopt, announcements) == Types{"device.released"});
  CHECK(heard(kStranger, announcements).empty());
  CHECK(announcements.front().device.group_id == kSite);
}

TEST_CASE(
    "S14 of a take-over the former tenant hears a release and the new one a hand-over, each its own alone") {
  const auto announcements =
      of_new_owner(device_in({kTenant, kSite}, 1), device_in({kStranger, kStrangersSite}, 2));
  CHECK(heard(kTenant, announcements) == Types{"device.released"});
  CHECK(heard(kSite, announcements) == Types{"device.released"});
  CHECK(heard(kStranger, announcements) == Types{"device.provisioned"});
  CHECK(heard(kStrangersSite, announcements) == Types{"device.provisioned"});
  CHECK(heard(std::nullopt, announcements) == Types{"device.provisioned"});
  for (const auto& announcement : announcements) {
    const bool released = announcement.type == EventType::released;
    CHECK(announcement.device.group_id == (released ? kSite : kStrangersSite));
  }
}

TEST_CASE("a hand-over within a tenant is one to all of it, and a release to the site that it left") {
  const auto announcements =
      of_new_owner(device_in({kTenant, kSite}, 1), device_in({kTenant, kOtherSite}, 2));
  CHECK(heard(kTenant, announcements) == Types{"device.provisioned"});
  CHECK(heard(kSite, announcements) == Types{"device.released"});
  CHECK(heard(kOtherSite, announcements) == Types{"device.provisioned"});
}

TEST_CASE("a mere move within a tenant is told to the two sites alone") {
  const auto announcements =
      of_new_owner(device_in({kTenant, kSite}, 1), device_in({kTenant, kOtherSite}, 1));
  CHECK(heard(kTenant, announcements).empty());
  CHECK(heard(std::nullopt, announcements).empty());
  CHECK(heard(kSite, announcements) == Types{"device.released"});
  CHECK(heard(kOtherSite, announcements) == Types{"device.provisioned"});
}

TEST_CASE("a device that stays in nobody's hands is nobody's news") {
  CHECK(of_new_owner(device_in({}, 0), device_in({}, 1)).empty());
}
