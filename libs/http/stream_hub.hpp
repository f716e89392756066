// SPDX-License-Identifier: Apache-2.0
// All event streams on one epoll thread. A stream begins as an object that collects events and becomes a
// socket when its handler has agreed (`adopt`). Thread safe.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "http/server.hpp"

namespace turnkey::http {

class StreamHub : public std::enable_shared_from_this<StreamHub> {
 public:
  class Stream;
  explicit StreamHub(const ServerOptions& options);
  ~StreamHub();
  void start();
  void stop();

  // Null when there are too many in total or from this address.
  std::shared_ptr<Stream> open(const std::string& address);
  // Takes the socket over, writes `head` and what the stream collected, and whatever is sent from now on.
  void adopt(int socket, const std::shared_ptr<Stream>& stream, const std::string& head);
  void drop(const std::shared_ptr<Stream>& stream);  // never adopted: its handler refused
  std::size_t count() const { return count_; }

 private:
  friend class Stream;
  void wake(const std::shared_ptr<Stream>& stream);
  void loop();
  void flush_woken();
  void flush(const std::shared_ptr<Stream>& stream);
  void close(std::shared_ptr<Stream> stream);  // by value: the map's own one goes meanwhile
  void comment_some();
  void release(const std::string& address);

  const ServerOptions options_;
  int epoll_ = -1;
  int event_ = -1;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> count_{0};
  std::mutex mutex_;  // guards woken_ and by_address_
  std::vector<std::shared_ptr<Stream>> woken_;
  std::map<std::string, std::size_t> by_address_;
  std::unordered_map<int, std::shared_ptr<Stream>> by_socket_;  // the hub's thread only
  int comment_part_ = 0;                                        // likewise
  std::thread thread_;
};

class StreamHub::Stream final : public EventStream, public std::enable_shared_from_this<Stream> {
 public:
  Stream(std::shared_ptr<StreamHub> hub, std::string address)
      : hub_(std::move(hub)), address_(std::move(address)) {}
  void send(const Event& event) override;
  void finish() override;
  bool open() const override { return open_; }
  void on_closed(std::function<void()> callback) override;

 private:
  friend class StreamHub;
  const std::shared_ptr<StreamHub> hub_;
  const std::string address_;
  std::atomic<bool> open_{true};
  std::mutex mutex_;  // guards what follows
  std::string buffer_;
  bool finishing_ = false;
  bool overflowed_ = false;
  std::function<void()> on_closed_;
  int socket_ = -1;  // set before the hub's thread sees it
};

}  // namespace turnkey::http
