// SPDX-License-Identifier: Apache-2.0
#include <condition_variable>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "bus/rpc.hpp"
#include "bus/worker.hpp"
#include "contracts/topics.hpp"
#include "core/correlation.hpp"
#include "core/random.hpp"

namespace turnkey::bus {

using contracts::Json;
using Clock = std::chrono::steady_clock;

// Who waits for which reply. Each has a condition of its own: one for all would wake everybody for each
// reply.
class RpcCaller::Pending {
 public:
  struct Waiting {
    std::condition_variable arrived;
    std::optional<std::string> reply;
  };

  std::shared_ptr<Waiting> open(const std::string& correlation) {
    auto waiting = std::make_shared<Waiting>();
    const std::lock_guard lock(mutex_);
    waiting_.emplace(correlation, waiting);
    return waiting;
  }
  void close(const std::string& correlation) {
    const std::lock_guard lock(mutex_);
    waiting_.erase(correlation);
  }
  void arrived(const Message& message) {
    const std::lock_guard lock(mutex_);
    const auto it = waiting_.find(message.correlation_data);
    if (it == waiting_.end()) return;  // a second reply, or one that came too late
    it->second->reply = message.payload;
    it->second->arrived.notify_one();
  }
  std::optional<std::string> wait(Waiting& waiting, Clock::time_point until) {
    std::unique_lock lock(mutex_);
    waiting.arrived.wait_until(lock, until, [&] { return waiting.reply.has_value(); });
    return waiting.reply;
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Waiting>> waiting_;
};

namespace {

std::string reply_topic(const Client& client) { return "rpc-replies/" + client.options().client_id; }

core::Result<Json> read_reply(const std::string& payload) {
  auto json = contracts::parse_json(payload);
  if (!json || !json->is_object())
    return core::internal("A service answered with something that is no reply.");
  if (const auto ok = json->find("ok"); ok != json->end()) return std::move(*ok);
  const auto error = json->find("error");
  if (error == json->end()) return core::internal("A service answered with something that is no reply.");
  return contracts::error_from_json(*error);
}

}  // namespace

RpcCaller::RpcCaller(Client& client) : pending_(std::make_shared<Pending>()), client_(client) {
  // Inline: it only stores the payload, and calls from queued handlers then cannot wait for themselves.
  client_.subscribe(
      reply_topic(client_), 0, [pending = pending_](const Message& message) { pending->arrived(message); },
      Dispatch::inline_);
}

RpcCaller::~RpcCaller() { client_.unsubscribe(reply_topic(client_)); }

core::Result<Json> RpcCaller::call(std::string_view service, std::string_view method, const Json& request,
                                   const std::string& correlation_id, std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  Publication publication;
  publication.topic = contracts::topics::rpc(service, method);
  publication.payload = request.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (publication.payload.size() > kMaxRpcPayload) {
    core::Error error = core::invalid("The request is too large.");
    error.detail = "too_large";
    return error;
  }
  publication.qos = 0;
  publication.response_topic = reply_topic(client_);
  publication.correlation_data = core::random_hex(12);
  publication.expiry = std::chrono::ceil<std::chrono::seconds>(timeout);
  publication.user = {
      {"correlation-id", correlation_id.empty() ? core::current_correlation_id() : correlation_id}};
  const Worker::WaitsForBroker waits;
  const auto waiting = pending_->open(publication.correlation_data);
  std::optional<std::string> reply;
  // QoS 0 may be lost when either side reconnects: a quarter of the time each, the same correlation data.
  for (int attempt = 1; attempt <= 4 && !reply; ++attempt) {
    const auto until = attempt == 4 ? deadline : deadline - timeout * (4 - attempt) / 4;
    client_.wait_connected(std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()));
    client_.publish(publication);
    reply = pending_->wait(*waiting, until);
  }
  pending_->close(publication.correlation_data);
  if (!reply)
    return core::unavailable("The service \"" + std::string(service) + "\" did not answer in time.");
  return read_reply(*reply);
}

}  // namespace turnkey::bus
