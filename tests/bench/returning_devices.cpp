// SPDX-License-Identifier: Apache-2.0
#include "returning_devices.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

#include "loopback.hpp"
#include "support/wire.hpp"

namespace turnkey::bench {
namespace {

using tests::wire::Packet;

constexpr std::size_t kDevicesOfAnAddress = 200;
constexpr int kEventsAtOnce = 512;
constexpr int kPause_ms = 5;

}  // namespace

struct ReturningDevices::Device {
  std::size_t number = 0;
  bus::Options connection{};
  int fd = -1;
  bool accepted = false;  // by the network
  bool reported = false;  // since the last call
  Clock::time_point next_attempt{};
  std::string in{};
};

ReturningDevices::ReturningDevices(std::vector<bus::Options> connections, std::chrono::milliseconds pause)
    : pause_(pause), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  for (auto& connection : connections) {
    devices_.push_back(std::make_unique<Device>());
    devices_.back()->number = devices_.size() - 1;
    devices_.back()->connection = std::move(connection);
    waiting_.push_back(devices_.back().get());
  }
}

ReturningDevices::~ReturningDevices() {
  for (const auto& device : devices_) {
    if (device->fd >= 0) close(device->fd);
  }
  close(epoll_);
}

ReturningDevices::Times ReturningDevices::until_all_reported(std::chrono::seconds within,
                                                             const std::function<void()>& killed) {
  for (const auto& device : devices_) device->reported = false;
  times_ = {};
  began_ = Clock::now();
  killed();
  std::array<epoll_event, kEventsAtOnce> events{};
  while (times_.reported.size() < devices_.size()) {
    if (Clock::now() - began_ > within)
      throw std::runtime_error(
          fmt::format("only {} of {} devices have reported again", times_.reported.size(), devices_.size()));
    begin_due();
    const int ready = epoll_wait(epoll_, events.data(), kEventsAtOnce, kPause_ms);
    for (int i = 0; i < ready; ++i) {
      const auto& event = events.at(static_cast<std::size_t>(i));
      turn(*static_cast<Device*>(event.data.ptr), event.events);
    }
  }
  return times_;
}

void ReturningDevices::begin_due() {
  const auto now = Clock::now();
  while (!waiting_.empty() && waiting_.front()->next_attempt <= now) {
    Device& device = *waiting_.front();
    waiting_.pop_front();
    begin(device);
  }
}

void ReturningDevices::begin(Device& device) {
  ++times_.attempts;
  device.fd = connecting(device.number / kDevicesOfAnAddress, device.connection.port);
  epoll_event wanted{};
  wanted.events = EPOLLOUT;
  wanted.data.ptr = &device;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, device.fd, &wanted);
}

void ReturningDevices::turn(Device& device, std::uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return failed(device);
  device.accepted ? take(device) : connected(device);
}

void ReturningDevices::connected(Device& device) {
  if (times_.first_accepted == Clock::duration{}) times_.first_accepted = Clock::now() - began_;
  device.accepted = true;
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  wanted.data.ptr = &device;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, device.fd, &wanted);
  send(device, tests::wire::connect(device.connection));
}

void ReturningDevices::take(Device& device) {
  std::array<char, 1024> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read into
  const ssize_t got = recv(device.fd, buffer.data(), buffer.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return failed(device);
  device.in.append(buffer.data(), static_cast<std::size_t>(got));
  // What a broker says to a device here is shorter than 128 bytes: its length is one.
  while (device.in.size() >= 2 && device.in.size() >= 2U + static_cast<std::uint8_t>(device.in[1])) {
    const std::string packet = device.in.substr(0, 2U + static_cast<std::uint8_t>(device.in[1]));
    device.in.erase(0, packet.size());
    answer(device, static_cast<std::uint8_t>(packet[0]) >> 4U, std::string_view(packet).substr(2));
    if (device.fd < 0) return;
  }
}

void ReturningDevices::answer(Device& device, std::uint8_t kind, std::string_view body) {
  const auto packet = static_cast<Packet>(kind);
  if (packet == Packet::puback && !device.reported) {
    device.reported = true;
    times_.reported.push_back(Clock::now() - began_);
  }
  if (packet != Packet::connack) return;
  if (body.back() != 0) {
    ++times_.refused;
    return failed(device);
  }
  const std::string root = "devices/" + device.connection.client_id;
  std::string bytes = tests::wire::subscribe(root + "/command", 1);
  tests::wire::append_publish(bytes, root + "/state", R"({"data":{"rpm":1}})", 2);
  send(device, bytes);
}

void ReturningDevices::send(Device& device, const std::string& bytes) {
  // Some hundred bytes into an empty buffer: it takes them whole, unless the connection is gone.
  if (::send(device.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
    failed(device);
}

void ReturningDevices::failed(Device& device) {
  close(device.fd);
  device.fd = -1;
  device.accepted = false;
  device.in.clear();
  device.next_attempt = Clock::now() + pause_;
  waiting_.push_back(&device);
}

}  // namespace turnkey::bench
