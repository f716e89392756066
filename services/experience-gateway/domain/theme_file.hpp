// SPDX-License-Identifier: Apache-2.0
// A Bootstrap 5.3 theme as its style sheet. Pure: text in, text out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "domain/palette.hpp"

namespace turnkey::gateway {

struct Theme {
  std::string css;                   // without its comments and its @import rules
  std::vector<std::string> imports;  // what those would have fetched
  ThemeColours colours;              // of :root, in the theme's own (light) mode
};

// `invalid` with a sentence: for one that would fetch something (only data: pictures may stand in url()),
// whose braces do not match, that lacks Bootstrap's colours, or on whose background no words can be read.
core::Result<Theme> read_theme(std::string_view css);

}  // namespace turnkey::gateway
