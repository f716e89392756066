// SPDX-License-Identifier: Apache-2.0
#include "app.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <ostream>

#include "commands/commands.hpp"
#include "output/text.hpp"

namespace turnkey::ctl {
namespace {

void add_globals(CLI::App& app, Globals& globals) {
  app.add_option("--url", globals.url, "the installation, https://HOST (TURNKEY_URL)");
  app.add_option("--cafile", globals.ca_file,
                 "certificate authority to trust in place of the system's, PEM (TURNKEY_CAFILE)")
      ->type_name(kFile);
  app.add_option("--token-file", globals.token_file, "file with an API token (TURNKEY_TOKEN_FILE)")
      ->type_name(kFile);
  app.add_flag("--json", globals.json, "answer as one JSON document, errors as a problem document");
  app.add_flag("--quiet", globals.quiet, "lists as ids alone, no other talk");
}

int exit_code(ExitCode code) { return static_cast<int>(code); }

// The command that the rest of the line was meant for.
const CLI::App& innermost(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : innermost(*chosen.back());
}

// What stands where a command should: CLI11 would only say that one is missing.
std::string unknown_command(const CLI::App& app) {
  const auto rest = app.remaining(true);
  const auto word = std::find_if(rest.begin(), rest.end(),
                                 [](const std::string& one) { return !one.empty() && one.front() != '-'; });
  return word == rest.end() ? std::string() : *word;
}

// "turnkeyctl devices", as it was typed.
std::string path_of(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent == nullptr ? app.get_name() : path_of(*parent) + " " + app.get_name();
}

// CLI11 has its own codes for everything that can be wrong with a command line; ours is one.
int refuse(const CLI::App& app, const CLI::ParseError& error, World& world) {
  const CLI::App& meant = innermost(app);
  const std::string word = unknown_command(app);
  const bool wants_command = meant.get_require_subcommand_min() > 0 && error.get_exit_code() != 0;
  if (wants_command && !word.empty()) {
    world.err << path_of(meant) << ": there is no command \"" << printable(word) << "\".\nRun "
              << path_of(meant) << " --help to see them all.\n";
    return exit_code(ExitCode::usage);
  }
  const int code = app.exit(error, world.out, world.err);
  return code == 0 ? exit_code(ExitCode::ok) : exit_code(ExitCode::usage);
}

}  // namespace

int run(const std::vector<std::string>& arguments, World& world) {
  CLI::App app("Operates a Turnkey installation.", "turnkeyctl");
  app.set_version_flag("--version", "turnkeyctl " TURNKEY_VERSION, "print the version and end");
  app.require_subcommand(1);
  app.fallthrough();  // options of every command may stand behind it
  app.footer(
      "Examples:\n"
      "  turnkeyctl login https://turnkey.example --email ops@turnkey.example\n"
      "  turnkeyctl devices import serials.csv --recipe \"Generator gateway\" --output credentials.csv\n"
      "  turnkeyctl ledger verify\n"
      "turnkeyctl COMMAND --help tells more.");
  Globals globals;
  add_globals(app, globals);
  Commands commands(app);
  add_all_commands(commands);
  Shell shell(world, globals);
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants them
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    return refuse(app, error, world);
  }
  const auto done = commands.run(shell);
  world.out.flush();
  if (!done) {
    shell.show_failure(done.error());
    return exit_code(done.error().exit);
  }
  return world.out.good() ? exit_code(ExitCode::ok) : exit_code(ExitCode::failed);
}

}  // namespace turnkey::ctl
