// SPDX-License-Identifier: Apache-2.0
#include "app.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <ostream>

#include "commands/commands.hpp"

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

// CLI11 has its own codes for everything that can be wrong with a command line; ours is one.
int refuse(const CLI::App& app, const CLI::ParseError& error, World& world) {
  const int code = app.exit(error, world.out, world.err);
  return code == 0 ? exit_code(ExitCode::ok) : exit_code(ExitCode::usage);
}

}  // namespace

int run(const std::vector<std::string>& arguments, World& world) {
  CLI::App app("Operates a Turnkey installation.", "turnkeyctl");
  app.require_subcommand(1);
  app.fallthrough();  // options of every command may stand behind it
  app.footer(
      "Examples:\n"
      "  turnkeyctl login https://turnkey.example --email ops@turnkey.example\n"
      "  turnkeyctl devices import serials.csv --recipe Generator --output credentials.csv\n"
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
