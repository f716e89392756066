// SPDX-License-Identifier: Apache-2.0
// devices release, undo-release, releases. A released device has new credentials, shown once.
#include <fstream>

#include "commands/secrets.hpp"
#include "core/random.hpp"

namespace turnkey::ctl {
namespace {

constexpr std::size_t kMostAtOnce = 1000;

struct Release {
  std::vector<std::string> serials;
  std::string file;
  std::string idempotency_key;
  SecretOptions secrets;
  bool yes = false;
};

Outcome<Done> read_serials(const std::string& file, std::vector<std::string>& serials) {
  std::ifstream in(file);
  if (!in) return usage("There is no file " + file + ".");
  std::string line;
  while (std::getline(in, line)) {
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin == std::string::npos) continue;
    serials.push_back(line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1));
    if (serials.size() > kMostAtOnce) break;
  }
  return Done{};
}

Outcome<Done> release_one(Shell& shell, Api& api, const Release& release, SecretPlace& place) {
  const std::string& serial = release.serials.front();
  const auto reply = api.post_once(Target("/api/devices").part(serial).part("release"), Json::object(),
                                   release.idempotency_key);
  if (!reply) return reply.error();
  const std::string content = "serial,access_key,access_secret\n" + text_at(*reply, "/device/serial") + "," +
                              text_at(*reply, "/credentials/accessKey") + "," +
                              text_at(*reply, "/credentials/accessSecret") + "\n";
  shell.note("Released " + serial + ". For ten minutes: turnkeyctl devices undo-release " + serial);
  return place.deliver(shell, *reply, {"/credentials/accessSecret"}, content);
}

// The answer is CSV whatever was asked for: a row for each device, released or why not.
Outcome<Done> release_many(Shell& shell, Api& api, const Release& release, SecretPlace& place) {
  auto call = json_call("POST", Target("/api/releases"), {{"serials", release.serials}});
  call.headers.emplace_back("Idempotency-Key", release.idempotency_key);
  call.deadline = std::chrono::minutes(5);
  call.silence = std::chrono::minutes(5);
  const auto answer = api.ask(std::move(call));
  if (!answer) return answer.error();
  return place.deliver(shell, {{"devices", release.serials.size()}}, {}, answer->body);
}

Outcome<Done> release_devices(Shell& shell, Release release) {
  if (!release.file.empty()) {
    const auto read = read_serials(release.file, release.serials);
    if (!read) return read;
  }
  if (release.serials.empty()) return usage("Name the devices, or a file of serials with --from.");
  if (release.serials.size() > kMostAtOnce) return usage("At most 1000 devices can be released at once.");
  const bool one = release.serials.size() == 1;
  if (!one && shell.globals().json && release.secrets.output.empty())
    return usage("The answer for many devices is CSV: say --output FILE, or leave --json out.");
  auto place = SecretPlace::open(shell, release.secrets);
  if (!place) return place.error();
  const auto sure = shell.confirm(
      "Release " + (one ? release.serials.front() : std::to_string(release.serials.size()) + " devices") +
          "? Nobody has it then, its credentials are new and its sessions end.",
      release.yes);
  if (!sure) return sure;
  const auto api = shell.api();
  if (!api) return api.error();
  if (release.idempotency_key.empty()) release.idempotency_key = core::random_hex(16);
  const auto done =
      one ? release_one(shell, **api, release, *place) : release_many(shell, **api, release, *place);
  if (!done && done.error().exit == ExitCode::unavailable)
    shell.note("Whether it was done is not known. The same again is safe with --idempotency-key " +
               release.idempotency_key);
  return done;
}

Outcome<Done> undo_release(Shell& shell, const std::string& serial) {
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->post(Target("/api/devices").part(serial).part("release-undo"));
  if (!reply) return reply.error();
  shell.show_done(*reply, serial + " is back as it was; its former credentials are valid again.");
  return Done{};
}

Outcome<Done> list_releases(Shell& shell) {
  const auto api = shell.api();
  if (!api) return api.error();
  const auto document = (*api)->get(Target("/api/releases"));
  if (!document) return document.error();
  shell.show_list(*document,
                  {{"SERIAL", "/serial"},
                   {"NAME", "/name"},
                   {"GROUP", "/groupName"},
                   {"RELEASED", "/releasedAt", Form::time},
                   {"UNDO UNTIL", "/undoUntil", Form::time}},
                  "/serial");
  return Done{};
}

}  // namespace

void add_release_commands(Commands& commands, CLI::App& devices) {
  auto release = std::make_shared<Release>();
  CLI::App& app =
      commands.command(devices, "release", "take devices back: nobody has them, their credentials are new",
                       {"devices release GEN-7K3M-Q9XT-4Z --output new-credentials.csv",
                        "devices release --from serials.txt --output new-credentials.csv --yes"},
                       [release](Shell& shell) { return release_devices(shell, *release); });
  app.add_option("SERIAL", release->serials, "the devices");
  app.add_option("--from", release->file, "file with a serial a line (at most 1000)")->type_name(kFile);
  app.add_option("--idempotency-key", release->idempotency_key, "of a release whose answer was lost");
  add_secret_options(app, release->secrets);
  add_yes(app, release->yes);
  auto serial = std::make_shared<std::string>();
  CLI::App& undo =
      commands.command(devices, "undo-release", "give a device back within ten minutes of its release",
                       {"devices undo-release GEN-7K3M-Q9XT-4Z"},
                       [serial](Shell& shell) { return undo_release(shell, *serial); });
  undo.add_option("SERIAL", *serial, "the device")->required();
  commands.command(devices, "releases", "releases of the last ten minutes, which can be undone",
                   {"devices releases"}, list_releases);
}

}  // namespace turnkey::ctl
