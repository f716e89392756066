// SPDX-License-Identifier: Apache-2.0
// The company's own mark on its labels, from a PNG.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace turnkey::labels {

struct Logo {
  static constexpr std::size_t kLargestFile = 1024 * 1024;  // bytes
  static constexpr int kLargestSide = 2000;                 // pixels

  int width = 0;  // pixels
  int height = 0;
  std::string png;                // as it was read
  std::vector<std::uint8_t> rgb;  // 8 bits each, on white

  double aspect() const { return static_cast<double>(width) / height; }
  // `invalid` says what is wrong with the file.
  static core::Result<Logo> read(const std::string& path);
  static core::Result<Logo> decode(std::string png);
};

}  // namespace turnkey::labels
