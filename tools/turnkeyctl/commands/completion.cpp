// SPDX-License-Identifier: Apache-2.0
// completion bash, zsh: the tree of commands as CLI11 has it, as a script for the shell.
#include <ostream>

#include "commands/commands.hpp"
#include "domain/completion.hpp"

namespace turnkey::ctl {
namespace {

// CLI11 says of IsMember "TEXT:{pdf,svg,zpl}".
std::vector<std::string> choices_in(const std::string& type) {
  const auto open = type.find('{');
  const auto close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return {};
  std::vector<std::string> choices;
  std::string rest = type.substr(open + 1, close - open - 1);
  for (std::size_t comma = rest.find(','); comma != std::string::npos; comma = rest.find(',')) {
    choices.push_back(rest.substr(0, comma));
    rest.erase(0, comma + 1);
  }
  choices.push_back(rest);
  return choices;
}

OptionWords words_of(const CLI::Option& option) {
  OptionWords words{{}, option.get_description(), option.get_items_expected_max() > 0, false, {}};
  for (const auto& name : option.get_snames()) words.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) words.names.push_back("--" + name);
  const std::string type = option.get_type_name();
  words.takes_file = type.starts_with(kFile);
  words.choices = choices_in(type);
  return words;
}

CommandWords words_of(const CLI::App& app) {
  CommandWords words{app.get_name(), app.get_description()};
  for (const CLI::Option* option : app.get_options()) {
    const bool positional = option->get_positional();
    if (positional && option->get_type_name().starts_with(kFile)) words.takes_file = true;
    if (!positional) words.options.push_back(words_of(*option));
  }
  for (const CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; }))
    words.commands.push_back(words_of(*below));
  return words;
}

}  // namespace

void add_completion_command(Commands& commands) {
  CLI::App& group =
      commands.group(commands.root(), "completion", "a script that completes commands in your shell");
  const CLI::App& root = commands.root();
  commands.command(group, "bash", "for bash", {"completion bash > /etc/bash_completion.d/turnkeyctl"},
                   [&root](Shell& shell) -> Outcome<Done> {
                     shell.world().out << bash_completion(words_of(root));
                     return Done{};
                   });
  commands.command(group, "zsh", "for zsh", {"completion zsh > ~/.zfunc/_turnkeyctl"},
                   [&root](Shell& shell) -> Outcome<Done> {
                     shell.world().out << zsh_completion(words_of(root));
                     return Done{};
                   });
}

}  // namespace turnkey::ctl
