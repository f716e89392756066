// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "commands.hpp"

int main(int argc, char** argv) {
  CLI::App app("Plays devices: a generator with a gateway, a button and an LED.", "device-simulator");
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  device-simulator one --device-id 5f... --access-key 0d... --access-secret-file secret.txt --port "
      "1883\n"
      "  device-simulator fleet --credentials devices.json --page-port 8090\n"
      "  device-simulator history --credentials devices.json --hours 6");
  turnkey::simulator::add_commands(app);
  CLI11_PARSE(app, argc, argv);
  return turnkey::simulator::run_chosen(app);
}
