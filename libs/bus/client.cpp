// SPDX-License-Identifier: Apache-2.0
#include "bus/client.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <unordered_set>

#include "bus/deliveries.hpp"
#include "bus/paho.hpp"
#include "bus/subscriptions.hpp"
#include "bus/worker.hpp"
#include "core/random.hpp"

namespace turnkey::bus {
namespace {

constexpr auto kConnectTimeout = std::chrono::seconds(5);
constexpr auto kSubscribeTimeout = std::chrono::seconds(5);
constexpr std::size_t kSubscribesOpen = 100'000;
constexpr int kMaxInflight = 2000;

void log_problem(const char* event, const std::string& topic, const std::string& reason) {
  spdlog::warn("{} topic={} reason={}", event, topic, reason);
}

}  // namespace

// One thread connects and subscribes (`supervise`); Paho's threads only set flags, run inline handlers and
// push to the worker's queue. State: disconnected -> connecting -> linked (CONNACK) -> ready (subscriptions
// acknowledged).
class Client::Connection {
 public:
  explicit Connection(Options options)
      : options_(std::move(options)), worker_(options_.worker_threads, options_.queue_limit) {
    const std::string uri =
        fmt::format("{}://{}:{}", options_.tls ? "ssl" : "tcp", options_.host, options_.port);
    MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer;
    create.MQTTVersion = options_.protocol;
    create.maxBufferedMessages = static_cast<int>(options_.outgoing_limit);
    if (MQTTAsync_createWithOptions(&paho_, uri.c_str(), options_.client_id.c_str(),
                                    MQTTCLIENT_PERSISTENCE_NONE, nullptr, &create) != MQTTASYNC_SUCCESS) {
      throw std::runtime_error("the MQTT client cannot be made for " + uri);
    }
    MQTTAsync_setCallbacks(paho_, this, &Connection::on_lost, &Connection::on_message, nullptr);
    MQTTAsync_setDisconnected(paho_, this, &Connection::on_server_disconnect);
  }

  ~Connection() {
    stop(std::chrono::seconds(2));
    MQTTAsync_destroy(&paho_);
  }

  void start() {
    const std::lock_guard lock(mutex_);
    if (supervisor_.joinable()) return;
    worker_.start();
    supervisor_ = std::thread([this] { supervise(); });
  }

  void stop(std::chrono::milliseconds drain) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_ || !supervisor_.joinable()) return;
    }
    if (ready_) publications_.wait_all(drain);
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      changed_.notify_all();
    }
    supervisor_.join();
    worker_.stop();
    MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;
    if (options_.protocol == MQTTVERSION_5) options = MQTTAsync_disconnectOptions_initializer5;
    options.timeout = 200;
    MQTTAsync_disconnect(paho_, &options);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    while (MQTTAsync_isConnected(paho_) != 0 && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ready_ = false;
  }

  void subscribe(Subscription subscription) {
    const std::string filter = subscription.filter;
    const int qos = subscription.qos;
    subscriptions_.add(std::move(subscription));
    if (ready_) send_subscribe(filter, qos);
  }

  void unsubscribe(const std::string& filter) {
    subscriptions_.remove(filter);
    if (ready_) MQTTAsync_unsubscribe(paho_, filter.c_str(), nullptr);
  }

  // With `awaited` it is set to the number that `wait_published` takes.
  bool publish(const Publication& publication, std::uint64_t* awaited) {
    if (!ready_) return false;
    Deliveries::Ticket* ticket = nullptr;
    if (publication.qos > 0) {
      ticket = publications_.open(options_.outgoing_limit, awaited != nullptr);
      if (ticket == nullptr) return false;
      if (awaited != nullptr) *awaited = ticket->number;
    }
    const paho::Properties properties(publication);
    MQTTAsync_message message = MQTTAsync_message_initializer;
    message.payload = const_cast<char*>(publication.payload.data());
    message.payloadlen = static_cast<int>(publication.payload.size());
    message.qos = publication.qos;
    message.retained = publication.retain ? 1 : 0;
    if (options_.protocol == MQTTVERSION_5) message.properties = properties.list();
    MQTTAsync_responseOptions response = answer_to(ticket);
    if (MQTTAsync_sendMessage(paho_, publication.topic.c_str(), &message, &response) == MQTTASYNC_SUCCESS)
      return true;
    Deliveries::finish(ticket, false);
    return false;
  }

  bool wait_published(std::uint64_t number, std::chrono::milliseconds timeout) {
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
  enum class Link { down, connecting, up };

  // ---- the supervisor's thread
  void supervise() {
    auto pause = options_.reconnect_min;
    for (;;) {
      if (try_connect()) {
        pause = options_.reconnect_min;
        make_ready();
        wait_until_lost();
      } else {
        wait_or_stop(with_jitter(pause));
        pause = std::min(pause * 2, options_.reconnect_max);
      }
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
  }

  bool try_connect() {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return false;
      link_ = Link::connecting;
    }
    MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
    tls.enableServerCertAuth = 1;
    tls.verify = 1;
    tls.sslVersion = MQTT_SSL_VERSION_TLS_1_2;
    if (!options_.ca_file.empty()) tls.trustStore = options_.ca_file.c_str();
    MQTTAsync_connectOptions connect = MQTTAsync_connectOptions_initializer;
    if (options_.protocol == MQTTVERSION_5) connect = MQTTAsync_connectOptions_initializer5;
    connect.MQTTVersion = options_.protocol;
    connect.keepAliveInterval = static_cast<int>(options_.keep_alive.count());
    connect.maxInflight = kMaxInflight;
    connect.connectTimeout = static_cast<int>(kConnectTimeout.count());
    if (!options_.user_name.empty()) connect.username = options_.user_name.c_str();
    if (!options_.password.empty()) connect.password = options_.password.c_str();
    if (options_.tls) connect.ssl = &tls;
    connect.context = this;
    if (options_.protocol == MQTTVERSION_5) {
      connect.onSuccess5 = [](void* self, MQTTAsync_successData5*) {
        static_cast<Connection*>(self)->linked(Link::up);
      };
      connect.onFailure5 = [](void* self, MQTTAsync_failureData5*) {
        static_cast<Connection*>(self)->linked(Link::down);
      };
    } else {
      connect.onSuccess = [](void* self, MQTTAsync_successData*) {
        static_cast<Connection*>(self)->linked(Link::up);
      };
      connect.onFailure = [](void* self, MQTTAsync_failureData*) {
        static_cast<Connection*>(self)->linked(Link::down);
      };
    }
    if (MQTTAsync_connect(paho_, &connect) != MQTTASYNC_SUCCESS) return false;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kConnectTimeout + std::chrono::seconds(1),
                      [this] { return stopping_ || link_ != Link::connecting; });
    return !stopping_ && link_ == Link::up;
  }

  void make_ready() {
    paho::set_no_delay(options_.port);
    std::unordered_set<std::string> sent;
    const auto send_new = [&] {
      for (const auto& subscription : subscriptions_.all()) {
        if (sent.insert(subscription->filter).second) send_subscribe(subscription->filter, subscription->qos);
      }
    };
    send_new();
    if (!subscribes_.wait_all(kSubscribeTimeout))
      log_problem("subscriptions were not acknowledged in time", "", options_.client_id);
    std::vector<std::function<void()>> callbacks;
    {
      const std::lock_guard lock(mutex_);
      if (link_ != Link::up) return;
      ready_ = true;
      callbacks = connected_callbacks_;
      changed_.notify_all();
    }
    send_new();  // who subscribed between the first list and `ready_`
    for (auto& callback : callbacks) worker_.push(guarded("connected", std::move(callback)));
  }

  void wait_until_lost() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || link_ != Link::up; });
  }

  void wait_or_stop(std::chrono::milliseconds pause) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, pause, [this] { return stopping_; });
  }

  static std::chrono::milliseconds with_jitter(std::chrono::milliseconds pause) {
    const auto half = static_cast<std::uint64_t>(pause.count() / 2);
    return std::chrono::milliseconds(static_cast<std::int64_t>(half + core::random_below(half + 1)));
  }

  void send_subscribe(const std::string& filter, int qos) {
    Deliveries::Ticket* ticket = subscribes_.open(kSubscribesOpen);
    MQTTAsync_responseOptions response = answer_to(ticket);
    if (MQTTAsync_subscribe(paho_, filter.c_str(), qos, &response) != MQTTASYNC_SUCCESS)
      Deliveries::finish(ticket, false);
  }

  // ---- Paho's threads: short, no waiting
  MQTTAsync_responseOptions answer_to(Deliveries::Ticket* ticket) const {
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    response.context = ticket;
    if (options_.protocol == MQTTVERSION_5) {
      response.onSuccess5 = [](void* context, MQTTAsync_successData5* data) {
        Deliveries::finish(context, data == nullptr || data->reasonCode < MQTTREASONCODE_UNSPECIFIED_ERROR);
      };
      response.onFailure5 = [](void* context, MQTTAsync_failureData5* data) {
        refused(data != nullptr ? data->code : 0, data != nullptr ? data->reasonCode : 0);
        Deliveries::finish(context, false);
      };
    } else {
      response.onSuccess = [](void* context, MQTTAsync_successData*) { Deliveries::finish(context, true); };
      response.onFailure = [](void* context, MQTTAsync_failureData*) { Deliveries::finish(context, false); };
    }
    return response;
  }

  // Said by the broker (its access rules, a full journal), not by a lost connection.
  static void refused(int code, int reason) {
    if (reason >= MQTTREASONCODE_UNSPECIFIED_ERROR)
      spdlog::warn("the broker refused an operation code={} reason={}", code, reason);
  }

  void linked(Link link) {
    const std::lock_guard lock(mutex_);
    link_ = link;
    changed_.notify_all();
  }

  void lost(const std::string& reason) {
    std::vector<std::function<void(const std::string&)>> callbacks;
    {
      const std::lock_guard lock(mutex_);
      if (link_ == Link::down) return;
      link_ = Link::down;
      if (ready_) callbacks = disconnected_callbacks_;
      ready_ = false;
      changed_.notify_all();
    }
    publications_.fail_all();
    subscribes_.fail_all();
    for (auto& callback : callbacks) {
      worker_.try_push(
          guarded("disconnected", [callback = std::move(callback), reason] { callback(reason); }));
    }
  }

  static void on_lost(void* self, char* cause) {
    static_cast<Connection*>(self)->lost(cause != nullptr ? cause : "the connection was lost");
  }
  static void on_server_disconnect(void* self, MQTTProperties*, enum MQTTReasonCodes reason) {
    const char* text = MQTTReasonCode_toString(reason);
    static_cast<Connection*>(self)->lost(text != nullptr ? text : "the broker disconnected");
  }

  static int on_message(void* self, char* topic, int length, MQTTAsync_message* message) {
    static_cast<Connection*>(self)->receive(paho::to_message(topic, length, *message));
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
  }

  void receive(Message message) {
    const auto wanted = subscriptions_.of(message.topic);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto& subscription = wanted[i];
      auto task = [subscription, message = i + 1 == wanted.size() ? std::move(message) : message] {
        subscription->handler(message);
      };
      auto guarded_task = guarded(subscription->filter, std::move(task));
      if (subscription->dispatch == Dispatch::inline_) {
        guarded_task();
      } else {
        worker_.push(std::move(guarded_task));
      }
    }
  }

  static Worker::Task guarded(std::string what, std::function<void()> task) {
    return [what = std::move(what), task = std::move(task)] {
      try {
        task();
      } catch (const std::exception& error) {
        log_problem("handler failed", what, error.what());
      }
    };
  }

  Options options_;
  MQTTAsync paho_ = nullptr;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  Link link_ = Link::down;
  std::atomic<bool> ready_{false};
  std::vector<std::function<void()>> connected_callbacks_;
  std::vector<std::function<void(const std::string&)>> disconnected_callbacks_;
  Subscriptions subscriptions_;
  Deliveries publications_;
  Deliveries subscribes_;
  Worker worker_;
  std::thread supervisor_;
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
  return publication.qos == 0 || connection_->wait_published(number, timeout);
}

const Options& Client::options() const { return connection_->options(); }

}  // namespace turnkey::bus
