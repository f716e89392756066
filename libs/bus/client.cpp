// SPDX-License-Identifier: Apache-2.0
#include "bus/client.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "bus/link.hpp"
#include "bus/log.hpp"
#include "bus/paho.hpp"
#include "bus/subscriptions.hpp"
#include "bus/worker.hpp"
#include "core/random.hpp"

namespace turnkey::bus {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kSubscribeTimeout = std::chrono::seconds(5);
constexpr auto kLookInterval = std::chrono::seconds(5);
constexpr auto kSteadyAfter = std::chrono::seconds(5);     // a connection that lasted so long was a good one
constexpr auto kRepeatTrouble = std::chrono::seconds(30);  // the same failure is logged this often
constexpr std::size_t kRequestsOpen = 1'000'000;
// Paho looks through everything that it holds for each new message id: it gets this much, the rest waits
// here.
constexpr std::size_t kHandedOver = 500;
constexpr std::size_t kMessageOverhead_bytes = 200;

std::chrono::milliseconds left_until(Clock::time_point end) {
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()),
                  std::chrono::milliseconds(0));
}

std::chrono::milliseconds with_jitter(std::chrono::milliseconds pause) {
  const auto half = static_cast<std::uint64_t>(pause.count() / 2);
  return std::chrono::milliseconds(static_cast<std::int64_t>(half + core::random_below(half + 1)));
}

}  // namespace

// The thread `supervise` connects, subscribes and sends: it alone calls Paho (see link.hpp). Paho's threads
// only set flags, run inline handlers and push to the worker's queue. `ready_` once the subscriptions are
// acknowledged. Locks: `mutex_` may be held while a Deliveries' own is taken, never while Paho is called.
class Client::Connection final : private Link::Listener {
 public:
  explicit Connection(Options options)
      : options_(std::move(options)),
        publications_([this] { publication_answered(); }),
        worker_(options_.worker_threads, options_.queue_limit),
        link_(options_, *this) {}
  ~Connection() override { stop(std::chrono::seconds(2)); }

  void start() {
    const std::lock_guard lock(mutex_);
    if (supervisor_.joinable() || stopping_) return;
    worker_.start();
    supervisor_ = std::thread([this] { supervise(); });
  }

  // Intake first (queued handlers only: inline ones keep nothing that could be lost), then what is queued,
  // then what the handlers published.
  void stop(std::chrono::milliseconds drain) {
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

  void subscribe(Subscription subscription) {
    const std::string filter = subscription.filter;
    const int qos = subscription.qos;
    subscriptions_.add(std::move(subscription));
    request({Kind::subscribe, filter, qos});
  }

  void unsubscribe(const std::string& filter) {
    subscriptions_.remove(filter);
    request({Kind::unsubscribe, filter});
  }

  // With `awaited` it is set to the number that `wait_published` takes.
  bool publish(const Publication& publication, std::uint64_t* awaited) {
    Operation operation{Kind::publish, {}, 0, publication};
    const std::lock_guard lock(mutex_);
    if (!ready_) return false;
    operation.ticket =
        publications_.open(options_.outgoing_limit, operation.publication.topic, awaited != nullptr);
    if (operation.ticket == nullptr) return false;
    if (awaited != nullptr) *awaited = operation.ticket->number;
    outgoing_.push_back(std::move(operation));
    changed_.notify_all();
    return true;
  }

  bool wait_published(std::uint64_t number, std::chrono::milliseconds timeout) {
    const Worker::WaitsForBroker waits;
    return publications_.wait(number, timeout);
  }

  bool wait_ready(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [this] { return ready_.load(); });
  }

  bool ready() const { return ready_; }
  const Options& options() const { return options_; }

  void on_connected(std::function<void()> callback) {
    const std::lock_guard lock(mutex_);
    connected_callbacks_.push_back(std::move(callback));
  }
  void on_disconnected(std::function<void(const std::string&)> callback) {
    const std::lock_guard lock(mutex_);
    disconnected_callbacks_.push_back(std::move(callback));
  }

 private:
  enum class Kind { publish, subscribe, unsubscribe };
  struct Operation {
    Kind kind;
    std::string filter{};
    int qos = 0;
    Publication publication{};
    Deliveries::Ticket* ticket = nullptr;
  };

  // ---- the supervisor's thread
  void supervise() {
    auto pause = options_.reconnect_min;
    while (!stopped()) {
      {
        const std::lock_guard lock(mutex_);
        lost_ = false;
      }
      const std::string trouble = link_.connect();
      const auto since = Clock::now();
      if (trouble.empty()) {
        if (make_ready()) serve();
      } else {
        report(trouble);
      }
      // One that is lost at once (another client has our id, say) counts as a failure.
      const bool steady = trouble.empty() && Clock::now() - since > kSteadyAfter;
      pause = steady ? options_.reconnect_min : pause;
      wait_or_stop(with_jitter(pause));
      pause = steady ? pause : std::min(pause * 2, options_.reconnect_max);
    }
  }

  bool make_ready() {
    paho::set_no_delay(options_.port);
    std::unordered_set<std::string> sent;
    subscribe_new(sent);
    if (!requests_.wait_all(kSubscribeTimeout))
      log_line(spdlog::level::warn, "subscriptions were not acknowledged in time", about_broker());
    std::vector<std::function<void()>> callbacks;
    {
      const std::lock_guard lock(mutex_);
      if (lost_ || stopping_) return false;
      ready_ = true;
      callbacks = connected_callbacks_;
      changed_.notify_all();
    }
    subscribe_new(sent);  // who subscribed between the first list and `ready_`
    last_trouble_.clear();
    log_line(spdlog::level::info, "connected to the broker", about_broker());
    for (auto& callback : callbacks) worker_.push_always(guarded("connected", std::move(callback)));
    return true;
  }

  void subscribe_new(std::unordered_set<std::string>& sent) {
    for (const auto& subscription : subscriptions_.all()) {
      if (!sent.insert(subscription->filter).second) continue;
      Operation operation{Kind::subscribe, subscription->filter, subscription->qos};
      operation.ticket = requests_.open(kRequestsOpen, subscription->filter);
      perform(operation);
    }
  }

  // Sends until the connection is lost or `stop` ends it.
  void serve() {
    std::deque<Operation> batch;
    while (take(batch)) {
      for (const auto& operation : batch) perform(operation);
      if (batch.empty()) link_.alive();
      batch.clear();
    }
  }

  // False when there is nothing more to do on this connection; an empty batch when it is time to look.
  bool take(std::deque<Operation>& batch) {
    const auto has_work = [this] { return !outgoing_.empty() && handed_over_ < kHandedOver; };
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kLookInterval, [&] { return stopping_ || lost_ || has_work(); });
    if (stopping_ || lost_) return false;
    while (has_work()) {
      if (outgoing_.front().kind == Kind::publish) ++handed_over_;
      batch.push_back(std::move(outgoing_.front()));
      outgoing_.pop_front();
    }
    return true;
  }

  void perform(const Operation& operation) {
    if (operation.ticket == nullptr) return;
    bool taken = false;
    switch (operation.kind) {
      case Kind::publish:
        taken = link_.send(operation.publication, operation.ticket);
        break;
      case Kind::subscribe:
        taken = link_.subscribe(operation.filter, operation.qos, operation.ticket);
        break;
      case Kind::unsubscribe:
        taken = link_.unsubscribe(operation.filter, operation.ticket);
        break;
    }
    if (!taken) Deliveries::finish(operation.ticket, false);
  }

  void report(const std::string& trouble) {
    if (stopped() || (trouble == last_trouble_ && Clock::now() < next_report_)) return;
    last_trouble_ = trouble;
    next_report_ = Clock::now() + kRepeatTrouble;
    auto fields = about_broker();
    fields["reason"] = trouble;
    log_line(spdlog::level::warn, "cannot connect to the broker", std::move(fields));
  }

  nlohmann::json about_broker() const {
    return {{"broker", options_.host + ":" + std::to_string(options_.port)},
            {"client_id", options_.client_id}};
  }

  bool stopped() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  void wait_or_stop(std::chrono::milliseconds pause) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, pause, [this] { return stopping_; });
  }

  // ---- any thread
  void request(Operation operation) {
    const std::lock_guard lock(mutex_);
    if (!ready_) return;  // what is subscribed then is sent after the next connect
    operation.ticket = requests_.open(kRequestsOpen, operation.filter);
    outgoing_.push_back(std::move(operation));
    changed_.notify_all();
  }

  void fail_open() {
    std::deque<Operation> unsent;
    {
      const std::lock_guard lock(mutex_);
      unsent.swap(outgoing_);
      handed_over_ = 0;
    }
    for (const auto& operation : unsent) {
      if (operation.ticket != nullptr) Deliveries::finish(operation.ticket, false);
    }
    publications_.fail_all();
    requests_.fail_all();
  }

  // ---- Paho's threads
  void publication_answered() {
    const std::lock_guard lock(mutex_);
    if (handed_over_ > 0) --handed_over_;
    if (!outgoing_.empty()) changed_.notify_all();
  }

  void lost(const std::string& reason) override {
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

  void arrived(Message message) override {
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

  static Worker::Task guarded(std::string what, std::function<void()> task) {
    return [what = std::move(what), task = std::move(task)] {
      try {
        task();
      } catch (const std::exception& error) {
        log_line(spdlog::level::err, "a handler failed", {{"topic", what}, {"reason", error.what()}});
      }
    };
  }

  const Options options_;
  std::mutex stop_mutex_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool lost_ = false;
  std::atomic<bool> ready_{false};
  std::deque<Operation> outgoing_;
  std::size_t handed_over_ = 0;
  std::vector<std::function<void()>> connected_callbacks_;
  std::vector<std::function<void(const std::string&)>> disconnected_callbacks_;
  std::string last_trouble_;         // the supervisor's own
  Clock::time_point next_report_{};  // the supervisor's own
  Subscriptions subscriptions_;
  Deliveries publications_;
  Deliveries requests_;
  Worker worker_;
  std::thread supervisor_;
  Link link_;  // last: its callbacks end before what they use
};

Client::Client(Options options) : connection_(std::make_unique<Connection>(std::move(options))) {}
Client::~Client() = default;

void Client::subscribe(std::string filter, int qos, Handler handler, Dispatch dispatch) {
  connection_->subscribe({std::move(filter), qos, std::move(handler), dispatch});
}
void Client::unsubscribe(const std::string& filter) { connection_->unsubscribe(filter); }
void Client::on_connected(std::function<void()> callback) { connection_->on_connected(std::move(callback)); }
void Client::on_disconnected(std::function<void(const std::string&)> callback) {
  connection_->on_disconnected(std::move(callback));
}
void Client::start() { connection_->start(); }
void Client::stop(std::chrono::milliseconds drain) { connection_->stop(drain); }
bool Client::connected() const { return connection_->ready(); }
bool Client::wait_connected(std::chrono::milliseconds timeout) const {
  return connection_->wait_ready(timeout);
}
bool Client::publish(const Publication& publication) { return connection_->publish(publication, nullptr); }

bool Client::publish_and_wait(const Publication& publication, std::chrono::milliseconds timeout) {
  std::uint64_t number = 0;
  if (!connection_->publish(publication, &number)) return false;
  return connection_->wait_published(number, timeout);
}

const Options& Client::options() const { return connection_->options(); }

}  // namespace turnkey::bus
