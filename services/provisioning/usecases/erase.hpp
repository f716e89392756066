// SPDX-License-Identifier: Apache-2.0
// Erasing what is known of people, and of hand-overs into groups that are no more. The registry has decided
// whom it is about.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"

namespace turnkey::provisioning {

struct Erasure {
  std::vector<core::UserId> users;
  std::vector<core::GroupId> groups;
};

using Counts = std::map<std::string, std::int64_t>;  // rows by table

// Throws core::UnavailableError while the database is away.
class ErasureStore {
 public:
  virtual ~ErasureStore() = default;
  virtual Counts count(const Erasure& erasure) = 0;
  virtual std::int64_t open_windows(const Erasure& erasure) = 0;
  virtual Counts remove(const Erasure& erasure) = 0;
};

// conflict `windows_open` while one of these has a window: it ends by itself, and its rows with it.
core::Result<Counts> erase(ErasureStore& store, const Erasure& erasure, bool apply);

}  // namespace turnkey::provisioning
