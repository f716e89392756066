// SPDX-License-Identifier: Apache-2.0
// The correlation id of the request that this thread works on: set by the edges, read by the log.
#pragma once

#include <string>

namespace turnkey::core {

const std::string& current_correlation_id();  // "" outside of a request

class CorrelationScope {
 public:
  explicit CorrelationScope(std::string id);
  ~CorrelationScope();
  CorrelationScope(const CorrelationScope&) = delete;
  CorrelationScope& operator=(const CorrelationScope&) = delete;

 private:
  std::string previous_;
};

}  // namespace turnkey::core
