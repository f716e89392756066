// SPDX-License-Identifier: Apache-2.0
// Text of people as a label may carry it: names, titles, anything that came from outside.
#pragma once

#include <string>
#include <string_view>

namespace turnkey::labels {

// Code points of UTF-8; what is none becomes U+FFFD.
std::u32string code_points(std::string_view utf8);
std::string utf8(std::u32string_view text);

// One line: controls, line breaks and runs of blanks become one blank, and what changes the direction of the
// text around it, joins invisibly or is no character (U+FFFE) is gone.
std::u32string cleaned(std::string_view utf8);

// Left to right as it is drawn, for drawers that know no Hebrew or Arabic: order and joined forms.
std::u32string in_visual_order(const std::u32string& text);

// A serial in groups of four with blanks between; one that has hyphens of its own keeps them instead.
std::string grouped_serial(std::string_view serial);

// For the text and the attributes of XML.
std::string xml_escaped(std::string_view utf8);

}  // namespace turnkey::labels
