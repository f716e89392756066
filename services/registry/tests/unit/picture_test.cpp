// SPDX-License-Identifier: Apache-2.0
#include "domain/picture.hpp"

#include <catch2/catch.hpp>

using turnkey::registry::picture_type;
using namespace std::string_view_literals;

TEST_CASE("a picture is what its first bytes say, and nothing that a browser could run is one") {
  CHECK(picture_type("\x89PNG\r\n\x1A\n and more"sv) == "image/png");
  CHECK(picture_type("\xFF\xD8\xFF\xE0"sv) == "image/jpeg");
  for (const auto kind : {"VP8 "sv, "VP8L"sv, "VP8X"sv})
    CHECK(picture_type(std::string("RIFF\x10\0\0\0WEBP"sv).append(kind)) == "image/webp");
  for (const auto none :
       {""sv, "<svg xmlns='http://www.w3.org/2000/svg'/>"sv, "<?xml version='1.0'?>"sv, "GIF89a"sv,
        "\x89PNG"sv, "\xFF\xD8"sv, " \x89PNG\r\n\x1A\n"sv, "RIFF\x10\0\0\0WAVEfmt "sv, "RIFF\x10\0\0\0WEBP"sv,
        "%PDF-1.7"sv, "<!doctype html>"sv})
    CHECK_FALSE(picture_type(none));
}
