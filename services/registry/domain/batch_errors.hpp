// SPDX-License-Identifier: Apache-2.0
// What is wrong with a file of rows: every error counted, the first of them named. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace turnkey::registry {

struct RowError {
  std::size_t line = 0;   // of the file, counted from 1
  std::string column{};   // as the header names it; "" when the whole line is meant
  std::string code;       // a short word: "taken", "not_a_leaf"
  std::string message{};  // says what would be right
};

class BatchErrors {
 public:
  static constexpr std::size_t kMostNamed = 10'000;
  static constexpr std::size_t kMostBytes = 2 * 1024 * 1024;  // of their texts: a reply is 4 MiB at most

  void add(RowError error) {
    ++count_;
    bytes_ += error.column.size() + error.code.size() + error.message.size();
    if (named_.size() < kMostNamed && bytes_ <= kMostBytes) named_.push_back(std::move(error));
  }
  std::size_t count() const { return count_; }
  const std::vector<RowError>& named() const { return named_; }

 private:
  std::vector<RowError> named_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace turnkey::registry
