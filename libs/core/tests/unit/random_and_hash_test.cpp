// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <set>

#include "core/base64.hpp"
#include "core/hash.hpp"
#include "core/ids.hpp"
#include "core/random.hpp"
#include "core/result.hpp"

using namespace turnkey::core;

TEST_CASE("S1: secrets of 256 random bits never repeat") {
  std::set<std::string> seen;
  for (int i = 0; i < 20'000; ++i) CHECK(seen.insert(random_hex(32)).second);
  CHECK(seen.begin()->size() == 64);
}

TEST_CASE("SHA-256 gives the digest of FIPS 180-2's example") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("SHA-256 of pieces is that of the whole") {
  Sha256Sum sum;
  sum.add("a");
  sum.add("");
  sum.add("bc");
  CHECK(to_hex(view(sum.end())) == sha256_hex("abc"));
}

TEST_CASE("hex is read back, and what is not hex is refused") {
  CHECK(from_hex(to_hex("\x01\xFFz")) == std::string("\x01\xFFz"));
  CHECK(from_hex("0AfF") == std::string("\x0A\xFF"));
  CHECK_FALSE(from_hex("abc"));
  CHECK_FALSE(from_hex("zz"));
}

TEST_CASE("only 24 lower-case hex characters are an id") {
  CHECK(DeviceId::parse("0123456789abcdef01234567"));
  CHECK(is_hex_id(DeviceId::random().str()));
  for (const char* text :
       {"", "0123456789abcdef0123456", "0123456789ABCDEF01234567", "0123456789abcdef0123456g",
        "0123456789abcdef012345678", "+/#456789abcdef012345678"}) {
    CHECK_FALSE(DeviceId::parse(text));
  }
}

TEST_CASE("uniform numbers stay below their bound and reach all values") {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_below(5));
  CHECK(seen == std::set<std::uint64_t>{0, 1, 2, 3, 4});
  CHECK(random_below(1) == 0);
}

TEST_CASE("a UUID is of version 4") {
  const std::string uuid = random_uuid();
  REQUIRE(uuid.size() == 36);
  CHECK(uuid[14] == '4');
  CHECK(std::string("89ab").find(uuid[19]) != std::string::npos);
}

TEST_CASE("every error code has one name, and reads back from it") {
  for (const auto code :
       {ErrorCode::invalid, ErrorCode::unauthorized, ErrorCode::not_found, ErrorCode::conflict,
        ErrorCode::expired, ErrorCode::throttled, ErrorCode::unavailable, ErrorCode::internal}) {
    CHECK(error_code_from(to_string(code)) == code);
  }
  CHECK_FALSE(error_code_from("teapot"));
}

TEST_CASE("base64 gives every byte back, and takes nothing else than it makes") {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  for (std::size_t length : {0U, 1U, 2U, 3U, 255U, 256U})
    CHECK(from_base64(to_base64(all.substr(0, length))) == all.substr(0, length));
  CHECK(to_base64("Turnkey") == "VHVybmtleQ==");
  for (const char* wrong : {"VHVybmtleQ", "VHVybmtleQ=", "VHVybmtleR==", "VHVy bmtleQ==", "VHVybmtleQ==\n",
                            "====", "=", "VH=y", "!!!!", " VHVybmtleQ=="})
    CHECK_FALSE(from_base64(wrong));
}
