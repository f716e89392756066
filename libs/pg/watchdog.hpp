// SPDX-License-Identifier: Apache-2.0
// Cuts connections whose server has fallen silent. A stopped server still acknowledges TCP, so neither
// keepalives nor the server's own statement_timeout end the wait of libpq. A watched socket over which no
// data went either way for its limit is shut down, and the thread that waits for it gets a broken connection.
// TCP only. Owned by the pool; thread safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>

namespace turnkey::pg {

class Watchdog {
 public:
  using Clock = std::chrono::steady_clock;
  Watchdog();
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // Watches `socket`, which stays open meanwhile, as long as this lives. A limit of 0 watches nothing.
  class Watch {
   public:
    Watch(Watchdog& watchdog, int socket, std::chrono::milliseconds limit);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    Watchdog& watchdog_;
    std::uint64_t id_ = 0;
  };

 private:
  struct Watched {
    int socket;
    std::chrono::milliseconds limit;
    Clock::time_point since;
  };
  void loop();
  static bool silent(const Watched& watched);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, Watched> watched_;
  std::uint64_t last_id_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace turnkey::pg
