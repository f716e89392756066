// SPDX-License-Identifier: Apache-2.0
#include "example.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

namespace turnkey::tests {

Example::Example(const ExampleAccount& account) {
  std::ofstream(file("secret")) << account.secret << "\n";
  if (mkfifo(file("input").c_str(), 0600) != 0) throw std::runtime_error("no fifo can be made");
  // Open for both, so that opening waits for nobody, and its end comes with this object's.
  input_ = open(file("input").c_str(), O_RDWR | O_CLOEXEC);
  if (input_ < 0) throw std::runtime_error("the fifo cannot be opened");
  process_ = std::make_unique<testing::Child>(
      std::vector<std::string>{"/bin/sh", "-c", R"(input=$1; shift; exec "$0" "$@" <"$input")",
                               TURNKEY_DEVICE, file("input"), "127.0.0.1", std::to_string(account.port),
                               account.device_id, account.access_key, file("secret"), account.trust},
      file("output"));
}

Example::~Example() { close(input_); }

void Example::type(const std::string& line) const {
  const std::string bytes = line + "\n";
  if (write(input_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    throw std::runtime_error("the example takes no more lines");
}

std::size_t Example::said(const std::string& line) const {
  std::ifstream output(file("output"));
  std::size_t count = 0;
  for (std::string each; std::getline(output, each);) count += each.rfind(line, 0) == 0 ? 1 : 0;
  return count;
}

int Example::end() {
  type("quit");
  return process_->wait();
}

}  // namespace turnkey::tests
