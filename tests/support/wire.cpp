// SPDX-License-Identifier: Apache-2.0
#include "support/wire.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace turnkey::tests::wire {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::uint8_t kConnect = 0x10;
constexpr std::uint8_t kPublishQos1 = 0x32;
constexpr std::uint8_t kPuback = 0x40;
constexpr std::uint8_t kSubscribe = 0x82;

void append_number(std::string& out, std::size_t number) {
  out.push_back(static_cast<char>(number >> 8U));
  out.push_back(static_cast<char>(number & 0xFFU));
}

void append_text(std::string& out, std::string_view text) {
  append_number(out, text.size());
  out.append(text);
}

void append_header(std::string& out, std::uint8_t first, std::size_t length) {
  out.push_back(static_cast<char>(first));
  do {
    const auto digit = static_cast<std::uint8_t>(length % 128);
    length /= 128;
    out.push_back(static_cast<char>(length > 0 ? digit | 0x80U : digit));
  } while (length > 0);
}

std::size_t number_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::size_t>(static_cast<std::uint8_t>(bytes.at(at))) << 8U |
         static_cast<std::uint8_t>(bytes.at(at + 1));
}

}  // namespace

std::string connect(const bus::Options& options) {
  std::string body;
  append_text(body, "MQTT");
  body.push_back(4);                                                           // 3.1.1
  body.push_back(static_cast<char>(options.user_name.empty() ? 0x02 : 0xC2));  // clean; user name, password
  append_number(body, 0);                                                      // no keep-alive
  append_text(body, options.client_id);
  if (!options.user_name.empty()) {
    append_text(body, options.user_name);
    const auto passwords = options.password.all();
    append_text(body, passwords.empty() ? std::string_view() : passwords.front());
  }
  std::string packet;
  append_header(packet, kConnect, body.size());
  return packet + body;
}

std::string subscribe(const std::string& filter, int qos) {
  std::string packet;
  append_header(packet, kSubscribe, filter.size() + 5);
  append_number(packet, 1);
  append_text(packet, filter);
  packet.push_back(static_cast<char>(qos));
  return packet;
}

void append_publish(std::string& out, std::string_view topic, std::string_view payload, std::uint16_t id) {
  append_header(out, kPublishQos1, 4 + topic.size() + payload.size());
  append_text(out, topic);
  append_number(out, id);
  out.append(payload);
}

void append_puback(std::string& out, std::uint16_t id) {
  append_header(out, kPuback, 2);
  append_number(out, id);
}

std::uint16_t id_of_publish(std::string_view body) {
  return static_cast<std::uint16_t>(number_at(body, 2 + number_at(body, 0)));
}

std::uint16_t id_of_puback(std::string_view body) { return static_cast<std::uint16_t>(number_at(body, 0)); }

Socket::Socket(const std::string& host, int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool known = inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1;
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (known && ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
  close(fd_);
  throw std::runtime_error("no connection to " + host + ":" + std::to_string(port));
}

Socket::~Socket() { close(fd_); }

void Socket::unblock() { fcntl(fd_, F_SETFL, fcntl(fd_, F_GETFL) | O_NONBLOCK); }

void Socket::exchange(const std::string& packet, Packet answer) {
  out += packet;
  while (!flush()) {
  }
  bool answered = false;
  while (!answered) {
    receive([&](Packet kind, std::uint8_t, std::string_view body) {
      if (kind != answer) return;
      answered = true;
      if (kind != Packet::connack && kind != Packet::suback) return;  // the others hold no answer
      const int code = body.empty() ? 255 : static_cast<std::uint8_t>(body.back());
      if (code > (kind == Packet::suback ? 2 : 0))  // a SUBACK's code is the QoS that was granted
        throw std::runtime_error("the broker refuses the connection or the subscription");
    });
  }
}

bool Socket::flush() {
  while (!out.empty()) {
    const ssize_t sent = send(fd_, out.data(), out.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      out.erase(0, static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      return false;
    } else if (errno != EINTR) {
      throw std::runtime_error("the broker has ended a connection of the load");
    }
  }
  return true;
}

void Socket::receive(const OnPacket& on_packet) {
  std::array<char, kReadBytes> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read into
  const ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) throw std::runtime_error("the broker has ended a connection of the load");
  in_.append(buffer.data(), static_cast<std::size_t>(got));
  parse(on_packet);
}

void Socket::parse(const OnPacket& on_packet) {
  std::size_t at = 0;
  while (at + 2 <= in_.size()) {
    std::size_t length = 0;
    std::size_t header = 1;
    unsigned shift = 0;
    bool more = true;
    for (; more && at + header < in_.size(); ++header, shift += 7) {
      const auto digit = static_cast<std::uint8_t>(in_[at + header]);
      length |= static_cast<std::size_t>(digit & 0x7FU) << shift;
      more = (digit & 0x80U) != 0;
    }
    if (more || at + header + length > in_.size()) break;
    const auto first = static_cast<std::uint8_t>(in_[at]);
    on_packet(static_cast<Packet>(first >> 4U), first & 0x0FU,
              std::string_view(in_).substr(at + header, length));
    at += header + length;
  }
  in_.erase(0, at);
}

}  // namespace turnkey::tests::wire
