// SPDX-License-Identifier: Apache-2.0
#include "support/report_storm.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <limits>
#include <stdexcept>

namespace turnkey::tests {
namespace {

using Clock = std::chrono::steady_clock;
using wire::Packet;

constexpr int kEventsAtOnce = 64;
constexpr int kPause_ms = 1;
constexpr std::size_t kWaitingBytes = 256 * 1024;
constexpr auto kFirstLogin = std::chrono::seconds(15);
constexpr auto kAgain = std::chrono::milliseconds(200);
constexpr auto kLastAnswers = std::chrono::seconds(30);

// A device that was registered a moment ago may be unknown to the broker for another moment.
std::unique_ptr<wire::Socket> connected(const bus::Options& options) {
  for (const auto end = Clock::now() + kFirstLogin;; std::this_thread::sleep_for(kAgain)) {
    try {
      auto socket = std::make_unique<wire::Socket>(options.host, options.port);
      socket->exchange(wire::connect(options), Packet::connack);
      socket->unblock();
      return socket;
    } catch (const std::runtime_error&) {
      if (Clock::now() > end) throw;
    }
  }
}

}  // namespace

struct ReportStorm::Device {
  Device(const Sender& sender, std::size_t index_of)
      : index(index_of), topic(sender.topic), connection(connected(sender.connection)), socket(*connection) {}
  const std::size_t index;
  const std::string topic;
  const std::unique_ptr<wire::Socket> connection;
  wire::Socket& socket;
  std::atomic<std::uint64_t> sent{0};
  int in_flight = 0;
  bool watched_for_room = false;
};

ReportStorm::ReportStorm(const std::vector<Sender>& senders, Limits limits)
    : limits_(limits), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  for (const auto& sender : senders) {
    devices_.push_back(std::make_unique<Device>(sender, devices_.size()));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = devices_.back()->index;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, devices_.back()->socket.fd(), &event);
  }
}

ReportStorm::~ReportStorm() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  close(epoll_);
}

std::string ReportStorm::report(std::uint64_t number) {
  return fmt::format(R"({{"data":{{"rpm":{},"manifold_temperature":81.{},"battery_voltage":13.{}}}}})",
                     number, number % 10, number % 7);
}

void ReportStorm::start() {
  thread_ = std::thread([this] { run(); });
}

void ReportStorm::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  if (failure_) std::rethrow_exception(failure_);
}

std::vector<std::uint64_t> ReportStorm::sent() const {
  std::vector<std::uint64_t> sent;
  for (const auto& device : devices_) sent.push_back(device->sent);
  return sent;
}

void ReportStorm::run() {
  try {
    loop();
  } catch (...) {
    failure_ = std::current_exception();
  }
}

void ReportStorm::loop() {
  const auto began = Clock::now();
  auto give_up = Clock::time_point::max();
  std::size_t first = 0;
  while (!stopping_ || acknowledged_ < sent_) {
    const auto now = Clock::now();
    if (stopping_ && give_up == Clock::time_point::max()) give_up = now + kLastAnswers;
    if (now > give_up) throw std::runtime_error("reports were never acknowledged");
    const double elapsed_s = std::chrono::duration<double>(now - began).count();
    due_ = limits_.rate > 0 ? static_cast<std::uint64_t>(elapsed_s * limits_.rate)
                            : std::numeric_limits<std::uint64_t>::max();
    std::array<epoll_event, kEventsAtOnce> events{};
    const int count = epoll_wait(epoll_, events.data(), kEventsAtOnce, kPause_ms);
    for (int i = 0; i < count; ++i)
      turn(*devices_[events.at(static_cast<std::size_t>(i)).data.u64],
           (events.at(static_cast<std::size_t>(i)).events & ~EPOLLOUT) != 0);
    // Those that have nothing to hear have something to say when time has gone on; another one begins.
    for (std::size_t i = 0; i < devices_.size(); ++i) turn(*devices_[(first + i) % devices_.size()], false);
    ++first;
  }
}

bool ReportStorm::may_send(const Device& device) const {
  return !stopping_ && !held_ && device.in_flight < limits_.window && sent_ < due_ &&
         device.socket.out.size() < kWaitingBytes;
}

void ReportStorm::turn(Device& device, bool readable) {
  if (readable) {
    device.socket.receive([&](Packet kind, std::uint8_t, std::string_view) {
      if (kind != Packet::puback) return;
      --device.in_flight;
      ++acknowledged_;
    });
  }
  // Paced, each sends one in its turn: the load is spread over all of them.
  while (may_send(device)) {
    const std::uint64_t number = device.sent++;
    wire::append_publish(device.socket.out, device.topic, report(number),
                         static_cast<std::uint16_t>(number % 60'000 + 1));
    ++device.in_flight;
    ++sent_;
    if (limits_.rate > 0) break;
  }
  device.socket.flush();
  watch(device);
}

void ReportStorm::watch(Device& device) {
  if (device.watched_for_room == device.socket.wants_room()) return;
  device.watched_for_room = device.socket.wants_room();
  epoll_event event{};
  event.events = EPOLLIN | (device.watched_for_room ? EPOLLOUT : 0U);
  event.data.u64 = device.index;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, device.socket.fd(), &event);
}

}  // namespace turnkey::tests
