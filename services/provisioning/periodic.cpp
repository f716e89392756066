// SPDX-License-Identifier: Apache-2.0
#include "periodic.hpp"

#include "service/log.hpp"

namespace turnkey::provisioning {

Periodic::Periodic(std::string name, std::chrono::milliseconds pause, std::function<void()> work)
    : name_(std::move(name)), pause_(pause), work_(std::move(work)) {}
Periodic::~Periodic() { stop(); }

void Periodic::start() {
  thread_ = std::thread([this] { loop(); });
}

void Periodic::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Periodic::loop() {
  for (;;) {
    round();
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, pause_, [this] { return stopping_; })) return;
  }
}

void Periodic::round() {
  try {
    work_();
    if (troubled_) service::log_info("works again", {{"work", name_}});
    troubled_ = false;
  } catch (const std::exception& error) {
    if (!troubled_) service::log_warning("is held up", {{"work", name_}, {"reason", error.what()}});
    troubled_ = true;
  }
}

}  // namespace turnkey::provisioning
