// SPDX-License-Identifier: Apache-2.0
#include "http/target.hpp"

#include <catch2/catch.hpp>

using namespace turnkey::http;

TEST_CASE("the address of an installation is a scheme, a host and perhaps a port") {
  CHECK(parse_base_url("https://turnkey.example").value() == BaseUrl{true, "turnkey.example", 443});
  CHECK(parse_base_url("https://turnkey.example/").value().port == 443);
  CHECK(parse_base_url("https://turnkey.example:8443").value().port == 8443);
  CHECK(parse_base_url("https://[::1]:8443").value() == BaseUrl{true, "::1", 8443});
  CHECK(parse_base_url("https://[::1]:8443").value().str() == "https://[::1]:8443");
  CHECK(parse_base_url("https://turnkey.example:443").value().str() == "https://turnkey.example");
}

TEST_CASE("S19 plain http is for this machine itself alone") {
  CHECK(parse_base_url("http://127.0.0.1:8080").value() == BaseUrl{false, "127.0.0.1", 8080});
  CHECK(parse_base_url("http://localhost").value().port == 80);
  CHECK(parse_base_url("http://[::1]:1"));
  for (const char* foreign :
       {"http://turnkey.example", "http://10.0.0.1", "http://127.0.0.1.example", "http://[::2]"})
    CHECK_FALSE(parse_base_url(foreign));
}

TEST_CASE("what is no address is refused") {
  for (const char* wrong : {"", "turnkey.example", "ftp://turnkey.example", "https://", "https://a/b",
                            "https://user@host", "https://a?b", "https://a:0", "https://a:65536",
                            "https://a:x", "https://a:", "https://[::1", "https://a b", "https://a\r\nX: y"})
    CHECK_FALSE(parse_base_url(wrong));
}

TEST_CASE("what stands in a path or a query cannot leave its place") {
  CHECK(Target("/api/devices").part("a/b?c#d").part("e f").str() == "/api/devices/a%2Fb%3Fc%23d/e%20f");
  CHECK(Target("/api/devices").part("..").str() == "/api/devices/%20..");
  CHECK(Target("/x").query("q", "a&b=c").query_if("none", "").query("z", "ü").str() ==
        "/x?q=a%26b%3Dc&z=%C3%BC");
}
