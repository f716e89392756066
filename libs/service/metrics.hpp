// SPDX-License-Identifier: Apache-2.0
// Metrics in Prometheus form. Names "turnkey_<what>_<unit>"; label values from small closed sets only. Thread
// safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace turnkey::service {

using Labels = std::map<std::string, std::string>;

class Metrics {
 public:
  Metrics();
  ~Metrics();
  void count(const std::string& name, const std::string& help, const Labels& labels = {}, double by = 1);
  void set(const std::string& name, const std::string& help, const Labels& labels, double value);
  void observe(const std::string& name, const std::string& help, const Labels& labels,
               double seconds);  // histogram of latency
  // Asked at every scrape, until this object ends. An exception out of `read` shows as NaN. `read` must not
  // call this object.
  void gauge(const std::string& name, const std::string& help, std::function<double()> read);
  std::string text() const;  // the exposition format

 private:
  struct Registry;
  std::unique_ptr<Registry> registry_;
};

}  // namespace turnkey::service
