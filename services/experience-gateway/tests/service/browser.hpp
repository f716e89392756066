// SPDX-License-Identifier: Apache-2.0
// A client of the gateway that shows every byte: plain sockets, one request a connection, and event streams.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "contracts/json.hpp"

namespace turnkey::gateway::tests {

struct Answer {
  int status = 0;
  std::string head;
  std::string body;
  std::string header(const std::string& lower_case_name) const;  // "" when there is none
  contracts::Json json() const { return contracts::Json::parse(body, nullptr, false); }
  std::string bytes() const { return head + "\r\n\r\n" + body; }
};

// What one person's browser sends along.
struct Browser {
  int port = 0;
  std::string token{};
  std::string origin = "https://turnkey.example";

  Answer get(const std::string& path, const std::string& more_headers = "") const;
  Answer post(const std::string& path, const contracts::Json& body,
              const std::string& more_headers = "") const;
  Answer send(const std::string& method, const std::string& path, const std::string& headers,
              const std::string& body) const;
  std::string request(const std::string& method, const std::string& path, const std::string& headers,
                      const std::string& body) const;
};

struct ServerSentEvent {
  std::string id;
  std::string event;
  contracts::Json data;
};

// An open stream, read by a thread of its own.
class Stream {
 public:
  Stream(const Browser& browser, const std::string& path, const std::string& headers = "");
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  bool ended();        // by the server
  std::string text();  // every byte that came
  std::vector<ServerSentEvent> events();
  std::vector<ServerSentEvent> events(const std::string& name);

 private:
  const int socket_;
  std::mutex mutex_;
  std::string text_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace turnkey::gateway::tests
