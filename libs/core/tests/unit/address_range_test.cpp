// SPDX-License-Identifier: Apache-2.0
#include "core/address_range.hpp"

#include <catch2/catch.hpp>

using turnkey::core::AddressRange;
using turnkey::core::IpAddress;

namespace {

bool holds(const char* range, const char* address) {
  return AddressRange::parse(range)->contains(*IpAddress::parse(address));
}

}  // namespace

TEST_CASE("a range holds its first and its last address, and neither neighbour") {
  struct Bounds {
    const char *range, *before, *first, *last, *behind;
  };
  for (const auto& [range, before, first, last, behind] :
       {Bounds{"192.0.2.0/24", "192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
        Bounds{"10.0.0.0/8", "9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
        Bounds{"192.0.2.64/26", "192.0.2.63", "192.0.2.64", "192.0.2.127", "192.0.2.128"},
        Bounds{"192.0.2.6/31", "192.0.2.5", "192.0.2.6", "192.0.2.7", "192.0.2.8"},
        Bounds{"192.0.2.7/32", "192.0.2.6", "192.0.2.7", "192.0.2.7", "192.0.2.8"},
        Bounds{"192.0.2.7", "192.0.2.6", "192.0.2.7", "192.0.2.7", "192.0.2.8"},
        Bounds{"128.0.0.0/1", "127.255.255.255", "128.0.0.0", "255.255.255.255", "::1"},
        Bounds{"2001:db8::/32", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
               "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
        Bounds{"2001:db8::4/127", "2001:db8::3", "2001:db8::4", "2001:db8::5", "2001:db8::6"},
        Bounds{"2001:db8::1", "2001:db8::", "2001:db8::1", "2001:db8::1", "2001:db8::2"}}) {
    INFO(range);
    CHECK_FALSE(holds(range, before));
    CHECK(holds(range, first));
    CHECK(holds(range, last));
    CHECK_FALSE(holds(range, behind));
  }
}

TEST_CASE("an IPv4 address inside IPv6 is the IPv4 address, and IPv6 ranges hold none of IPv4") {
  CHECK(holds("127.0.0.0/8", "::ffff:127.0.0.1"));
  CHECK(holds("::ffff:127.0.0.0/104", "127.255.255.255"));
  CHECK_FALSE(holds("::ffff:127.0.0.0/104", "128.0.0.0"));
  CHECK(*AddressRange::parse("::ffff:10.0.0.0/104") == *AddressRange::parse("10.0.0.0/8"));
  CHECK(holds("0.0.0.0/0", "255.255.255.255"));
  CHECK_FALSE(holds("0.0.0.0/0", "::1"));
  CHECK(holds("::/0", "::1"));
  CHECK_FALSE(holds("::/0", "127.0.0.1"));
  CHECK_FALSE(holds("::/0", "::ffff:127.0.0.1"));
}

TEST_CASE("a range has one spelling, which reads as the same range") {
  for (const auto& [written, told] :
       {std::pair("192.0.2.7", "192.0.2.7/32"), std::pair("0.0.0.0/0", "0.0.0.0/0"),
        std::pair("2001:DB8:0:0::/32", "2001:db8::/32"), std::pair("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        std::pair("::1", "::1/128"), std::pair("::/0", "::/0")}) {
    INFO(written);
    CHECK(AddressRange::parse(written)->str() == told);
    CHECK(*AddressRange::parse(told) == *AddressRange::parse(written));
  }
}

TEST_CASE("what is no range is refused: bits behind the prefix, signs, zones, ports, rubbish") {
  for (const std::string& text : {std::string(""),
                                  std::string("/"),
                                  std::string("/8"),
                                  std::string("10.0.0.0/"),
                                  std::string("10.0.0.1/8"),
                                  std::string("10.0.0.0/33"),
                                  std::string("10.0.0.0/-1"),
                                  std::string("10.0.0.0/+8"),
                                  std::string("10.0.0.0/08"),
                                  std::string("10.0.0.0/8 "),
                                  std::string(" 10.0.0.0/8"),
                                  std::string("10.0.0/8"),
                                  std::string("010.0.0.0/8"),
                                  std::string("10.0.0.0/8/8"),
                                  std::string("10.0.0.0/4294967304"),
                                  std::string("2001:db8::1/32"),
                                  std::string("::/129"),
                                  std::string("::ffff:10.0.0.0/80"),
                                  std::string("fe80::1%eth0"),
                                  std::string("[::1]"),
                                  std::string("127.0.0.1:1883"),
                                  std::string("localhost"),
                                  std::string("10.0.0.0\0/8", 11),
                                  std::string(5000, ':')}) {
    INFO(text.substr(0, 40));
    CHECK_FALSE(AddressRange::parse(text));
  }
  CHECK_FALSE(IpAddress::parse("10.0.0.0/8"));
  CHECK_FALSE(IpAddress::parse(""));
}
