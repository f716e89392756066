// SPDX-License-Identifier: Apache-2.0
#include "commands/secrets.hpp"

#include <ostream>

namespace turnkey::ctl {

void add_secret_options(CLI::App& command, SecretOptions& options) {
  auto* output = command
                     .add_option("-o,--output", options.output,
                                 "new file for the secret, for your eyes alone (mode 0600)")
                     ->type_name(kFile);
  command.add_flag("--show-secret", options.show, "write the secret to standard output")->excludes(output);
}

Outcome<SecretPlace> SecretPlace::open(Shell& shell, const SecretOptions& options) {
  if (!options.output.empty()) {
    auto file = PrivateFile::create(options.output);
    if (!file) return file.error();
    return SecretPlace(std::move(*file));
  }
  const bool seen_by_its_owner = shell.world().out_is_terminal && shell.for_people();
  if (!options.show && !seen_by_its_owner)
    return usage(
        "This shows a secret once: say --output FILE, or --show-secret to have it on standard output.");
  return SecretPlace(std::nullopt);
}

Outcome<Done> SecretPlace::deliver(Shell& shell, Json document, const std::vector<std::string>& pointers,
                                   const std::string& content) {
  if (file_) {
    if (!file_->write(content))
      return failure(ExitCode::failed, "file", file_->path() + " cannot be written: the secret is lost.");
    const auto finished = file_->finish();
    if (!finished) return finished;
    for (const auto& pointer : pointers) {
      const Json::json_pointer place(pointer);
      if (document.contains(place)) document.at(place.parent_pointer()).erase(place.back());
    }
    shell.show_done(document,
                    "Kept in " + file_->path() + ", which only you can read. It is not shown again.");
    return Done{};
  }
  if (shell.globals().json) {
    shell.print_document(document);
  } else {
    shell.world().out << content;
  }
  return Done{};
}

}  // namespace turnkey::ctl
