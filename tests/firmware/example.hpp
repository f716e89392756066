// SPDX-License-Identifier: Apache-2.0
// The example firmware as a process: a device on this computer whose button and sensor are lines of text.
#pragma once

#include <memory>
#include <string>

#include "testing/process.hpp"

namespace turnkey::tests {

struct ExampleAccount {
  int port = 0;
  std::string device_id;
  std::string access_key;
  std::string secret;
  std::string trust;  // the file of the authorities, or --bench
};

class Example {
 public:
  explicit Example(const ExampleAccount& account);
  ~Example();
  Example(const Example&) = delete;
  Example& operator=(const Example&) = delete;
  void type(const std::string& line) const;
  std::size_t said(const std::string& line) const;  // how many lines begin with it
  int end();                                        // `quit`, and the exit code

 private:
  std::string file(const std::string& name) const { return folder_.path() + "/" + name; }
  testing::TemporaryFolder folder_;
  int input_ = -1;
  std::unique_ptr<testing::Child> process_;
};

}  // namespace turnkey::tests
