// SPDX-License-Identifier: Apache-2.0
#include "domain/faults.hpp"

#include <algorithm>

namespace turnkey::ingest {

bool is_fault(const std::optional<double>& number, const std::string& text) {
  return number ? *number != 0 : !text.empty();
}

std::vector<Sample> beginnings(const std::optional<LastFaultState>& last, std::vector<Sample> samples) {
  std::stable_sort(samples.begin(), samples.end(),
                   [](const Sample& one, const Sample& other) { return one.time < other.time; });
  std::vector<Sample> found;
  bool faulted = last && last->faulted;
  for (auto& sample : samples) {
    if (last && sample.time < last->time) continue;
    const bool now = is_fault(sample.number, sample.text);
    if (now && !faulted) found.push_back(sample);
    faulted = now;
  }
  return found;
}

}  // namespace turnkey::ingest
