// SPDX-License-Identifier: Apache-2.0
// From the few colours that a company chooses to all those that the web app draws with. Every pair of words
// and ground among them reaches WCAG's level AA, because what does not is made darker or lighter until it
// does.
//
// The names are those of web/src/styles/_tokens.scss, which reads each as --brand-NAME.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "domain/colour.hpp"

namespace turnkey::gateway {

// What everything stands on.
struct Ground {
  Colour paper;   // the page
  Colour card;    // what lies on it
  Colour sunken;  // what lies lower
  bool dark = false;
};
// The web app's own, in the browser's light and dark mode.
constexpr Ground kLightGround{{0xf5, 0xf2, 0xeb}, {0xff, 0xff, 0xff}, {0xec, 0xe7, 0xdb}, false};
constexpr Ground kDarkGround{{0x0d, 0x18, 0x1d}, {0x16, 0x25, 0x2c}, {0x1e, 0x30, 0x38}, true};

using Tokens = std::vector<std::pair<std::string, std::string>>;

// The web app's own bar.
constexpr Colour kOwnBar{0x0f, 0x20, 0x27};
// The bar at the top and the sign-in page stand on the colour of what can be done, as deep as white words
// need.
Colour bar_colour(Colour action);

// Buttons, links, what is chosen, focus, charts, and the bar.
Tokens action_tokens(const Ground& ground, Colour action);
// The call to action on the bar, what asks for attention, and few words on the bar.
Tokens highlight_tokens(const Ground& ground, Colour highlight, Colour bar);

// What a Bootstrap theme says.
struct ThemeColours {
  Colour background;
  Colour words;
  Colour primary;
  Colour success;
  Colour danger;
  Colour warning;
};
// Pages and what lies on them, a step lighter or darker than the theme's background.
Ground ground_of(const ThemeColours& theme);
Tokens theme_tokens(const ThemeColours& theme);
// The contrast that words on this ground can have at most: what is below `kWords` cannot be helped.
double best_contrast(const Ground& ground);

}  // namespace turnkey::gateway
