// SPDX-License-Identifier: Apache-2.0
// Foreign text on a terminal: names of devices and people come from outside and must neither write escape
// sequences nor turn the line around; columns line up by what a character takes on the screen. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace turnkey::ctl {

// Control characters (C0, DEL, C1), line separators and marks of direction become visible ("\x1b", "\n",
// "\u202e"); bytes that are no UTF-8 become U+FFFD. Everything else stays.
std::string printable(std::string_view text);
// The same for several lines: line feeds stay.
std::string printable_lines(std::string_view text);

// Columns on a terminal: 0 for combining marks, 2 for wide characters.
std::size_t width(std::string_view text);
// Cut to `columns` with "…" at the end when it is wider.
std::string fitted(std::string_view text, std::size_t columns);
// Filled up with blanks.
std::string padded(std::string text, std::size_t columns);

}  // namespace turnkey::ctl
