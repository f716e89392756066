// SPDX-License-Identifier: Apache-2.0
#include "inbound/webhook_loop.hpp"

#include "service/log.hpp"

namespace turnkey::registry {
namespace {

constexpr int kWorkers = 16;  // each holds one request to one receiver
constexpr auto kLookEvery = std::chrono::seconds(1);

}  // namespace

WebhookLoop::WebhookLoop(Deliver deliver, Finished finished)
    : deliver_(std::move(deliver)), finished_(std::move(finished)) {}

WebhookLoop::~WebhookLoop() { stop(); }

void WebhookLoop::start() {
  threads_.emplace_back([this] { look(); });
  for (int i = 0; i < kWorkers; ++i) threads_.emplace_back([this] { work(); });
}

void WebhookLoop::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

void WebhookLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void WebhookLoop::call_worker() {
  const std::lock_guard lock(mutex_);
  if (called_ < kWorkers) ++called_;
  changed_.notify_all();
}

bool WebhookLoop::over() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void WebhookLoop::look() {
  for (;;) {
    call_worker();
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kLookEvery, [this] { return stopping_ || woken_; });
    woken_ = false;
    if (stopping_) return;
  }
}

void WebhookLoop::work() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || called_ > 0; });
      if (stopping_) return;
      --called_;
    }
    work_off();
  }
}

void WebhookLoop::work_off() {
  try {
    while (!over()) {
      const auto outcome = deliver_([this] { call_worker(); });
      if (outcome == DeliveryOutcome::nothing_due) return;
      finished_(outcome);
    }
  } catch (const std::exception& error) {
    service::log_warning("webhook deliveries wait for the database", {{"reason", error.what()}});
  }
}

}  // namespace turnkey::registry
