// SPDX-License-Identifier: Apache-2.0
#include "testing/broker.hpp"

#include <signal.h>

#include <fstream>
#include <stdexcept>

#include "testing/eventually.hpp"
#include "testing/process.hpp"

namespace turnkey::testing {
struct OpenBroker::Process {
  TemporaryFolder folder;
  int port = free_port();
  std::unique_ptr<Child> child;

  void start() {
    const std::string config = folder.path() + "/mosquitto.conf";
    std::ofstream(config) << "listener " << port << " 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n"
                          << "max_inflight_messages 0\nmax_queued_messages 1000000\nuser root\n";
    child =
        std::make_unique<Child>(std::vector<std::string>{"mosquitto", "-c", config}, folder.path() + "/log");
    if (!eventually([&] { return listening(port); })) throw std::runtime_error("mosquitto does not start");
  }
};

OpenBroker::OpenBroker() : process_(std::make_unique<Process>()) { process_->start(); }
OpenBroker::~OpenBroker() = default;

void OpenBroker::kill_now() {
  process_->child->signal(SIGKILL);
  process_->child->wait();
}
void OpenBroker::freeze() { process_->child->signal(SIGSTOP); }
void OpenBroker::thaw() { process_->child->signal(SIGCONT); }
void OpenBroker::start_again() { process_->start(); }

bus::Options OpenBroker::client(const std::string& client_id) const {
  bus::Options options;
  options.port = process_->port;
  options.client_id = client_id;
  return options;
}

}  // namespace turnkey::testing
