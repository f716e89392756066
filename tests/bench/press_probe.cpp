// SPDX-License-Identifier: Apache-2.0
#include "press_probe.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace turnkey::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

// One moment that another thread says.
class Moment {
 public:
  void set() {
    const std::lock_guard lock(mutex_);
    if (!at_) at_ = Clock::now();
    changed_.notify_all();
  }
  Clock::time_point wait() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kDeadline, [this] { return at_.has_value(); }))
      throw std::runtime_error("what was waited for did not come");
    return *at_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Clock::time_point> at_;
};

double press_once(const Probe& bench) {
  const auto opened = bench.user.post("/api/provisionings", {{"serial", bench.device.serial}});
  if (opened.status != 201) throw std::runtime_error("no window: " + opened.body);
  const std::string path = "/api/provisionings/" + opened.json().at("id").get<std::string>();
  Moment waiting, pressed;
  std::thread stream([&] {
    bench.user.stream(path + "/events", [&](const std::string& name, const contracts::Json&) {
      if (name == "snapshot") waiting.set();
      if (name == "press") pressed.set();
      return name != "press";
    });
    waiting.set();
  });
  waiting.wait();
  const auto began = Clock::now();
  bench.publisher.publish({bench.topic(), R"({"data":{"register_button":true}})"});
  const auto ended = pressed.wait();
  stream.join();
  bench.user.remove(path);
  return Milliseconds(ended - began).count();
}

}  // namespace

Samples raw(const Probe& bench, int count) {
  bus::Client subscriber(bench.installation.service("experience-gateway", "bench"));
  std::mutex mutex;
  std::string wanted;
  Moment* arrived = nullptr;
  subscriber.subscribe(bench.topic(), 1, [&](const bus::Message& message) {
    const std::lock_guard lock(mutex);
    if (arrived != nullptr && message.payload == wanted) arrived->set();
  });
  Moment ready;
  subscriber.on_connected([&] { ready.set(); });
  subscriber.start();
  ready.wait();
  Samples samples;
  for (int i = 0; i < count; ++i) {
    Moment moment;
    {
      const std::lock_guard lock(mutex);
      wanted = fmt::format(R"({{"data":{{"rpm":{}}}}})", i);
      arrived = &moment;
    }
    const auto began = Clock::now();
    bench.publisher.publish({bench.topic(), wanted});
    samples.push_back(Milliseconds(moment.wait() - began).count());
    const std::lock_guard lock(mutex);
    arrived = nullptr;
  }
  subscriber.stop();
  return samples;
}

Samples presses(const Probe& bench, int count) {
  Samples samples;
  for (int i = 0; i < count; ++i) samples.push_back(press_once(bench));
  return samples;
}

}  // namespace turnkey::bench
