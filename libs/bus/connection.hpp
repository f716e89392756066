// SPDX-License-Identifier: Apache-2.0
// What is behind a Client: the connection that is made again and again, its subscriptions, its queues.
//
// The thread `supervise` connects, subscribes and sends: it alone calls Paho (see link.hpp). Paho's threads
// only set flags, run inline handlers and push to the worker's queue. `ready_` once the subscriptions are
// acknowledged. Locks: `mutex_` may be held while a Deliveries' own is taken, never while Paho is called.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <thread>
#include <unordered_set>

#include "bus/client.hpp"
#include "bus/deliveries.hpp"
#include "bus/link.hpp"
#include "bus/subscriptions.hpp"
#include "bus/worker.hpp"

namespace turnkey::bus {

class Client::Connection final : private Link::Listener {
 public:
  explicit Connection(Options options);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  void stop(std::chrono::milliseconds drain);
  void cut();
  void subscribe(Subscription subscription);
  void unsubscribe(const std::string& filter);
  // With `awaited` it is set to the number that `wait_published` takes.
  bool publish(const Publication& publication, std::uint64_t* awaited, bool quiet = false);
  Deliveries::Result wait_published(std::uint64_t number, std::chrono::milliseconds timeout);
  bool wait_ready(std::chrono::milliseconds timeout);
  bool ready() const { return ready_; }
  const Options& options() const { return options_; }
  void on_connected(std::function<void()> callback);
  void on_disconnected(std::function<void(const std::string&)> callback);

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kRequestsOpen = 1'000'000;
  enum class Kind { publish, subscribe, unsubscribe };
  struct Operation {
    Kind kind;
    std::string filter{};
    int qos = 0;
    Publication publication{};
    Deliveries::Ticket* ticket = nullptr;
  };

  // The supervisor's thread (supervisor.cpp).
  void supervise();
  bool make_ready();
  void subscribe_new(std::unordered_set<std::string>& sent);
  void subscribe_now(const std::vector<Link::Wanted>& wanted);
  void unsubscribe_old(std::unordered_set<std::string> sent);
  void serve();
  bool take(std::deque<Operation>& batch);
  void perform(const Operation& operation);
  void report(const std::string& trouble);
  void wait_or_stop(std::chrono::milliseconds pause);

  // Any thread.
  bool stopped();
  void request(Operation operation);
  void fail_open();
  nlohmann::json about_broker() const;
  static Worker::Task guarded(std::string what, std::function<void()> task);

  // Paho's threads.
  void publication_answered();
  void lost(const std::string& reason) override;
  void arrived(Message message) override;

  const Options options_;
  std::mutex stop_mutex_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool lost_ = false;
  std::atomic<bool> ready_{false};
  std::deque<Operation> outgoing_;
  std::size_t handed_over_ = 0;  // publications that Paho has and that are not answered
  std::vector<std::function<void()>> connected_callbacks_;
  std::vector<std::function<void(const std::string&)>> disconnected_callbacks_;
  std::string last_trouble_;         // the supervisor's own
  Clock::time_point next_report_{};  // the supervisor's own
  Subscriptions subscriptions_;
  Deliveries publications_;
  Deliveries requests_;  // subscribe and unsubscribe
  Worker worker_;
  std::thread supervisor_;
  Link link_;  // last: its callbacks end before what they use
};

}  // namespace turnkey::bus
