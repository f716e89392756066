// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <unordered_map>

#include "bus/log.hpp"
#include "bus/recent_requests.hpp"
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
constexpr auto kRememberAfterDeadline = std::chrono::seconds(2);
constexpr auto kDefaultExpiry = std::chrono::seconds(10);
constexpr auto kDrain = std::chrono::seconds(2);

// Written around the result: a list of values would copy it, and some are hundreds of kilobytes.
std::string reply_text(const core::Result<Json>& result) {
  const auto text = [](const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  return result ? R"({"ok":)" + text(*result) + "}"
                : R"({"error":)" + text(contracts::to_json(result.error())) + "}";
}

std::string reply_that_fits(const std::string& method, const core::Result<Json>& result) {
  std::string reply = reply_text(result);
  if (reply.size() <= kMaxRpcPayload) return reply;
  log_line(spdlog::level::err, "a reply is too large to be sent",
           {{"method", method}, {"bytes", reply.size()}});
  return reply_text(core::internal("The answer is too large to be sent; it has been logged."));
}

// A request and what is known of it from its envelope.
struct Call {
  Message message;
  std::string method;
  std::string key;  // the same for each time that the caller sends it
  CallContext context;
};

Call call_of(const Message& message) {
  Call call{message, message.topic.substr(message.topic.rfind('/') + 1),
            message.response_topic + "|" + message.correlation_data,
            CallContext{std::string(message.user_property("correlation-id").value_or("")),
                        Clock::now() + message.expiry.value_or(kDefaultExpiry)}};
  return call;
}

}  // namespace

class RpcServer::Queue {
 public:
  Queue(Client& client, std::string service, int threads)
      : client_(client), service_(std::move(service)), worker_(threads, kQueueLimit) {}

  std::string filter() const {
    return contracts::topics::shared(service_, contracts::topics::rpc(service_, "+"));
  }

  // In Paho's callback: answers what needs no work, queues the rest.
  void accept(const Message& message) {
    if (message.response_topic.empty() || stopping_)
      return;  // nobody waits, or another replica is asked next
    Call call = call_of(message);
    std::string reply;
    switch (recent_.begin(call.key, reply)) {
      case RecentRequests::Seen::running:
        return;
      case RecentRequests::Seen::answered:
        return answer(message, reply);
      case RecentRequests::Seen::first:
        break;
    }
    const std::string method = call.method;
    const std::string key = call.key;
    const std::size_t bytes = message.payload.size();
    if (worker_.try_push([this, call = std::move(call)] { run(call); }, bytes)) return;
    recent_.forget(key);
    if (stopping_) return;
    const core::Error busy = core::unavailable("There is too much to do just now; try again in a moment.");
    answer(message, reply_text(busy));
    finished(method, busy.code, 0);
  }

  void run(const Call& call) {
    if (Clock::now() >= call.context.deadline) {  // its caller has given up
      recent_.forget(call.key);
      return finished(call.method, core::ErrorCode::expired, 0);
    }
    const core::CorrelationScope scope(call.context.correlation_id);
    const auto began = Clock::now();
    core::Result<Json> result = core::internal("");
    try {
      result = invoke(call);
    } catch (const AnsweredElsewhere&) {
      return recent_.forget(call.key);  // should that one die, its caller asks again
    }
    std::string reply = reply_that_fits(call.method, result);
    answer(call.message, reply);
    recent_.end(call.key, std::move(reply), call.context.deadline + kRememberAfterDeadline);
    finished(call.method, result ? std::optional<core::ErrorCode>() : result.error().code,
             std::chrono::duration<double>(Clock::now() - began).count());
  }

  core::Result<Json> invoke(const Call& call) {
    const auto it = methods_.find(call.method);
    if (it == methods_.end()) return core::not_found("There is no such method.");
    auto request = contracts::parse_json(call.message.payload);
    if (!request) return std::move(request).error();
    if (!request->is_object()) return core::invalid("A request is a JSON object.");
    try {
      return it->second(*request, call.context);
    } catch (const core::UnavailableError& error) {
      log_line(spdlog::level::warn, "a request failed", {{"method", call.method}, {"reason", error.what()}});
      return core::unavailable("A part that this needs is away; try again in a moment.");
    } catch (const std::exception& error) {
      log_line(spdlog::level::err, "a request failed", {{"method", call.method}, {"reason", error.what()}});
      return core::internal("Something went wrong here; it has been logged.");
    }
  }

  void answer(const Message& request, const std::string& reply) {
    Publication publication;
    publication.topic = request.response_topic;
    publication.correlation_data = request.correlation_data;
    publication.payload = reply;
    publication.qos = 0;
    client_.publish(publication);  // when it cannot be sent the caller asks again and gets the kept reply
  }

  // Names that callers invent must not become labels of a metric.
  void finished(const std::string& method, std::optional<core::ErrorCode> code, double seconds) {
    if (!observer_) return;
    observer_(methods_.contains(method) ? method : "unknown",
              code ? std::string(core::to_string(*code)) : "ok", seconds);
  }

  void stop() {
    if (stopping_.exchange(true)) return;
    client_.unsubscribe(filter());
    worker_.wait_idle(kDrain);
    worker_.stop();
  }

  Client& client_;
  const std::string service_;
  std::unordered_map<std::string, Method> methods_;
  std::function<void(const std::string&, const std::string&, double)> observer_;
  std::atomic<bool> stopping_{false};
  RecentRequests recent_;
  Worker worker_;
};

RpcServer::RpcServer(Client& client, std::string service, int threads)
    : queue_(std::make_shared<Queue>(client, std::move(service), threads)) {}
RpcServer::~RpcServer() { stop(); }

void RpcServer::on(std::string method, Method handler) {
  queue_->methods_[std::move(method)] = std::move(handler);
}

void RpcServer::on_finished(std::function<void(const std::string&, const std::string&, double)> observer) {
  queue_->observer_ = std::move(observer);
}

void RpcServer::start() {
  queue_->worker_.start();
  // A message may be on its way to the handler while the server ends: the handler keeps the queue alive.
  queue_->client_.subscribe(
      queue_->filter(), 0, [queue = queue_](const Message& message) { queue->accept(message); },
      Dispatch::inline_);
}

void RpcServer::stop() { queue_->stop(); }

}  // namespace turnkey::bus
