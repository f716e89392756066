// SPDX-License-Identifier: Apache-2.0
// The QR code of a label: its link at level Q, as dark runs of modules.
#pragma once

#include <string>
#include <vector>

namespace turnkey::labels {

inline constexpr int kQuietZone = 4;  // modules of white around it

// HTTPS://HOST/D/SERIAL in capitals: so a module holds more of it.
std::string link_of(const std::string& host, const std::string& serial);

// The smallest version (1..40) that holds each of the links; 1 when there are none.
int version_of(const std::vector<std::string>& links);
int modules_of_version(int version);  // a side, without the quiet zone

// Dark modules beside each other.
struct Run {
  int x;
  int y;
  int length;
};
// Row by row. The code has exactly this version: all codes of a document are of one size.
std::vector<Run> make_code(const std::string& link, int version);

}  // namespace turnkey::labels
