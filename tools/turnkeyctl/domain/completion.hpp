// SPDX-License-Identifier: Apache-2.0
// Scripts with which bash and zsh complete the command line, made from the tree of commands. Pure.
#pragma once

#include <string>
#include <vector>

namespace turnkey::ctl {

struct OptionWords {
  std::vector<std::string> names;  // "--limit", "-o"
  std::string sentence;
  bool takes_value = false;
  bool takes_file = false;
  std::vector<std::string> choices{};
};

struct CommandWords {
  std::string name;
  std::string sentence;
  std::vector<OptionWords> options{};
  bool takes_file = false;  // as an argument without an option's name
  std::vector<CommandWords> commands{};
};

std::string bash_completion(const CommandWords& root);
std::string zsh_completion(const CommandWords& root);

}  // namespace turnkey::ctl
