// SPDX-License-Identifier: Apache-2.0
// Which values say that a device has a fault, and when one begins. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/batch.hpp"

namespace turnkey::ingest {

// A fault is true, a number other than zero, or a text that says something.
bool is_fault(const std::optional<double>& number, const std::string& text);

struct LastFaultState {
  core::Timestamp time;
  bool faulted = false;
};
// The samples (of one attribute of one device, in any order) that begin a fault. `last` is what was known
// before them; what is older than that is late and says nothing of now.
std::vector<Sample> beginnings(const std::optional<LastFaultState>& last, std::vector<Sample> samples);

}  // namespace turnkey::ingest
