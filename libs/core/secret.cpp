// SPDX-License-Identifier: Apache-2.0
#include "core/secret.hpp"

#include <fstream>

namespace turnkey::core {
namespace {

constexpr std::size_t kMost = 4;  // two at a time are rotated; whatever the file is, no more is read

std::string trimmed(const std::string& line) {
  constexpr const char* kBlanks = " \t\r\n";
  const auto begin = line.find_first_not_of(kBlanks);
  if (begin == std::string::npos) return {};
  return line.substr(begin, line.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace

Secret Secret::in_file(std::string path) {
  Secret secret;
  secret.path_ = std::move(path);
  return secret;
}

std::vector<std::string> Secret::all() const {
  std::vector<std::string> secrets;
  if (!fixed_.empty()) secrets.push_back(fixed_);
  if (path_.empty()) return secrets;
  std::ifstream file(path_);
  for (std::string line; secrets.size() < kMost && std::getline(file, line);) {
    if (auto secret = trimmed(line); !secret.empty()) secrets.push_back(std::move(secret));
  }
  return secrets;
}

}  // namespace turnkey::core
