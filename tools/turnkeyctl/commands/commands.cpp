// SPDX-License-Identifier: Apache-2.0
#include "commands/commands.hpp"

#include "domain/duration.hpp"

namespace turnkey::ctl {

CLI::App& Commands::group(CLI::App& parent, const std::string& name, const std::string& sentence) {
  CLI::App* app = parent.add_subcommand(name, sentence);
  app->require_subcommand(1);
  return *app;
}

CLI::App& Commands::command(CLI::App& parent, const std::string& name, const std::string& sentence,
                            const std::vector<std::string>& examples, Action action) {
  CLI::App* app = parent.add_subcommand(name, sentence);
  std::string footer = "Examples:";
  for (const auto& example : examples) footer += "\n  turnkeyctl " + example;
  app->footer(footer);
  app->callback([this, action = std::move(action)] { chosen_ = action; });
  return *app;
}

CLI::Option* many(CLI::App& command, const std::string& names, std::vector<std::string>& values,
                  const std::string& sentence) {
  return command.add_option(names, values, sentence)->allow_extra_args(false);
}

CLI::Option* duration(CLI::App& command, const std::string& names, std::string& text,
                      const std::string& sentence) {
  return command.add_option(names, text, sentence + " (90s, 15m, 12h, 30d)")
      ->check([](const std::string& value) {
        return parse_duration(value) ? std::string() : "a time such as 90s, 15m, 12h or 30d is needed";
      });
}

void add_yes(CLI::App& command, bool& yes) {
  command.add_flag("-y,--yes", yes, "do not ask whether to go on");
}

void add_paging(CLI::App& command, std::size_t& limit) {
  limit = 100;
  CLI::Option* most = command.add_option("--limit", limit, "how many at most")
                          ->capture_default_str()
                          ->check(CLI::Range(1, 1'000'000));
  command
      .add_flag_callback(
          "--all", [&limit] { limit = 0; }, "all of them")
      ->excludes(most);
}

void add_all_commands(Commands& commands) {
  add_session_commands(commands);
  add_device_commands(commands);
  add_batch_commands(commands);
  add_label_commands(commands);
  add_group_commands(commands);
  add_user_commands(commands);
  add_pass_commands(commands);
  add_recipe_commands(commands);
  add_token_commands(commands);
  add_registration_commands(commands);
  add_integration_commands(commands);
  add_ledger_commands(commands);
  add_telemetry_commands(commands);
  add_doctor_command(commands);
  add_completion_command(commands);
}

}  // namespace turnkey::ctl
