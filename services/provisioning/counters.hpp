// SPDX-License-Identifier: Apache-2.0
// The metrics of the rules. Thread safe.
#pragma once

#include "service/metrics.hpp"
#include "usecases/ports.hpp"

namespace turnkey::provisioning {

class MetricCounters final : public Counters {
 public:
  explicit MetricCounters(service::Metrics& metrics);  // every series begins at 0, so that rates are right
  void count(Counted what) override;
  void count(const Fact& fact) override;

 private:
  void count(Counted what, double by);
  void count(const Fact& fact, double by);
  service::Metrics& metrics_;
};

}  // namespace turnkey::provisioning
