// SPDX-License-Identifier: Apache-2.0
#include "commands/erasure.hpp"
#include "output/text.hpp"

#include "client/private_file.hpp"

namespace turnkey::ctl {
namespace {

constexpr int kMostRuns = 1000;  // each for as long as the server may take for one answer

struct Arguments {
  std::string who;
  std::string proof;
  bool apply = false;
  bool yes = false;
};

struct Subject {
  std::string kind;  // "user", "group"
  std::string id;
  Target target() const { return std::move(Target("/api/" + kind + "s").part(id).part("erasure")); }
};

// {"service":{"table":rows}}, added up.
void add_rows(Json& sum, const Json& rows) {
  for (const auto& [service, tables] : rows.items()) {
    if (!tables.is_object()) continue;
    for (const auto& [table, count] : tables.items()) {
      if (!count.is_number_integer()) continue;
      Json& all = sum[service][table];
      all = (all.is_number_integer() ? all.get<std::int64_t>() : 0) + count.get<std::int64_t>();
    }
  }
}

std::string sheet(const Json& rows) {
  std::string text;
  for (const auto& [service, tables] : rows.items()) {
    for (const auto& [table, count] : tables.items()) {
      text += padded(service + "." + table + " ", 40) + count.dump() + "\n";
    }
  }
  return text;
}

Json summed(const Json& answer) {
  Json rows = Json::object();
  add_rows(rows, answer.value("rows", Json::object()));
  return rows;
}

Failure devices_remain(std::int64_t devices) {
  return failure(ExitCode::conflict, "devices_remain",
                 std::to_string(devices) +
                     " devices are in it still. Release or delete them first: turnkeyctl devices release");
}

// Until the server has finished: what takes longer than one answer may is done in several.
Outcome<Json> run_all(Api& api, const Subject& subject) {
  Json proof = {
      {"kind", subject.kind}, {"id", subject.id}, {"rows", Json::object()}, {"runs", Json::array()}};
  for (int run = 0; run < kMostRuns; ++run) {
    const auto answer = api.post(subject.target(), {{"apply", true}});
    if (!answer) return answer.error();
    add_rows(proof["rows"], answer->value("rows", Json::object()));
    proof["runs"].push_back(*answer);
    if (answer->value("finished", false)) {
      proof["at"] = (*answer)["at"];
      proof["by"] = (*answer)["by"];
      proof["ledger"] = answer->value("ledger", Json());
      return proof;
    }
  }
  return failure(ExitCode::unavailable, "unfinished",
                 "There is more than could be erased. The same again goes on.");
}

Outcome<Done> apply(Shell& shell, Api& api, const Subject& subject, const Arguments& args) {
  auto file = PrivateFile::create(args.proof);
  if (!file) return file.error();
  const auto sure = shell.confirm("Erase " + args.who + "? It cannot be undone.", args.yes);
  if (!sure) return sure;
  const auto proof = run_all(api, subject);
  if (!proof) return proof.error();
  if (!file->write(proof->dump(2) + "\n"))
    return failure(ExitCode::failed, "not_written", "It is erased, and the proof could not be written.");
  if (const auto finished = file->finish(); !finished) return finished;
  shell.show_done(*proof, sheet((*proof)["rows"]) + "Erased. The proof is in " + args.proof +
                              "; ledger line " + cell(*proof, {"", "/ledger/seq"}) + ", hash " +
                              text_at(*proof, "/ledger/hash") + ".");
  return Done{};
}

Outcome<Done> erase(Shell& shell, const Subject& subject, const Arguments& args) {
  if (args.apply && args.proof.empty())
    return usage("--apply needs --proof FILE: what was erased is told once.");
  const auto api = shell.api();
  if (!api) return api.error();
  const auto plan = (*api)->post(subject.target());
  if (!plan) return plan.error();
  const Json rows = summed(*plan);
  const auto devices = plan->value("devices", std::int64_t{0});
  if (devices > 0 && args.apply) return devices_remain(devices);
  if (args.apply) return apply(shell, **api, subject, args);
  shell.show_done(
      *plan, sheet(rows) +
                 (devices > 0 ? std::to_string(devices) + " devices have to be released before.\n" : "") +
                 "Nothing was erased: --apply --proof FILE does it.");
  return Done{};
}

void add_options(CLI::App& app, Arguments& args) {
  app.add_flag("--apply", args.apply, "do it; without it the rows are only counted");
  app.add_option("--proof", args.proof,
                 "new file for what was erased: rows, when, by whom, the ledger's line")
      ->type_name(kFile);
  add_yes(app, args.yes);
}

}  // namespace

void add_user_erase_command(Commands& commands, CLI::App& users) {
  auto args = std::make_shared<Arguments>();
  CLI::App& app = commands.command(
      users, "erase", "erase all that is known of a person, with a proof; operators only",
      {"users erase kim@tekton.example", "users erase kim@tekton.example --apply --proof erased.json"},
      [args](Shell& shell) -> Outcome<Done> {
        const auto id = user_id(shell, args->who);
        if (!id) return id.error();
        return erase(shell, {"user", *id}, *args);
      });
  app.add_option("USER", args->who, "email or id")->required();
  add_options(app, *args);
}

void add_group_erase_command(Commands& commands, CLI::App& groups) {
  auto args = std::make_shared<Arguments>();
  CLI::App& app = commands.command(
      groups, "erase",
      "erase a tenant: groups, people, hand-overs, history and names of all below, with a proof; operators "
      "only",
      {"groups erase \"Tekton Health\"", "groups erase \"Tekton Health\" --apply --proof erased.json"},
      [args](Shell& shell) -> Outcome<Done> {
        const auto id = group_id(shell, args->who);
        if (!id) return id.error();
        return erase(shell, {"group", *id}, *args);
      });
  app.add_option("GROUP", args->who, "path or id")->required();
  add_options(app, *args);
}

}  // namespace turnkey::ctl
