// SPDX-License-Identifier: Apache-2.0
#include "core/correlation.hpp"

#include <utility>

namespace turnkey::core {
namespace {

thread_local std::string current;

}  // namespace

const std::string& current_correlation_id() { return current; }

CorrelationScope::CorrelationScope(std::string id) : previous_(std::exchange(current, std::move(id))) {}
CorrelationScope::~CorrelationScope() { current = std::move(previous_); }

}  // namespace turnkey::core
