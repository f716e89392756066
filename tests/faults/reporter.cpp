// SPDX-License-Identifier: Apache-2.0
#include "reporter.hpp"

#include <fmt/format.h>

namespace turnkey::tests {
namespace {

constexpr auto kAcknowledgement = std::chrono::seconds(2);
constexpr auto kPace = std::chrono::milliseconds(1);

}  // namespace

Reporter::Reporter(const Installation& installation, const DeviceKeys& keys)
    : client_(installation.device(keys)), topic_("devices/" + keys.id + "/state") {
  client_.start();
  thread_ = std::thread([this] { loop(); });
}

void Reporter::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void Reporter::loop() {
  while (!stopping_) {
    if (!client_.wait_connected(std::chrono::milliseconds(100))) continue;
    const int number = sent_++;
    // One that is not acknowledged is never sent again under this number: it may be stored or not.
    if (client_.publish_and_wait({topic_, fmt::format(R"({{"data":{{"rpm":{}}}}})", number)},
                                 kAcknowledgement)) {
      const std::lock_guard lock(mutex_);
      acknowledged_.insert(number);
    }
    std::this_thread::sleep_for(kPace);
  }
}

std::set<int> Reporter::acknowledged() const {
  const std::lock_guard lock(mutex_);
  return acknowledged_;
}

}  // namespace turnkey::tests
