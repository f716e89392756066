// SPDX-License-Identifier: Apache-2.0
#include "firmware_bench.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "domain/firmware_watch.hpp"

namespace turnkey::simulator {
namespace {

using Clock = std::chrono::steady_clock;
using Instant = Clock::time_point;
using namespace std::chrono_literals;

constexpr int kNotAuthorised311 = 5;
constexpr int kNotAuthorised5 = 0x87;
constexpr std::chrono::seconds kBack{90};  // longest pause of firmware, and some chance

core::Timestamp wall_clock() { return core::SystemClock().now(); }

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  void reset(int fd = -1) {
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }
  int get() const { return fd_; }
  bool readable(Instant until) const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    pollfd wanted{fd_, POLLIN, 0};
    return poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) == 1;
  }

 private:
  int fd_;
};

bool listen_on(const Descriptor& listener, const BenchSettings& settings) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(settings.port));
  const int yes = 1;
  setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  return inet_pton(AF_INET, settings.address.c_str(), &address.sin_addr) == 1 &&
         bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
         listen(listener.get(), 8) == 0;
}

int port_of(const Descriptor& listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

class Bench {
 public:
  Bench(const BenchSettings& settings, const Descriptor& listener)
      : settings_(settings), listener_(listener), watch_(settings.root, settings.register_attribute) {}

  std::vector<Ruling> run() {
    if (!take_login(Clock::now() + settings_.connect)) return watch_.rulings();
    serve(Clock::now() + settings_.watch, [] { return false; });
    if (settings_.press > 0s) await_press();
    if (settings_.refuse > 0s) refuse_logins();
    return watch_.rulings();
  }

 private:
  void await_press() {
    watch_.awaits_press();
    settings_.say("Press the button of the device now.");
    serve(Clock::now() + settings_.press, [this] { return watch_.pressed(); });
  }

  void refuse_logins() {
    settings_.say("Its logins are refused now: it should wait longer each time.");
    device_.reset();
    const Instant until = Clock::now() + settings_.refuse;
    for (std::size_t i = 0; i < FirmwareWatch::kRefusalsToJudge; ++i) {
      const auto login = next_login(until);
      if (!login) return;
      const int code = login->version == mqtt::Version::v5 ? kNotAuthorised5 : kNotAuthorised311;
      watch_.is_refused(wall_clock());
      answer(mqtt::connack(login->version, code));
      device_.reset();
    }
    if (take_login(Clock::now() + kBack)) watch_.comes_back();
  }

  // Its CONNECT, on a connection of its own.
  std::optional<mqtt::Connect> next_login(Instant until) {
    while (listener_.readable(until)) {
      device_.reset(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      bytes_.clear();
      const auto packet = next_packet(std::min(until, Clock::now() + 5s));
      const auto connect = packet ? mqtt::read_connect(*packet) : std::nullopt;
      if (connect) return connect;
      if (!bytes_.empty() || packet) watch_.sends_nonsense();
    }
    return std::nullopt;
  }

  bool take_login(Instant until) {
    const auto login = next_login(until);
    if (!login) return false;
    version_ = login->version;
    watch_.connects(*login);
    answer(mqtt::connack(version_, 0));
    return true;
  }

  // Everything is taken; a device that goes is taken in again.
  template <typename Done>
  void serve(Instant until, const Done& done) {
    while (Clock::now() < until && !done()) {
      const auto packet = next_packet(until);
      if (packet)
        take(*packet);
      else if (ended_ && !take_login(until))
        return;
    }
  }

  void take(const mqtt::Packet& packet) {
    if (packet.type == mqtt::kPing) return answer(mqtt::pong());
    if (const auto wanted = mqtt::read_subscribe(packet, version_)) {
      watch_.subscribes(*wanted);
      return answer(mqtt::suback(version_, *wanted));
    }
    if (const auto publication = mqtt::read_publish(packet, version_)) {
      watch_.publishes(*publication, wall_clock());
      if (publication->qos == 1) answer(mqtt::puback(publication->id));
    }
  }

  std::optional<mqtt::Packet> next_packet(Instant until) {
    bool broken = false;
    ended_ = false;
    for (;;) {
      if (auto packet = mqtt::take_packet(bytes_, broken)) return packet;
      if (broken) watch_.sends_nonsense();
      std::array<char, 16 * 1024> piece{};
      if (broken || !device_.readable(until)) break;
      const auto got = recv(device_.get(), piece.data(), piece.size(), 0);
      if (got <= 0) {
        ended_ = true;
        break;
      }
      bytes_.append(piece.data(), static_cast<std::size_t>(got));
    }
    ended_ = ended_ || broken;
    return std::nullopt;
  }

  void answer(const std::string& bytes) const {
    // One that has gone is noticed when it is read from.
    if (send(device_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return;
  }

  const BenchSettings& settings_;
  const Descriptor& listener_;
  Descriptor device_;
  mqtt::Version version_ = mqtt::Version::v3_1_1;
  std::string bytes_;
  bool ended_ = false;
  FirmwareWatch watch_;
};

}  // namespace

core::Result<std::vector<Ruling>> watch_firmware(const BenchSettings& settings) {
  const Descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listen_on(listener, settings))
    return core::unavailable("Port " + std::to_string(settings.port) + " of " + settings.address +
                             " cannot be had.");
  settings.listening(port_of(listener));
  return Bench(settings, listener).run();
}

}  // namespace turnkey::simulator
