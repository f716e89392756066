// SPDX-License-Identifier: Apache-2.0
#include "service/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <mutex>
#include <vector>

namespace turnkey::service {
namespace {

// From half a millisecond to ten seconds: what people notice and what deadlines allow.
const prometheus::Histogram::BucketBoundaries kLatency_s = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                            0.1,    0.25,  0.5,    1,     2.5,  5,     10};

// A part that cannot say must not cost all the others their place in the scrape.
double value_of(const std::function<double()>& read) {
  try {
    return read();
  } catch (const std::exception&) {
    return std::numeric_limits<double>::quiet_NaN();
  }
}

}  // namespace

struct Metrics::Registry {
  prometheus::Registry all;
  std::mutex mutex;
  std::vector<std::pair<prometheus::Gauge*, std::function<double()>>> asked;
};

Metrics::Metrics() : registry_(std::make_unique<Registry>()) {}
Metrics::~Metrics() = default;

void Metrics::count(const std::string& name, const std::string& help, const Labels& labels, double by) {
  prometheus::BuildCounter().Name(name).Help(help).Register(registry_->all).Add(labels).Increment(by);
}

void Metrics::set(const std::string& name, const std::string& help, const Labels& labels, double value) {
  prometheus::BuildGauge().Name(name).Help(help).Register(registry_->all).Add(labels).Set(value);
}

void Metrics::observe(const std::string& name, const std::string& help, const Labels& labels,
                      double seconds) {
  prometheus::BuildHistogram()
      .Name(name)
      .Help(help)
      .Register(registry_->all)
      .Add(labels, kLatency_s)
      .Observe(seconds);
}

void Metrics::gauge(const std::string& name, const std::string& help, std::function<double()> read) {
  auto& gauge = prometheus::BuildGauge().Name(name).Help(help).Register(registry_->all).Add({});
  const std::lock_guard lock(registry_->mutex);
  registry_->asked.emplace_back(&gauge, std::move(read));
}

std::string Metrics::text() const {
  const std::lock_guard lock(registry_->mutex);
  for (const auto& [gauge, read] : registry_->asked) gauge->Set(value_of(read));
  return prometheus::TextSerializer().Serialize(registry_->all.Collect());
}

}  // namespace turnkey::service
