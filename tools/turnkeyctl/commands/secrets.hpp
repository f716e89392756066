// SPDX-License-Identifier: Apache-2.0
// Secrets that the server shows once. They go to a new file of mode 0600 (--output), which is there before
// they are asked for, or to standard output: on a terminal, or where --show-secret asks for it. Never
// elsewhere.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/private_file.hpp"
#include "commands/commands.hpp"

namespace turnkey::ctl {

struct SecretOptions {
  std::string output;
  bool show = false;
};
void add_secret_options(CLI::App& command, SecretOptions& options);

class SecretPlace {
 public:
  // `usage` when there is nowhere to put them.
  static Outcome<SecretPlace> open(Shell& shell, const SecretOptions& options);

  // `content` is what a file gets and people see; `pointers` are the secrets in the document, which --json
  // leaves out of it when they are in a file.
  Outcome<Done> deliver(Shell& shell, Json document, const std::vector<std::string>& pointers,
                        const std::string& content);
  PrivateFile* file() { return file_ ? &*file_ : nullptr; }

 private:
  explicit SecretPlace(std::optional<PrivateFile> file) : file_(std::move(file)) {}
  std::optional<PrivateFile> file_;
};

}  // namespace turnkey::ctl
