// SPDX-License-Identifier: Apache-2.0
// One MQTT 5 connection of a service. The only user of Paho in the services.
//
// Connects for ever with back-off and jitter, subscribes again after every connect (Mosquitto does not
// persist shared subscriptions), sets TCP_NODELAY (Paho does not, and QoS 1 then takes 90 ms). Thread safe.
//
// Two kinds of handlers:
//  - `Dispatch::queued` (the usual): run on the client's own worker thread, one at a time, from a queue
//    bounded by number and bytes. A full queue makes the client stop reading: memory stays bounded and
//    nothing is dropped. It is the last resort, because Paho reads for all clients of the process in one
//    thread: none of them receives or sends until there is room again. Publishing never waits for that.
//  - `Dispatch::inline_`: run in Paho's callback, before the PUBACK: for a spool's write(2) and nothing
//    slower. Never block there.
// An exception out of a handler is logged once with the topic, and the message counts as handled. A handler
// may run once more while `unsubscribe` returns.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/secret.hpp"

namespace turnkey::bus {

using UserProperties = std::vector<std::pair<std::string, std::string>>;

struct Message {
  std::string topic;
  std::string payload;
  int qos = 0;
  bool retained = false;   // delivered because it was stored, not because it was just published
  bool duplicate = false;  // MQTT DUP flag
  std::string response_topic{};
  std::string correlation_data{};
  std::optional<std::chrono::seconds> expiry{};
  UserProperties user{};
  std::optional<std::string_view> user_property(std::string_view name) const;
};

struct Publication {
  std::string topic;
  std::string payload;
  int qos = 1;
  bool retain = false;
  std::string response_topic{};
  std::string correlation_data{};
  std::optional<std::chrono::seconds> expiry{};
  UserProperties user{};
};

struct Options {
  std::string host = "127.0.0.1";
  int port = 1883;
  bool tls = false;
  std::string ca_file{};
  std::string client_id;
  std::string user_name;
  core::Secret password{};  // read at each connect; the older line where the newest does not do
  int protocol = 5;         // 5; 4 (MQTT 3.1.1) for device simulators: then no properties are sent or seen
  std::chrono::seconds keep_alive{15};
  std::chrono::milliseconds reconnect_min{100};
  std::chrono::milliseconds reconnect_max{5000};
  std::size_t queue_limit = 10'000;     // messages waiting for the worker thread; 64 MiB at most
  std::size_t outgoing_limit = 20'000;  // publications not yet acknowledged
  int worker_threads = 1;               // more than one: handlers run concurrently, order is lost
};

enum class Delivery { acknowledged, refused, unknown };  // unknown: no answer, or no connection

enum class Dispatch { queued, inline_ };
using Handler = std::function<void(const Message&)>;

class Client {
 public:
  explicit Client(Options options);
  ~Client();  // stops
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // At any time; takes effect at once when connected, and after every connect.
  void subscribe(std::string filter, int qos, Handler handler, Dispatch dispatch = Dispatch::queued);
  void unsubscribe(const std::string& filter);
  // Run (on the worker thread) after each connect, when all subscriptions are acknowledged.
  void on_connected(std::function<void()> callback);
  void on_disconnected(std::function<void(const std::string& reason)> callback);

  void start();
  // Gives up the queued subscriptions, lets handlers work off their queue and publications be acknowledged
  // (`drain` at most), disconnects. Idempotent; handlers have ended afterwards. Not from a handler; not to
  // be started again.
  void stop(std::chrono::milliseconds drain = std::chrono::seconds(2));
  // Ends the connection at once and connects again as after any loss. From an inline handler: the message
  // that it handles is not acknowledged, for one that must not be taken now.
  void cut();
  bool connected() const;
  bool wait_connected(std::chrono::milliseconds timeout) const;

  // Hands over to the network. False when not connected or when `outgoing_limit` is reached: the caller keeps
  // it.
  bool publish(const Publication& publication);
  // Waits until a QoS 1 publication is acknowledged. False when it was not within the time. Never call it
  // from a handler with Dispatch::inline_.
  bool publish_and_wait(const Publication& publication, std::chrono::milliseconds timeout);

  // Likewise, and tells whether the broker said no, which is not logged then: the caller knows why it asked.
  Delivery deliver(const Publication& publication, std::chrono::milliseconds timeout);

  // Sends them all, in order, then waits until the last is acknowledged. False when one was not within the
  // time; the others may have been.
  bool publish_all_and_wait(const std::vector<Publication>& publications, std::chrono::milliseconds timeout);

  const Options& options() const;

 private:
  class Connection;
  std::unique_ptr<Connection> connection_;
};

// Does `topic` match `filter` (with + and #, `$share/group/` ignored)? MQTT 5, section 4.7.
bool matches(std::string_view filter, std::string_view topic);

}  // namespace turnkey::bus
