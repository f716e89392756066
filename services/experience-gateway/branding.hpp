// SPDX-License-Identifier: Apache-2.0
// How an installation looks: its own logo, icons, theme and colours, read once at the start and then
// unchanged.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/colour.hpp"

namespace turnkey::gateway {

struct BrandFile {
  std::string bytes;
  std::string content_type;
  std::string etag;  // with its quotation marks
};

BrandFile brand_file(std::string bytes, std::string content_type);

constexpr const char* kSheetType = "text/css; charset=utf-8";

struct Branding {
  std::optional<BrandFile> logo;
  std::optional<BrandFile> favicon;              // svg where there is one, png else
  std::optional<BrandFile> touch_icon;           // the png: phones take no svg
  BrandFile sheet = brand_file("", kSheetType);  // /branding/theme.css; empty without a theme and colours
  std::optional<Colour> bar;                     // of the bar at the top; nothing: the web app's own
  std::optional<Colour> paper;                   // of pages; nothing: the web app's own
  std::vector<std::string> left_out;             // @import rules of the theme
};

struct BrandSettings {
  std::string folder;     // "": none
  std::string colour;     // "#rrggbb" or "": of what can be done
  std::string highlight;  // "#rrggbb" or "": of what asks for attention
};

// Reads logo.svg or logo.png, favicon.svg, favicon.png and theme.css. What is wrong goes to `errors`, each a
// sentence that begins with the setting's name.
Branding read_branding(const BrandSettings& settings, std::vector<std::string>& errors);

}  // namespace turnkey::gateway
