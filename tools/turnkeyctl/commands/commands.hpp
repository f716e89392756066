// SPDX-License-Identifier: Apache-2.0
// The tree of commands: each file of this folder adds one group of them. A command is a name, a sentence,
// examples for its help, and an action that runs once everything on the command line is understood.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "commands/shell.hpp"

namespace turnkey::ctl {

using Action = std::function<Outcome<Done>(Shell&)>;

class Commands {
 public:
  explicit Commands(CLI::App& app) : app_(app) {}

  CLI::App& root() { return app_; }
  // A word that needs another behind it.
  CLI::App& group(CLI::App& parent, const std::string& name, const std::string& sentence);
  // `examples`: the lines of the help's footer, without "turnkeyctl".
  CLI::App& command(CLI::App& parent, const std::string& name, const std::string& sentence,
                    const std::vector<std::string>& examples, Action action);
  Outcome<Done> run(Shell& shell) const { return chosen_(shell); }

 private:
  CLI::App& app_;
  Action chosen_ = [](Shell&) -> Outcome<Done> { return Done{}; };
};

// Type of options that name a file, in the help and for completion.
inline constexpr const char* kFile = "FILE";

// An option that may be given many times, one value each.
CLI::Option* many(CLI::App& command, const std::string& names, std::vector<std::string>& values,
                  const std::string& sentence);
CLI::Option* duration(CLI::App& command, const std::string& names, std::string& text,
                      const std::string& sentence);
void add_yes(CLI::App& command, bool& yes);
// --limit and --all of a list.
void add_paging(CLI::App& command, std::size_t& limit);

void add_session_commands(Commands& commands);
void add_device_commands(Commands& commands);
void add_release_commands(Commands& commands, CLI::App& devices);
void add_credential_commands(Commands& commands, CLI::App& devices);
void add_import_command(Commands& commands, CLI::App& devices);
void add_batch_commands(Commands& commands);
void add_label_commands(Commands& commands);
void add_group_commands(Commands& commands);
void add_user_commands(Commands& commands);
void add_pass_commands(Commands& commands);
void add_recipe_commands(Commands& commands);
void add_token_commands(Commands& commands);
void add_registration_commands(Commands& commands);
void add_integration_commands(Commands& commands);
void add_ledger_commands(Commands& commands);
void add_telemetry_commands(Commands& commands);
void add_doctor_command(Commands& commands);
void add_completion_command(Commands& commands);

void add_all_commands(Commands& commands);

}  // namespace turnkey::ctl
