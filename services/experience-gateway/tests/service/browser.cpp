// SPDX-License-Identifier: Apache-2.0
#include "service/browser.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>

namespace turnkey::gateway::tests {
namespace {

int connect_to(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("the gateway does not accept connections");
  return socket;
}

void write_all(int socket, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto sent = ::send(socket, text.data() + at, text.size() - at, MSG_NOSIGNAL);
    if (sent <= 0) return;  // refused before all was read: the answer tells
    at += static_cast<std::size_t>(sent);
  }
}

bool read_some(int socket, std::string& into) {
  std::array<char, 4096> buffer{};
  const auto got = ::recv(socket, buffer.data(), buffer.size(), 0);
  if (got > 0) into.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0;
}

}  // namespace

std::string Answer::header(const std::string& lower_case_name) const {
  std::istringstream lines(head);
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(": ");
    if (colon == std::string::npos) continue;
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (name == lower_case_name) return line.substr(colon + 2, line.find('\r') - colon - 2);
  }
  return "";
}

std::string Browser::request(const std::string& method, const std::string& path, const std::string& headers,
                             const std::string& body) const {
  std::string text = method + " " + path + " HTTP/1.1\r\nHost: turnkey.example\r\n";
  text += "X-Correlation-Id: the-same-one\r\n";
  if (!token.empty()) text += "Cookie: turnkey_session=" + token + "\r\n";
  if (!origin.empty()) text += "Origin: " + origin + "\r\n";
  if (!body.empty() || method != "GET") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + headers + "\r\n" + body;
}

Answer Browser::send(const std::string& method, const std::string& path, const std::string& headers,
                     const std::string& body) const {
  const int socket = connect_to(port);
  write_all(socket, request(method, path, headers, body));
  std::string all;
  while (read_some(socket, all)) {
  }
  ::close(socket);
  const auto end = all.find("\r\n\r\n");
  if (end == std::string::npos) return {};
  return {std::stoi(all.substr(9, 3)), all.substr(0, end), all.substr(end + 4)};
}

Answer Browser::get(const std::string& path, const std::string& more_headers) const {
  return send("GET", path, more_headers, "");
}

Answer Browser::post(const std::string& path, const contracts::Json& body,
                     const std::string& more_headers) const {
  return send("POST", path, "Content-Type: application/json\r\n" + more_headers, body.dump());
}

Stream::Stream(const Browser& browser, const std::string& path, const std::string& headers)
    : socket_(connect_to(browser.port)) {
  write_all(socket_, browser.request("GET", path, headers, ""));
  thread_ = std::thread([this] {
    std::string part;
    while (read_some(socket_, part)) {
      const std::lock_guard lock(mutex_);
      text_ += part;
      part.clear();
    }
    const std::lock_guard lock(mutex_);
    ended_ = true;
  });
}

Stream::~Stream() {
  ::shutdown(socket_, SHUT_RDWR);
  thread_.join();
  ::close(socket_);
}

bool Stream::ended() {
  const std::lock_guard lock(mutex_);
  return ended_;
}

std::string Stream::text() {
  const std::lock_guard lock(mutex_);
  return text_;
}

std::vector<ServerSentEvent> Stream::events() {
  std::vector<ServerSentEvent> events;
  const std::string all = text();
  for (std::size_t at = all.find("\r\n\r\n"); at != std::string::npos;) {
    const std::size_t begin = at + (events.empty() && all.compare(at, 4, "\r\n\r\n") == 0 ? 4 : 2);
    const std::size_t end = all.find("\n\n", begin);
    if (end == std::string::npos) break;
    ServerSentEvent event;
    std::istringstream lines(all.substr(begin, end - begin));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("id: ")) event.id = line.substr(4);
      if (line.starts_with("event: ")) event.event = line.substr(7);
      if (line.starts_with("data: ")) event.data = contracts::Json::parse(line.substr(6), nullptr, false);
    }
    if (!event.event.empty()) events.push_back(event);
    at = end;
  }
  return events;
}

std::vector<ServerSentEvent> Stream::events(const std::string& name) {
  auto all = events();
  std::erase_if(all, [&](const ServerSentEvent& event) { return event.event != name; });
  return all;
}

}  // namespace turnkey::gateway::tests
