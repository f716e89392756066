// SPDX-License-Identifier: Apache-2.0
// Request and response over MQTT 5 (proto/README.md, "RPC"): QoS 0, retried inside the caller's deadline with
// the same correlation data, so a server may see a request twice: methods that change something take an
// idempotency key. Thread safe.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "bus/client.hpp"
#include "contracts/json.hpp"
#include "core/result.hpp"

namespace turnkey::bus {

// Bytes of a request or a reply. The broker ends the connection of whoever sends more than 4 MiB, so what is
// larger is not sent: the caller gets `invalid` for such a request and `internal` for such a reply.
inline constexpr std::size_t kMaxRpcPayload = 4 * 1024 * 1024 - 64 * 1024;

// Who asked, for logs: travels from the browser to the database.
struct CallContext {
  std::string correlation_id;
  std::chrono::steady_clock::time_point deadline;
};

// For the caller's side. Uses the client's connection; subscribes rpc-replies/{client id}.
class RpcCaller {
 public:
  explicit RpcCaller(Client& client);
  ~RpcCaller();
  // Blocks until the reply or the deadline (then `unavailable`, "The registry did not answer in time.").
  // Sends again after each quarter of the time. Not from a handler with Dispatch::inline_. A queued handler
  // may call, but holds its client's queue for as long. An empty `correlation_id` means the thread's own.
  core::Result<contracts::Json> call(std::string_view service, std::string_view method,
                                     const contracts::Json& request, const std::string& correlation_id,
                                     std::chrono::milliseconds timeout = std::chrono::milliseconds(3000));

 private:
  class Pending;
  std::shared_ptr<Pending> pending_;
  Client& client_;
};

// Thrown by a method whose request another replica is at work on: that one answers.
struct AnsweredElsewhere {};

using Method =
    std::function<core::Result<contracts::Json>(const contracts::Json& request, const CallContext& context)>;

// Serves `$share/{service}/rpc/{service}/+`. Methods run on `threads` threads of its own, from a bounded
// queue; when that is full the answer is `unavailable` at once, and requests whose deadline has passed are
// dropped unanswered. A request that comes again (the same response topic and correlation data) does not run
// again: its reply is sent again. core::UnavailableError out of a method is logged and answered
// `unavailable`, any other exception `internal`; log, metric, deadline and error-to-reply happen here and
// nowhere else. The correlation id is the thread's while a method runs (core/correlation.hpp).
class RpcServer {
 public:
  RpcServer(Client& client, std::string service, int threads);
  ~RpcServer();
  void on(std::string method, Method handler);  // before start
  void start();
  void stop();  // takes nothing more, works off what is queued (2 s), waits for the methods that run
  // Called after each request: method ("unknown" for one that is not there), "ok" or the error's code
  // ("expired": dropped after its deadline), seconds; not for what is answered elsewhere. For metrics. Set it
  // before start; do not block.
  void on_finished(
      std::function<void(const std::string& method, const std::string& outcome, double seconds)> observer);

 private:
  class Queue;
  std::shared_ptr<Queue> queue_;
};

}  // namespace turnkey::bus
