// SPDX-License-Identifier: Apache-2.0
#include "domain/credential_table.hpp"

#include <catch2/catch.hpp>
#include <cstring>

#include "domain/revision_horizon.hpp"

using namespace turnkey::broker;
using std::chrono::milliseconds;

namespace {

CredentialRow row(std::uint64_t number, std::int64_t revision, std::uint8_t secret = 1) {
  CredentialRow one;
  const std::uint64_t spread = number * 0x9E3779B97F4A7C15ULL;
  std::memcpy(one.key.bytes.data(), &spread, sizeof spread);
  std::memcpy(one.key.bytes.data() + 8, &number, sizeof number);
  std::memcpy(one.credential.device.bytes.data(), &number, sizeof number);
  one.credential.secret_hash.fill(secret);
  one.revision = revision;
  return one;
}

CredentialRow revoked(std::uint64_t number, std::int64_t revision) {
  CredentialRow one = row(number, revision);
  one.revoked = true;
  return one;
}

CredentialRow until(std::uint64_t number, std::int64_t revision, turnkey::core::Timestamp end) {
  CredentialRow one = row(number, revision);
  one.limits.valid_until = end;
  return one;
}

const turnkey::core::Timestamp kNoon = *turnkey::core::from_iso("2026-11-22T12:00:00.000Z");

}  // namespace

TEST_CASE("a key is found until it is revoked, and old news does not bring it back [S11]") {
  CredentialTable table;
  CHECK_FALSE(table.apply(row(1, 10)));
  CHECK(table.find(row(1, 0).key)->device == row(1, 0).credential.device);
  CHECK(table.apply(revoked(1, 12)) == row(1, 0).credential.device);
  CHECK_FALSE(table.find(row(1, 0).key));
  CHECK_FALSE(table.apply(row(1, 11)));
  CHECK_FALSE(table.find(row(1, 0).key));
  CHECK_FALSE(table.apply(row(1, 13)));
  CHECK(table.find(row(1, 0).key));
  CHECK(table.live() == 1);
}

TEST_CASE("a revocation that arrives before its key keeps the key out [S11]") {
  CredentialTable table;
  CHECK_FALSE(table.apply(revoked(1, 12)));
  CHECK_FALSE(table.apply(row(1, 11)));
  CHECK_FALSE(table.find(row(1, 0).key));
  CHECK(table.live() == 0);
}

TEST_CASE("another secret or another device ends the session, the same news again does not [S11]") {
  CredentialTable table;
  table.apply(row(1, 10));
  CHECK_FALSE(table.apply(row(1, 10)));
  CHECK_FALSE(table.apply(row(1, 11)));
  CHECK(table.apply(row(1, 12, 2)) == row(1, 0).credential.device);
  CredentialRow moved = row(1, 13, 2);
  moved.credential.device.bytes[11] = 9;
  CHECK(table.apply(moved) == row(1, 0).credential.device);
}

TEST_CASE("S11 a key is valid in the last millisecond before its end, and none in the first of it") {
  CredentialTable table;
  table.advance(kNoon);
  table.apply(until(1, 10, kNoon + milliseconds(5)));
  CHECK(table.advance(kNoon + milliseconds(4)).empty());
  CHECK(table.find(row(1, 0).key));
  CHECK_FALSE(table.ended(row(1, 0).key));
  const auto gone = table.advance(kNoon + milliseconds(5));
  REQUIRE(gone.size() == 1);
  CHECK(gone[0] == std::pair(row(1, 0).key, row(1, 0).credential.device));
  CHECK_FALSE(table.find(row(1, 0).key));
  CHECK(table.ended(row(1, 0).key));
  CHECK(table.advance(kNoon + milliseconds(6)).empty());
}

TEST_CASE("S11 an end that has passed already ends the session, a later end or none lets the key in again") {
  CredentialTable table;
  table.advance(kNoon);
  table.apply(row(1, 10));
  CHECK(table.apply(until(1, 11, kNoon)) == row(1, 0).credential.device);
  CHECK_FALSE(table.find(row(1, 0).key));
  CHECK_FALSE(table.apply(until(1, 12, kNoon + milliseconds(1))));
  CHECK(table.find(row(1, 0).key));
  CHECK(table.advance(kNoon + milliseconds(1)).size() == 1);
  CHECK_FALSE(table.apply(row(1, 13)));
  CHECK(table.find(row(1, 0).key));
  CHECK(table.advance(kNoon + std::chrono::hours(1)).empty());
}

TEST_CASE("S22 a clock that is set back makes an ended key valid again, and its end comes again") {
  CredentialTable table;
  table.apply(until(1, 10, kNoon));
  CHECK(table.advance(kNoon).size() == 1);
  CHECK(table.advance(kNoon - std::chrono::hours(1)).empty());
  CHECK(table.find(row(1, 0).key));
  CHECK(table.advance(kNoon).size() == 1);
}

TEST_CASE("keys that end in the same millisecond all end, whatever order their numbers have") {
  CredentialTable table;
  for (std::uint64_t i = 0; i < 500; ++i) table.apply(until(i, 1, kNoon));
  CredentialRow highest = until(500, 1, kNoon);
  highest.key.bytes.fill(0xFF);
  table.apply(highest);
  CHECK(table.advance(kNoon - milliseconds(1)).empty());
  CHECK(table.advance(kNoon).size() == 501);
  CHECK(table.advance(kNoon).empty());
}

TEST_CASE("S11 a key with allowed addresses allows those, and an unknown address only without a list") {
  CredentialTable table;
  const auto address = [](const char* text) { return turnkey::core::IpAddress::parse(text); };
  CredentialRow limited = row(1, 10);
  limited.limits.allowed = {*turnkey::core::AddressRange::parse("192.0.2.0/24"),
                            *turnkey::core::AddressRange::parse("2001:db8::/32")};
  table.apply(limited);
  CHECK(table.allows(limited.key, address("192.0.2.255")));
  CHECK(table.allows(limited.key, address("::ffff:192.0.2.0")));
  CHECK(table.allows(limited.key, address("2001:db8::1")));
  CHECK_FALSE(table.allows(limited.key, address("192.0.3.0")));
  CHECK_FALSE(table.allows(limited.key, address("::1")));
  CHECK_FALSE(table.allows(limited.key, std::nullopt));
  table.apply(row(1, 9));  // old news takes no limit away
  CHECK_FALSE(table.allows(limited.key, address("192.0.3.0")));
  table.apply(revoked(1, 11));
  table.apply(row(1, 12));
  CHECK(table.allows(limited.key, std::nullopt));
}

TEST_CASE("limits go with their key, and take memory only where they are") {
  CredentialTable table;
  const std::size_t before = table.bytes();
  CredentialRow limited = until(1, 10, kNoon);
  limited.limits.allowed.assign(32, *turnkey::core::AddressRange::parse("192.0.2.0/24"));
  table.apply(limited);
  CHECK(table.bytes() > before + 32 * sizeof(turnkey::core::AddressRange));
  table.begin_compare();
  CHECK(table.end_compare(10).size() == 1);
  CHECK(table.bytes() <= before + 256);  // the buckets stay
  CHECK(table.advance(kNoon).empty());
}

TEST_CASE("a comparison removes what did not come, unless its revision is younger than settled") {
  CredentialTable table;
  table.apply(row(1, 10));
  table.apply(row(2, 10));
  table.apply(row(3, 50));
  table.begin_compare();
  table.apply(row(1, 10));
  const auto gone = table.end_compare(49);
  REQUIRE(gone.size() == 1);
  CHECK(gone[0].second == row(2, 0).credential.device);
  CHECK(table.find(row(1, 0).key));
  CHECK_FALSE(table.find(row(2, 0).key));
  CHECK(table.find(row(3, 0).key));
  table.begin_compare();
  CHECK(table.end_compare(50).size() == 2);
  CHECK(table.live() == 0);
}

TEST_CASE("a comparison that broke off removes nothing") {
  CredentialTable table;
  table.apply(row(1, 10));
  table.begin_compare();
  table.abandon_compare();
  table.begin_compare();
  table.apply(row(1, 10));
  CHECK(table.end_compare(1000).empty());
  CHECK(table.live() == 1);
}

TEST_CASE("a credential takes at most 135 bytes, so that a million fit into 135 MB") {
  constexpr std::uint64_t kMany = 200'000;
  CredentialTable table;
  for (std::uint64_t i = 0; i < kMany; ++i) table.apply(row(i, 1));
  CHECK(table.live() == kMany);
  CHECK(table.bytes() < kMany * 135);
  std::uint64_t found = 0;
  for (std::uint64_t i = 0; i < kMany; i += 7) found += table.find(row(i, 0).key).has_value() ? 1 : 0;
  CHECK(found == (kMany + 6) / 7);
  CHECK_FALSE(table.find(row(kMany, 0).key));
}

TEST_CASE("ids are read in the spelling that the registry issues") {
  const std::string uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";
  CHECK(AccessKey::parse(uuid)->str() == uuid);
  CHECK_FALSE(AccessKey::parse("0F8FAD5B-D9CB-469F-A165-70867728950E"));
  CHECK_FALSE(AccessKey::parse("0f8fad5bd9cb469fa16570867728950e"));
  CHECK_FALSE(AccessKey::parse("0f8fad5b-d9cb-469f-a165-70867728950"));
  CHECK_FALSE(AccessKey::parse("0f8fad5b-d9cb-469f-a165-70867728950g"));
  CHECK(DeviceId::parse("0123456789abcdef01234567")->str() == "0123456789abcdef01234567");
  CHECK_FALSE(DeviceId::parse("0123456789ABCDEF01234567"));
  CHECK_FALSE(DeviceId::parse(""));
}

TEST_CASE("the repair reads again from the last revision that no running transaction can precede") {
  RevisionHorizon horizon;
  horizon.read_ended(100, 100, 10);
  CHECK(horizon.settled() == 0);
  // A transaction (number 100, revision 9, still running) holds xmin back: nothing above 0 is settled.
  horizon.read_ended(100, 105, 20);
  horizon.read_ended(100, 105, 20);
  CHECK(horizon.settled() <= 10);
  // It has ended: what was read up to the last but one read is settled, and never more than was read.
  horizon.read_ended(106, 106, 20);
  CHECK(horizon.settled() == 20);
  horizon.read_ended(106, 106, 0);
  CHECK(horizon.settled() == 20);
}
