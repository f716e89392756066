// SPDX-License-Identifier: Apache-2.0
#include "testing/broker.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "testing/eventually.hpp"
#include "testing/process.hpp"

namespace turnkey::testing {
namespace {

bool listening(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool open = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return open;
}

}  // namespace

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
