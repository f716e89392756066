// SPDX-License-Identifier: Apache-2.0
#include "domain/tenure.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace turnkey::registry {
namespace {

// After these the device is of the groups that the line names.
constexpr std::array<std::string_view, 6> kGives = {"device.registered",     "device.assigned",
                                                    "device.taken_over",     "device.moved",
                                                    "device.release_undone", "device.replacement"};
// After these it is nobody's.
constexpr std::array<std::string_view, 3> kTakes = {"device.released", "device.replaced", "device.deleted"};

template <typename Acts>
bool among(const Acts& acts, const std::string& act) {
  return std::find(acts.begin(), acts.end(), act) != acts.end();
}

}  // namespace

std::vector<Tenure> tenures_of(const std::vector<TenureLine>& lines) {
  std::vector<Tenure> all;
  const auto open = [&all](const core::DeviceId& device) {
    return !all.empty() && all.back().device == device && !all.back().to;
  };
  for (const auto& line : lines) {
    const bool gives = among(kGives, line.act) && line.theirs;
    const bool ends = among(kTakes, line.act) || (among(kGives, line.act) && !line.theirs);
    if (gives && !open(line.device)) all.push_back({line.device, line.at, std::nullopt});
    if (ends && open(line.device)) all.back().to = line.at;
  }
  return all;
}

}  // namespace turnkey::registry
