// SPDX-License-Identifier: Apache-2.0
// Works off webhook deliveries on a few threads of its own. One looks every second, and when it is woken, by
// calling a worker; a worker that has taken a delivery calls the next one before it sends. Thread safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "usecases/deliver_webhooks.hpp"

namespace turnkey::registry {

class WebhookLoop {
 public:
  using Taken = std::function<void()>;
  using Deliver = std::function<DeliveryOutcome(const Taken&)>;
  using Finished = std::function<void(DeliveryOutcome)>;
  // `deliver` runs on many threads at once; `finished` hears of each that was tried.
  WebhookLoop(Deliver deliver, Finished finished);
  ~WebhookLoop();
  void start();
  void wake();  // after a commit that may have written deliveries
  void stop();  // waits for requests that are under way: ten seconds at most, and a name's resolution

 private:
  void look();
  void work();
  void work_off();  // until nothing is due
  void call_worker();
  bool over();

  const Deliver deliver_;
  const Finished finished_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  int called_ = 0;  // workers
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace turnkey::registry
