// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <deque>
#include <mutex>
#include <unordered_map>

#include "bus/rpc.hpp"
#include "bus/worker.hpp"
#include "contracts/topics.hpp"
#include "core/correlation.hpp"
#include "core/unavailable.hpp"

namespace turnkey::bus {
namespace {

using contracts::Json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kQueueLimit = 2000;
constexpr std::size_t kRememberedRequests = 4096;
constexpr auto kRememberFor = std::chrono::seconds(15);
constexpr auto kDefaultExpiry = std::chrono::seconds(10);

// Callers send again what was not answered yet: the same request runs once, and gets the same reply again.
class RecentRequests {
 public:
  // True when the request is new. Otherwise `reply` is set when there is one already.
  bool begin(const std::string& key, std::optional<std::string>& reply) {
    const std::lock_guard lock(mutex_);
    forget_old();
    const auto [it, is_new] = known_.try_emplace(key);
    if (is_new) {
      order_.emplace_back(Clock::now(), key);
    } else {
      reply = it->second;
    }
    return is_new;
  }
  void end(const std::string& key, const std::string& reply) {
    const std::lock_guard lock(mutex_);
    if (const auto it = known_.find(key); it != known_.end()) it->second = reply;
  }

 private:
  void forget_old() {
    const auto limit = Clock::now() - kRememberFor;
    while (!order_.empty() && (order_.front().first < limit || order_.size() > kRememberedRequests)) {
      known_.erase(order_.front().second);
      order_.pop_front();
    }
  }
  std::mutex mutex_;
  std::unordered_map<std::string, std::optional<std::string>> known_;
  std::deque<std::pair<Clock::time_point, std::string>> order_;
};

}  // namespace

class RpcServer::Queue {
 public:
  Queue(Client& client, std::string service, int threads)
      : client_(client), service_(std::move(service)), worker_(threads, kQueueLimit) {}

  std::string filter() const {
    return contracts::topics::shared(service_, contracts::topics::rpc(service_, "+"));
  }

  void accept(const Message& message) {
    if (message.response_topic.empty()) return;  // nobody waits for it
    const std::string key = message.response_topic + "|" + message.correlation_data;
    std::optional<std::string> reply;
    if (!recent_.begin(key, reply)) {
      if (reply) answer(message, *reply);
      return;
    }
    const auto deadline = Clock::now() + message.expiry.value_or(kDefaultExpiry);
    // A full queue drops the request: its caller sends it again or is told "unavailable" at its deadline.
    worker_.try_push([this, message, deadline, key] { run(message, deadline, key); });
  }

  void run(const Message& message, Clock::time_point deadline, const std::string& key) {
    if (Clock::now() >= deadline) return;
    const std::string method = message.topic.substr(message.topic.rfind('/') + 1);
    const CallContext context{std::string(message.user_property("correlation-id").value_or("")), deadline};
    const core::CorrelationScope scope(context.correlation_id);
    const auto began = Clock::now();
    const auto result = invoke(method, message.payload, context);
    const Json reply = result ? Json{{"ok", *result}} : Json{{"error", contracts::to_json(result.error())}};
    const std::string text = reply.dump(-1, ' ', false, Json::error_handler_t::replace);
    recent_.end(key, text);
    answer(message, text);
    if (observer_) {
      observer_(method, result ? "ok" : std::string(core::to_string(result.error().code)),
                std::chrono::duration<double>(Clock::now() - began).count());
    }
  }

  core::Result<Json> invoke(const std::string& method, const std::string& payload,
                            const CallContext& context) {
    const auto it = methods_.find(method);
    if (it == methods_.end()) return core::not_found("There is no such method.");
    auto request = contracts::parse_json(payload);
    if (!request) return std::move(request).error();
    if (!request->is_object()) return core::invalid("A request is a JSON object.");
    try {
      return it->second(*request, context);
    } catch (const core::UnavailableError& error) {
      spdlog::warn("request failed method={} correlation_id={} reason={}", method, context.correlation_id,
                   error.what());
      return core::unavailable("A part that this needs is away; try again in a moment.");
    } catch (const std::exception& error) {
      spdlog::error("request failed method={} correlation_id={} reason={}", method, context.correlation_id,
                    error.what());
      return core::internal("Something went wrong here; it has been logged.");
    }
  }

  void answer(const Message& request, const std::string& reply) {
    Publication publication;
    publication.topic = request.response_topic;
    publication.correlation_data = request.correlation_data;
    publication.payload = reply;
    publication.qos = 0;
    client_.publish(publication);
  }

  Client& client_;
  std::string service_;
  std::unordered_map<std::string, Method> methods_;
  std::function<void(const std::string&, const std::string&, double)> observer_;
  RecentRequests recent_;
  Worker worker_;
};

RpcServer::RpcServer(Client& client, std::string service, int threads)
    : queue_(std::make_unique<Queue>(client, std::move(service), threads)) {}
RpcServer::~RpcServer() { stop(); }

void RpcServer::on(std::string method, Method handler) {
  queue_->methods_[std::move(method)] = std::move(handler);
}

void RpcServer::on_finished(std::function<void(const std::string&, const std::string&, double)> observer) {
  queue_->observer_ = std::move(observer);
}

void RpcServer::start() {
  queue_->worker_.start();
  queue_->client_.subscribe(
      queue_->filter(), 0, [this](const Message& message) { queue_->accept(message); }, Dispatch::inline_);
}

void RpcServer::stop() {
  queue_->client_.unsubscribe(queue_->filter());
  queue_->worker_.stop();
}

}  // namespace turnkey::bus
