// SPDX-License-Identifier: Apache-2.0
#include "bare_broker.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <fstream>

#include "testing/eventually.hpp"

namespace turnkey::bench {
namespace {

using tests::wire::Packet;

// With the limits of services/broker/mosquitto.conf.in.
std::string write_settings(const std::string& folder, int port) {
  std::string path = folder + "/mosquitto.conf";
  std::ofstream(path) << "listener " << port << " 127.0.0.1\n"
                      << "allow_anonymous true\nmax_queued_messages 1000000\nmax_inflight_messages 0\n"
                      << "set_tcp_nodelay true\npersistence false\nlog_type error\n";
  return path;
}

bool listens(int port) {
  try {
    const tests::wire::Socket socket("127.0.0.1", port);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace

BareBroker::BareBroker() : port_(testing::free_port()) {
  start();
  if (!testing::eventually([&] { return listens(port_); }, std::chrono::seconds(10)))
    throw std::runtime_error("mosquitto does not start");
}

void BareBroker::start() {
  process_ = std::make_unique<testing::Child>(
      std::vector<std::string>{"mosquitto", "-c", write_settings(folder_.path(), port_)},
      folder_.path() + "/log");
}

void BareBroker::kill_and_start() {
  process_.reset();
  start();
}

bus::Options BareBroker::client(const std::string& id) const {
  bus::Options options;
  options.host = "127.0.0.1";
  options.port = port_;
  options.client_id = id;
  return options;
}

DiscardingSubscriber::DiscardingSubscriber(const bus::Options& options)
    : socket_(options.host, options.port) {
  socket_.exchange(tests::wire::connect(options), Packet::connack);
  socket_.exchange(tests::wire::subscribe("#", 1), Packet::suback);
  thread_ = std::thread([this] { run(); });
}

DiscardingSubscriber::~DiscardingSubscriber() {
  shutdown(socket_.fd(), SHUT_RDWR);
  thread_.join();
}

void DiscardingSubscriber::run() {
  try {
    for (;;) {
      socket_.receive([this](Packet kind, std::uint8_t, std::string_view body) {
        if (kind != Packet::publish) return;
        tests::wire::append_puback(socket_.out, tests::wire::id_of_publish(body));
        ++received_;
      });
      socket_.flush();
    }
  } catch (const std::runtime_error&) {
    return;  // the end of the measurement
  }
}

}  // namespace turnkey::bench
