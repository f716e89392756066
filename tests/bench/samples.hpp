// SPDX-License-Identifier: Apache-2.0
// Measured times and what is said about them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace turnkey::bench {

using Samples = std::vector<double>;  // milliseconds

inline double percentile(Samples samples, double part) {
  std::sort(samples.begin(), samples.end());
  return samples[std::min(samples.size() - 1,
                          static_cast<std::size_t>(part * static_cast<double>(samples.size())))];
}

}  // namespace turnkey::bench
