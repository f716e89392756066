// SPDX-License-Identifier: Apache-2.0
// One Paho handle (MQTTAsync): connects once when asked, sends, tells its listener what arrives.
//
// Paho runs every callback of every client in the process under one mutex, and most of its functions take
// that mutex too. So one thread alone, the owner's, calls the functions below: nobody else can ever wait for
// Paho. State: down -> connecting -> up -> down.
#pragma once

#include <MQTTAsync.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "bus/client.hpp"
#include "bus/deliveries.hpp"

namespace turnkey::bus {

class Link {
 public:
  // Called by Paho's threads: short, no waiting but for what `arrived` says.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void lost(const std::string& reason) = 0;  // once for each connect that succeeded
    virtual void arrived(Message message) = 0;         // the PUBACK leaves when it returns
  };

  Link(const Options& options, Listener& listener);
  ~Link();  // callbacks have ended afterwards
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // The owner's thread only. Waits for the broker's answer; "" when it accepted, else the reason. While the
  // password is rotated both are tried.
  std::string connect();
  // False when Paho did not take it; otherwise the ticket is finished by a callback.
  bool send(const Publication& publication, Deliveries::Ticket* ticket);
  // In one packet. The ticket is for all of them: `names` says what it is about.
  struct Wanted {
    std::string filter;
    int qos;
  };
  bool subscribe(const std::vector<Wanted>& wanted, Deliveries::Ticket* ticket);
  static std::string names(const std::vector<Wanted>& wanted);
  bool unsubscribe(const std::string& filter, Deliveries::Ticket* ticket);
  bool alive();  // asks Paho; tells the listener when the connection is gone unannounced
  void disconnect();

  void give_up();  // any thread: a `connect` that waits returns, and later ones fail at once

 private:
  enum class State { down, connecting, up };
  MQTTAsync_SSLOptions tls_options();
  std::string connect_with(const std::string& password);
  MQTTAsync_connectOptions connect_options(const std::string& password);
  void answered(State state, std::string reason);
  void lost(const std::string& reason);
  MQTTAsync_responseOptions answer_to(Deliveries::Ticket* ticket) const;
  static int on_message(void* self, char* topic, int length, MQTTAsync_message* message);
  static void subscribed(void* context, MQTTAsync_successData5* data);
  static void refused(const Deliveries::Ticket& ticket, const std::string& topic, int reason);

  const Options& options_;
  Listener& listener_;
  MQTTAsync paho_ = nullptr;
  std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::down;
  std::string reason_;
  std::string tls_trouble_;  // the first of this connect
  bool given_up_ = false;
};

}  // namespace turnkey::bus
