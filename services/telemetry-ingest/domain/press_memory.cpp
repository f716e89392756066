// SPDX-License-Identifier: Apache-2.0
#include "domain/press_memory.hpp"

#include <algorithm>

namespace turnkey::ingest {

bool PressMemory::add(const std::string& device, Press press) {
  auto& kept = devices_[device];
  const bool known = std::any_of(kept.begin(), kept.end(), [&](const Kept& one) {
    return one.press.index == press.index && one.press.report_id == press.report_id;
  });
  if (known) return false;
  kept.push_back({std::move(press)});
  order_.push_back(device);
  if (kept.size() > limits_.each_device) {
    kept.pop_front();
    order_.erase(std::find(order_.begin(), order_.end(), device));
  }
  while (order_.size() > limits_.all) drop_oldest();
  return true;
}

void PressMemory::drop_oldest() {
  const auto it = devices_.find(order_.front());
  order_.pop_front();
  if (it == devices_.end()) return;
  it->second.pop_front();
  if (it->second.empty()) devices_.erase(it);
}

std::deque<PressMemory::Kept>* PressMemory::of(const std::string& device) {
  const auto it = devices_.find(device);
  return it == devices_.end() ? nullptr : &it->second;
}

const std::deque<PressMemory::Kept>* PressMemory::of(const std::string& device) const {
  const auto it = devices_.find(device);
  return it == devices_.end() ? nullptr : &it->second;
}

void PressMemory::forget_before(core::Timestamp at) {
  while (!order_.empty()) {
    const auto it = devices_.find(order_.front());
    if (it != devices_.end() && it->second.front().press.at >= at) return;
    drop_oldest();
  }
}

}  // namespace turnkey::ingest
