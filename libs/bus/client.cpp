// SPDX-License-Identifier: Apache-2.0
#include "bus/client.hpp"

#include <algorithm>

#include "bus/connection.hpp"

namespace turnkey::bus {

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
void Client::cut() { connection_->cut(); }
bool Client::connected() const { return connection_->ready(); }
bool Client::wait_connected(std::chrono::milliseconds timeout) const {
  return connection_->wait_ready(timeout);
}
bool Client::publish(const Publication& publication) { return connection_->publish(publication, nullptr); }

bool Client::publish_and_wait(const Publication& publication, std::chrono::milliseconds timeout) {
  std::uint64_t number = 0;
  if (!connection_->publish(publication, &number)) return false;
  return connection_->wait_published(number, timeout) == Deliveries::Result::acknowledged;
}

Delivery Client::deliver(const Publication& publication, std::chrono::milliseconds timeout) {
  std::uint64_t number = 0;
  if (!connection_->publish(publication, &number, true)) return Delivery::unknown;
  switch (connection_->wait_published(number, timeout)) {
    case Deliveries::Result::acknowledged:
      return Delivery::acknowledged;
    case Deliveries::Result::refused:
      return Delivery::refused;
    case Deliveries::Result::open:
    case Deliveries::Result::failed:
      return Delivery::unknown;
  }
  return Delivery::unknown;
}

bool Client::publish_all_and_wait(const std::vector<Publication>& publications,
                                  std::chrono::milliseconds timeout) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  std::vector<std::uint64_t> numbers;
  bool all = true;
  for (const auto& publication : publications) {
    std::uint64_t number = 0;
    all = all && connection_->publish(publication, &number);
    if (!all) break;
    numbers.push_back(number);
  }
  for (const auto number : numbers) {  // each one, also after a failure: what is awaited is kept until then
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    const auto answer = connection_->wait_published(number, std::max(left, std::chrono::milliseconds(0)));
    all = all && answer == Deliveries::Result::acknowledged;
  }
  return all;
}

const Options& Client::options() const { return connection_->options(); }

}  // namespace turnkey::bus
