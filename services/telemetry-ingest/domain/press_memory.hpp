// SPDX-License-Identifier: Apache-2.0
// The presses of the last hour, each once however often its report came. Bounded for each device and as a
// whole: the oldest go first. Not thread safe.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/time.hpp"

namespace turnkey::ingest {

struct Press {
  std::string report_id;
  std::size_t index = 0;  // place in the report's array
  core::Timestamp at;     // the broker's stamp: device clocks lie
  int count = 1;
  std::string id() const { return report_id + "#" + std::to_string(index); }
};

inline constexpr core::Millis kPressesKept = std::chrono::hours(1);

class PressMemory {
 public:
  struct Kept {
    Press press;
    std::vector<std::string> announced{};  // provisionings that were told of it
  };
  struct Limits {
    std::size_t each_device = 64;
    std::size_t all = 20'000;
  };

  PressMemory() = default;
  explicit PressMemory(Limits limits) : limits_(limits) {}

  // False when it is there already.
  bool add(const std::string& device, Press press);
  std::deque<Kept>* of(const std::string& device);
  const std::deque<Kept>* of(const std::string& device) const;
  void forget_before(core::Timestamp at);
  std::size_t size() const { return order_.size(); }

 private:
  void drop_oldest();
  Limits limits_;
  std::unordered_map<std::string, std::deque<Kept>> devices_;
  std::deque<std::string> order_;  // the device of each press, in the order of their coming
};

}  // namespace turnkey::ingest
