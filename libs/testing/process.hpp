// SPDX-License-Identifier: Apache-2.0
// Child processes and temporary folders for tests. Children die with the test program.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace turnkey::testing {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();  // removes it with everything inside
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class Child {
 public:
  // Output goes to `log_file`. Throws std::runtime_error when the program cannot be started.
  Child(std::vector<std::string> arguments, const std::string& log_file,
        const std::vector<std::pair<std::string, std::string>>& environment = {});
  ~Child();  // kill -9 when it still runs
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  int pid() const { return pid_; }
  bool running();
  void signal(int number);
  int wait();  // exit code, or 128 + signal

 private:
  int pid_ = -1;
  int status_ = -1;
};

int free_port();           // on 127.0.0.1, free a moment ago
bool listening(int port);  // somebody does, on 127.0.0.1

// With AddressSanitizer a process is as large as that makes it: what it takes by itself cannot be told.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kMemoryIsItsOwn = false;
#else
inline constexpr bool kMemoryIsItsOwn = true;
#endif

}  // namespace turnkey::testing
