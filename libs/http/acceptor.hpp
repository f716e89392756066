// SPDX-License-Identifier: Apache-2.0
// Listens, and hands each connection to one of a fixed number of threads. Accepting goes on whatever becomes
// of single attempts (no descriptors left, a client that has gone), which cpp-httplib's own loop does not.
// Connections that wait for a thread are bounded; beyond that they wait in the kernel. Thread safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace turnkey::http {

class Acceptor {
 public:
  using Serve = std::function<void(int socket)>;  // owns the socket
  // Binds and listens; port 0 takes a free one. Throws std::runtime_error when the port is taken.
  Acceptor(const std::string& address, int port, int threads, Serve serve);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  int port() const { return port_; }
  bool listening() const { return listening_; }
  void stop();  // accepts no more, serves what it has, and returns when all threads are done

 private:
  void accept_all();
  void hand_over(int socket);
  void pause_after(int error);
  void serve_all();

  const Serve serve_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> listening_{true};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<int> waiting_;
  bool stopping_ = false;
  std::thread acceptor_;
  std::vector<std::thread> servers_;
};

}  // namespace turnkey::http
