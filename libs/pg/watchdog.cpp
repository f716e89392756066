// SPDX-License-Identifier: Apache-2.0
#include "pg/watchdog.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>

namespace turnkey::pg {
namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(250);

}  // namespace

Watchdog::Watchdog() : thread_([this] { loop(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

Watchdog::Watch::Watch(Watchdog& watchdog, int socket, std::chrono::milliseconds limit)
    : watchdog_(watchdog) {
  if (limit.count() <= 0 || socket < 0) return;
  const std::lock_guard lock(watchdog_.mutex_);
  id_ = ++watchdog_.last_id_;
  watchdog_.watched_.emplace(id_, Watched{socket, limit, Clock::now()});
  if (watchdog_.watched_.size() == 1) watchdog_.changed_.notify_all();
}

Watchdog::Watch::~Watch() {
  if (id_ == 0) return;
  const std::lock_guard lock(watchdog_.mutex_);
  watchdog_.watched_.erase(id_);
}

bool Watchdog::silent(const Watched& watched) {
  if (Clock::now() - watched.since < watched.limit) return false;
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(watched.socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  const std::chrono::milliseconds quiet(std::min(info.tcpi_last_data_sent, info.tcpi_last_data_recv));
  return quiet >= watched.limit;
}

void Watchdog::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (watched_.empty()) {
      changed_.wait(lock, [this] { return stopping_ || !watched_.empty(); });
    } else {
      changed_.wait_for(lock, kLookEvery, [this] { return stopping_; });
    }
    for (auto& [id, watched] : watched_) {
      if (!silent(watched)) continue;
      spdlog::warn("a database connection was silent for too long and is cut limit_ms={}",
                   watched.limit.count());
      ::shutdown(watched.socket, SHUT_RDWR);
      watched.since = Clock::now();  // reported once, and again should it still be there
    }
  }
}

}  // namespace turnkey::pg
