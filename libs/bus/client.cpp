// SPDX-License-Identifier: Apache-2.0
#include "bus/client.hpp"

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
  return connection_->wait_published(number, timeout);
}

const Options& Client::options() const { return connection_->options(); }

}  // namespace turnkey::bus
