// SPDX-License-Identifier: Apache-2.0
// The thread that keeps a connection: connect, subscribe, send until it is lost, again.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "bus/connection.hpp"
#include "bus/log.hpp"
#include "bus/paho.hpp"
#include "core/random.hpp"

namespace turnkey::bus {
namespace {

constexpr auto kSubscribeTimeout = std::chrono::seconds(5);
constexpr auto kLookInterval = std::chrono::seconds(5);
constexpr auto kSteadyAfter = std::chrono::seconds(5);     // a connection that lasted so long was a good one
constexpr auto kRepeatTrouble = std::chrono::seconds(30);  // the same failure is logged this often
// Paho looks through everything that it holds for each new message id: it gets this much, the rest waits in
// `outgoing_`.
constexpr std::size_t kHandedOver = 500;
constexpr std::size_t kFiltersAtOnce = 100;

std::chrono::milliseconds with_jitter(std::chrono::milliseconds pause) {
  const auto half = static_cast<std::uint64_t>(pause.count() / 2);
  return std::chrono::milliseconds(static_cast<std::int64_t>(half + core::random_below(half + 1)));
}

}  // namespace

void Client::Connection::supervise() {
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

bool Client::Connection::make_ready() {
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
  unsubscribe_old(std::move(sent));
  last_trouble_.clear();
  log_line(spdlog::level::info, "connected to the broker", about_broker());
  for (auto& callback : callbacks) worker_.push_always(guarded("connected", std::move(callback)));
  return true;
}

// Many in a packet: a gateway whose people watch 10,000 devices has 30,000 filters.
void Client::Connection::subscribe_new(std::unordered_set<std::string>& sent) {
  std::vector<Link::Wanted> some;
  for (const auto& subscription : subscriptions_.all()) {
    if (!sent.insert(subscription->filter).second) continue;
    some.push_back({subscription->filter, subscription->qos});
    if (some.size() == kFiltersAtOnce) subscribe_now(std::exchange(some, {}));
  }
  if (!some.empty()) subscribe_now(some);
}

void Client::Connection::subscribe_now(const std::vector<Link::Wanted>& wanted) {
  Deliveries::Ticket* ticket = requests_.open(kRequestsOpen, Link::names(wanted));
  if (ticket != nullptr && !link_.subscribe(wanted, ticket))
    Deliveries::finish(ticket, Deliveries::Result::failed);
}

// What was given up between the first list and `ready_`: the broker would go on sending what nobody takes, of
// a shared subscription what another replica could have had. Who gave it up later has asked for it; twice is
// harmless, and who wants it again comes after this.
void Client::Connection::unsubscribe_old(std::unordered_set<std::string> sent) {
  for (const auto& subscription : subscriptions_.all()) sent.erase(subscription->filter);
  for (const auto& filter : sent) {
    Operation operation{Kind::unsubscribe, filter};
    operation.ticket = requests_.open(kRequestsOpen, filter);
    perform(operation);
  }
}

// Sends until the connection is lost or `stop` ends it.
void Client::Connection::serve() {
  std::deque<Operation> batch;
  while (take(batch)) {
    for (const auto& operation : batch) perform(operation);
    if (batch.empty()) link_.alive();
    batch.clear();
  }
}

// False when there is nothing more to do on this connection; an empty batch when it is time to look.
bool Client::Connection::take(std::deque<Operation>& batch) {
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

void Client::Connection::perform(const Operation& operation) {
  if (operation.ticket == nullptr) return;
  bool taken = false;
  switch (operation.kind) {
    case Kind::publish:
      taken = link_.send(operation.publication, operation.ticket);
      break;
    case Kind::subscribe:
      taken = link_.subscribe({{operation.filter, operation.qos}}, operation.ticket);
      break;
    case Kind::unsubscribe:
      taken = link_.unsubscribe(operation.filter, operation.ticket);
      break;
  }
  if (!taken) Deliveries::finish(operation.ticket, Deliveries::Result::failed);
}

void Client::Connection::report(const std::string& trouble) {
  if (stopped() || (trouble == last_trouble_ && Clock::now() < next_report_)) return;
  last_trouble_ = trouble;
  next_report_ = Clock::now() + kRepeatTrouble;
  auto fields = about_broker();
  fields["reason"] = trouble;
  log_line(spdlog::level::warn, "cannot connect to the broker", std::move(fields));
}

void Client::Connection::wait_or_stop(std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, pause, [this] { return stopping_; });
}

}  // namespace turnkey::bus
