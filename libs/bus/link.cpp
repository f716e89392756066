// SPDX-License-Identifier: Apache-2.0
#include "bus/link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "bus/log.hpp"
#include "bus/paho.hpp"

namespace turnkey::bus {
namespace {

constexpr auto kConnectTimeout = std::chrono::seconds(5);
constexpr auto kDisconnectTimeout = std::chrono::seconds(1);
constexpr int kMaxInflight = 65'535;  // bounded by the owner; the broker's receive maximum holds all the same
// The most that MQTT 5 allows. Said all the same: without it, and with its max_inflight_messages 0, Mosquitto
// 2.0 keeps for a connection that does not read whatever comes (src/database.c, db__ready_for_flight), with
// it at most max_queued_messages.
constexpr std::uint16_t kReceiveMaximum = 65'535;
constexpr int kRefused = 0x80;  // reason codes from here on are refusals
constexpr std::size_t kLongestTrouble = 200;
constexpr int kLastConnackCode = 5;  // of MQTT 3.1.1

std::string reason_text(int reason) {
  const char* text = MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(reason));
  return fmt::format("{} ({})", text != nullptr ? text : "reason code", reason);
}

// MQTT 3.1.1, section 3.2.2.3.
std::string connack_text(int code) {
  constexpr std::array<const char*, 6> kTexts = {
      "accepted",           "unacceptable protocol version", "client id rejected",
      "server unavailable", "bad user name or password",     "not authorised"};
  return fmt::format("the broker refused: {} ({})", kTexts.at(static_cast<std::size_t>(code)), code);
}

// Of a connect that failed. Paho puts the broker's code, when there is one, into the same field as its own
// (negative) ones.
std::string failure_text(int code, const char* message) {
  if (code >= kRefused) return "the broker refused: " + reason_text(code);
  if (code > 0 && code <= kLastConnackCode) return connack_text(code);
  const char* text = message != nullptr ? message : MQTTAsync_strerror(code);
  return text != nullptr ? text : fmt::format("error {}", code);
}

}  // namespace

Link::Link(const Options& options, Listener& listener) : options_(options), listener_(listener) {
  const std::string uri =
      fmt::format("{}://{}:{}", options_.tls ? "ssl" : "tcp", options_.host, options_.port);
  MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer;
  create.MQTTVersion = options_.protocol;
  create.maxBufferedMessages = kMaxInflight;
  if (MQTTAsync_createWithOptions(&paho_, uri.c_str(), options_.client_id.c_str(),
                                  MQTTCLIENT_PERSISTENCE_NONE, nullptr, &create) != MQTTASYNC_SUCCESS) {
    throw std::runtime_error("the MQTT client cannot be made for " + uri);
  }
  MQTTAsync_setCallbacks(
      paho_, this,
      [](void* self, char* cause) {
        static_cast<Link*>(self)->lost(cause != nullptr ? cause : "the connection was lost");
      },
      &Link::on_message, nullptr);
  // After the broker's own DISCONNECT Paho does not report the connection as lost.
  MQTTAsync_setDisconnected(paho_, this, [](void* self, MQTTProperties*, enum MQTTReasonCodes reason) {
    static_cast<Link*>(self)->lost(reason_text(reason));
  });
}

Link::~Link() { MQTTAsync_destroy(&paho_); }

std::string Link::connect() {
  auto passwords = options_.password.all();
  // The newest first: the broker cuts who came with the older one, and a refusal costs a second, because Paho
  // looks for answers on a new socket only once in a second.
  std::reverse(passwords.begin(), passwords.end());
  if (passwords.empty()) passwords.emplace_back();
  std::string trouble;
  for (const auto& password : passwords) {
    trouble = connect_with(password);
    if (trouble.empty()) break;
  }
  return trouble;
}

std::string Link::connect_with(const std::string& password) {
  {
    const std::lock_guard lock(mutex_);
    if (given_up_) return "given up";
    state_ = State::connecting;
    tls_trouble_.clear();
  }
  MQTTAsync_SSLOptions tls = tls_options();
  MQTTAsync_connectOptions connect = connect_options(password);
  paho::Properties properties(kReceiveMaximum);
  if (options_.protocol == MQTTVERSION_5) connect.connectProperties = properties.for_connect();
  if (options_.tls) connect.ssl = &tls;
  const int code = MQTTAsync_connect(paho_, &connect);
  std::unique_lock lock(mutex_);
  if (code != MQTTASYNC_SUCCESS) {
    state_ = State::down;
    return failure_text(code, nullptr);
  }
  // Paho's own time-out ends it; ours is for the case that it does not.
  const bool in_time = changed_.wait_for(lock, 3 * kConnectTimeout,
                                         [this] { return given_up_ || state_ != State::connecting; });
  if (state_ == State::up) return "";
  state_ = State::down;
  if (!in_time) return "the broker did not answer";
  return tls_trouble_.empty() ? reason_ : "TLS: " + tls_trouble_;
}

MQTTAsync_SSLOptions Link::tls_options() {
  MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
  tls.enableServerCertAuth = 1;
  tls.verify = 1;  // the host's name too
  if (!options_.ca_file.empty()) {
    tls.trustStore = options_.ca_file.c_str();
    tls.disableDefaultTrustStore = 1;
  }
  tls.ssl_error_context = this;
  tls.ssl_error_cb = [](const char* text, std::size_t length, void* self) {
    auto& link = *static_cast<Link*>(self);
    const std::lock_guard lock(link.mutex_);
    if (link.tls_trouble_.empty()) link.tls_trouble_.assign(text, std::min(length, kLongestTrouble));
    return 1;
  };
  return tls;
}

MQTTAsync_connectOptions Link::connect_options(const std::string& password) {
  const bool v5 = options_.protocol == MQTTVERSION_5;
  MQTTAsync_connectOptions connect = MQTTAsync_connectOptions_initializer;
  if (v5) connect = MQTTAsync_connectOptions_initializer5;  // clean start
  connect.MQTTVersion = options_.protocol;
  connect.keepAliveInterval = static_cast<int>(options_.keep_alive.count());
  connect.maxInflight = kMaxInflight;
  connect.connectTimeout = static_cast<int>(kConnectTimeout.count());
  if (!options_.user_name.empty()) connect.username = options_.user_name.c_str();
  if (!password.empty()) connect.password = password.c_str();
  connect.context = this;
  if (v5) {
    connect.onSuccess5 = [](void* self, MQTTAsync_successData5*) {
      static_cast<Link*>(self)->answered(State::up, "");
    };
    connect.onFailure5 = [](void* self, MQTTAsync_failureData5* data) {
      const int code = data->reasonCode >= kRefused ? static_cast<int>(data->reasonCode) : data->code;
      static_cast<Link*>(self)->answered(State::down, failure_text(code, data->message));
    };
  } else {
    connect.onSuccess = [](void* self, MQTTAsync_successData*) {
      static_cast<Link*>(self)->answered(State::up, "");
    };
    connect.onFailure = [](void* self, MQTTAsync_failureData* data) {
      static_cast<Link*>(self)->answered(State::down, failure_text(data->code, data->message));
    };
  }
  return connect;
}

void Link::answered(State state, std::string reason) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::connecting) return;
  state_ = state;
  reason_ = std::move(reason);
  changed_.notify_all();
}

void Link::lost(const std::string& reason) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::up) return;
    state_ = State::down;
  }
  listener_.lost(reason);
}

bool Link::alive() {
  if (MQTTAsync_isConnected(paho_) != 0) return true;
  lost("the connection is gone");
  return false;
}

void Link::give_up() {
  const std::lock_guard lock(mutex_);
  given_up_ = true;
  changed_.notify_all();
}

void Link::disconnect() {
  {
    const std::lock_guard lock(mutex_);
    state_ = State::down;  // nobody needs to be told
  }
  MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;
  if (options_.protocol == MQTTVERSION_5) options = MQTTAsync_disconnectOptions_initializer5;
  options.timeout = 200;
  if (MQTTAsync_disconnect(paho_, &options) != MQTTASYNC_SUCCESS) return;
  const auto end = std::chrono::steady_clock::now() + kDisconnectTimeout;
  while (MQTTAsync_isConnected(paho_) != 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

bool Link::send(const Publication& publication, Deliveries::Ticket* ticket) {
  const paho::Properties properties(publication);
  MQTTAsync_message message = MQTTAsync_message_initializer;
  message.payload = const_cast<char*>(publication.payload.data());
  message.payloadlen = static_cast<int>(publication.payload.size());
  message.qos = publication.qos;
  message.retained = publication.retain ? 1 : 0;
  if (options_.protocol == MQTTVERSION_5) message.properties = properties.list();
  MQTTAsync_responseOptions response = answer_to(ticket);
  return MQTTAsync_sendMessage(paho_, publication.topic.c_str(), &message, &response) == MQTTASYNC_SUCCESS;
}

bool Link::subscribe(const std::vector<Wanted>& wanted, Deliveries::Ticket* ticket) {
  MQTTAsync_responseOptions response = answer_to(ticket);
  // With one alone Paho puts the broker's answer where it puts that to a publication.
  if (options_.protocol == MQTTVERSION_5 && wanted.size() > 1) response.onSuccess5 = &Link::subscribed;
  std::vector<char*> filters;
  std::vector<int> qos;
  for (const auto& one : wanted) {
    filters.push_back(const_cast<char*>(one.filter.c_str()));  // Paho copies it
    qos.push_back(one.qos);
  }
  const int count = static_cast<int>(wanted.size());
  return MQTTAsync_subscribeMany(paho_, count, filters.data(), qos.data(), &response) == MQTTASYNC_SUCCESS;
}

std::string Link::names(const std::vector<Wanted>& wanted) {
  std::string names;
  for (const auto& one : wanted) names += (names.empty() ? "" : "\n") + one.filter;
  return names;
}

// The broker answers for each filter.
void Link::subscribed(void* context, MQTTAsync_successData5* data) {
  auto* ticket = static_cast<Deliveries::Ticket*>(context);
  bool all = true;
  std::istringstream filters(ticket->what);
  std::string filter;
  for (int i = 0; i < data->alt.sub.reasonCodeCount && std::getline(filters, filter); ++i) {
    const int reason = data->alt.sub.reasonCodes[i];
    if (reason < kRefused) continue;
    all = false;
    refused(*ticket, filter, reason);
  }
  Deliveries::finish(ticket, all ? Deliveries::Result::acknowledged : Deliveries::Result::refused);
}

bool Link::unsubscribe(const std::string& filter, Deliveries::Ticket* ticket) {
  MQTTAsync_responseOptions response = answer_to(ticket);
  return MQTTAsync_unsubscribe(paho_, filter.c_str(), &response) == MQTTASYNC_SUCCESS;
}

MQTTAsync_responseOptions Link::answer_to(Deliveries::Ticket* ticket) const {
  using Ticket = Deliveries::Ticket;
  using Result = Deliveries::Result;
  MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
  response.context = ticket;
  if (options_.protocol == MQTTVERSION_5) {
    response.onSuccess5 = [](void* context, MQTTAsync_successData5* data) {
      const int reason = data != nullptr ? static_cast<int>(data->reasonCode) : 0;
      auto* answered = static_cast<Ticket*>(context);
      if (reason >= kRefused) refused(*answered, answered->what, reason);
      Deliveries::finish(answered, reason < kRefused ? Result::acknowledged : Result::refused);
    };
    response.onFailure5 = [](void* context, MQTTAsync_failureData5* data) {
      auto* answered = static_cast<Ticket*>(context);
      const bool said_no = data != nullptr && data->reasonCode >= kRefused;
      if (said_no) refused(*answered, answered->what, data->reasonCode);
      Deliveries::finish(answered, said_no ? Result::refused : Result::failed);
    };
  } else {
    response.onSuccess = [](void* context, MQTTAsync_successData*) {
      Deliveries::finish(static_cast<Ticket*>(context), Result::acknowledged);
    };
    response.onFailure = [](void* context, MQTTAsync_failureData* data) {
      auto* answered = static_cast<Ticket*>(context);
      const bool said_no = data != nullptr && data->code == kRefused;
      if (said_no) refused(*answered, answered->what, kRefused);
      Deliveries::finish(answered, said_no ? Result::refused : Result::failed);
    };
  }
  return response;
}

// Said by the broker (its access rules, a full journal), not by a lost connection.
void Link::refused(const Deliveries::Ticket& ticket, const std::string& topic, int reason) {
  if (ticket.quiet) return;
  log_line(spdlog::level::warn, "the broker refused", {{"topic", topic}, {"reason", reason_text(reason)}});
}

int Link::on_message(void* self, char* topic, int length, MQTTAsync_message* message) {
  Message plain = paho::to_message(topic, length, *message);
  MQTTAsync_freeMessage(&message);
  MQTTAsync_free(topic);
  static_cast<Link*>(self)->listener_.arrived(std::move(plain));
  return 1;
}

}  // namespace turnkey::bus
