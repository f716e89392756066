// SPDX-License-Identifier: Apache-2.0
#include "bus/connection.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "bus/log.hpp"
#include "bus/paho.hpp"

namespace turnkey::bus {
namespace {

constexpr std::size_t kMessageOverhead_bytes = 200;

std::chrono::milliseconds left_until(std::chrono::steady_clock::time_point end) {
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()),
                  std::chrono::milliseconds(0));
}

}  // namespace

Client::Connection::Connection(Options options)
    : options_(std::move(options)),
      publications_([this] { publication_answered(); }),
      worker_(options_.worker_threads, options_.queue_limit),
      link_(options_, *this) {}

Client::Connection::~Connection() { stop(std::chrono::seconds(2)); }

void Client::Connection::start() {
  const std::lock_guard lock(mutex_);
  if (supervisor_.joinable() || stopping_) return;
  worker_.start();
  supervisor_ = std::thread([this] { supervise(); });
}

// Intake first (queued handlers only: inline ones keep nothing that could be lost), then what is queued,
// then what the handlers published.
void Client::Connection::stop(std::chrono::milliseconds drain) {
  const std::lock_guard one_at_a_time(stop_mutex_);
  if (!supervisor_.joinable()) return;
  const auto end = Clock::now() + drain;
  if (ready_) {
    for (const auto& subscription : subscriptions_.all()) {
      if (subscription->dispatch == Dispatch::queued) request({Kind::unsubscribe, subscription->filter});
    }
    requests_.wait_all(left_until(end));
    worker_.wait_idle(left_until(end));
    publications_.wait_all(left_until(end));
  }
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    ready_ = false;
    changed_.notify_all();
  }
  link_.give_up();
  fail_open();  // a handler that waits for the broker ends now
  worker_.stop();
  supervisor_.join();
  link_.disconnect();
}

// Only the socket: Paho finds out by itself, as after any loss.
void Client::Connection::cut() { paho::shut_down(options_.port); }

void Client::Connection::subscribe(Subscription subscription) {
  const std::string filter = subscription.filter;
  const int qos = subscription.qos;
  subscriptions_.add(std::move(subscription));
  request({Kind::subscribe, filter, qos});
}

void Client::Connection::unsubscribe(const std::string& filter) {
  subscriptions_.remove(filter);
  request({Kind::unsubscribe, filter});
}

bool Client::Connection::publish(const Publication& publication, std::uint64_t* awaited, bool quiet) {
  Operation operation{Kind::publish, {}, 0, publication};
  const std::lock_guard lock(mutex_);
  if (!ready_) return false;
  operation.ticket =
      publications_.open(options_.outgoing_limit, operation.publication.topic, awaited != nullptr, quiet);
  if (operation.ticket == nullptr) return false;
  if (awaited != nullptr) *awaited = operation.ticket->number;
  outgoing_.push_back(std::move(operation));
  changed_.notify_all();
  return true;
}

Deliveries::Result Client::Connection::wait_published(std::uint64_t number,
                                                      std::chrono::milliseconds timeout) {
  const Worker::WaitsForBroker waits;
  return publications_.wait(number, timeout);
}

bool Client::Connection::wait_ready(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [this] { return ready_.load(); });
}

void Client::Connection::on_connected(std::function<void()> callback) {
  const std::lock_guard lock(mutex_);
  connected_callbacks_.push_back(std::move(callback));
}

void Client::Connection::on_disconnected(std::function<void(const std::string&)> callback) {
  const std::lock_guard lock(mutex_);
  disconnected_callbacks_.push_back(std::move(callback));
}

bool Client::Connection::stopped() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Client::Connection::request(Operation operation) {
  const std::lock_guard lock(mutex_);
  if (!ready_) return;  // `make_ready` sees to what is wanted and what is not any more
  operation.ticket = requests_.open(kRequestsOpen, operation.filter);
  outgoing_.push_back(std::move(operation));
  changed_.notify_all();
}

void Client::Connection::fail_open() {
  std::deque<Operation> unsent;
  {
    const std::lock_guard lock(mutex_);
    unsent.swap(outgoing_);
    handed_over_ = 0;
  }
  for (const auto& operation : unsent) {
    if (operation.ticket != nullptr) Deliveries::finish(operation.ticket, Deliveries::Result::failed);
  }
  publications_.fail_all();
  requests_.fail_all();
}

nlohmann::json Client::Connection::about_broker() const {
  return {{"broker", options_.host + ":" + std::to_string(options_.port)}, {"client_id", options_.client_id}};
}

void Client::Connection::publication_answered() {
  const std::lock_guard lock(mutex_);
  if (handed_over_ > 0) --handed_over_;
  if (!outgoing_.empty()) changed_.notify_all();
}

void Client::Connection::lost(const std::string& reason) {
  std::vector<std::function<void(const std::string&)>> callbacks;
  {
    const std::lock_guard lock(mutex_);
    lost_ = true;
    if (ready_) callbacks = disconnected_callbacks_;
    ready_ = false;
    changed_.notify_all();
  }
  fail_open();
  auto fields = about_broker();
  fields["reason"] = reason;
  log_line(spdlog::level::warn, "the connection to the broker was lost", std::move(fields));
  for (auto& callback : callbacks) {
    worker_.push_always(
        guarded("disconnected", [callback = std::move(callback), reason] { callback(reason); }));
  }
}

void Client::Connection::arrived(Message message) {
  const auto wanted = subscriptions_.of(message.topic);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto& subscription = wanted[i];
    std::string topic = message.topic;
    const std::size_t bytes = topic.size() + message.payload.size() + kMessageOverhead_bytes;
    auto task = guarded(std::move(topic),
                        [subscription, message = i + 1 == wanted.size() ? std::move(message) : message] {
                          subscription->handler(message);
                        });
    if (subscription->dispatch == Dispatch::inline_) {
      task();
    } else {
      worker_.push(std::move(task), bytes);
    }
  }
}

Worker::Task Client::Connection::guarded(std::string what, std::function<void()> task) {
  return [what = std::move(what), task = std::move(task)] {
    try {
      task();
    } catch (const std::exception& error) {
      log_line(spdlog::level::err, "a handler failed", {{"topic", what}, {"reason", error.what()}});
    }
  };
}

}  // namespace turnkey::bus
