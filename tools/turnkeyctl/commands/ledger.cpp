// SPDX-License-Identifier: Apache-2.0
// ledger show, export, verify.
#include <fstream>

#include "client/download.hpp"
#include "commands/commands.hpp"
#include "domain/ledger_chain.hpp"

namespace turnkey::ctl {
namespace {

constexpr std::size_t kLongestLine = 1024 * 1024;  // bytes; a ledger line is far shorter

struct Ledger {
  std::string serial;
  std::string group;
  std::string act;
  std::string person;
  std::string from;
  std::string to;
  std::size_t limit = 0;
  std::string output;
  std::string file;
  std::string hash_before;
  std::string last_hash;
};

Outcome<PageTarget> page_of(Shell& shell, const Ledger& ledger) {
  if (!ledger.serial.empty()) {
    return PageTarget([serial = ledger.serial](const std::string& cursor, std::size_t) {
      return Target("/api/devices").part(serial).part("ledger").query_if("cursor", cursor);
    });
  }
  std::string group;
  if (!ledger.group.empty()) {
    const auto id = group_id(shell, ledger.group);
    if (!id) return id.error();
    group = *id;
  }
  std::string person;
  if (!ledger.person.empty()) {
    const auto id = user_id(shell, ledger.person);
    if (!id) return id.error();
    person = *id;
  }
  return PageTarget([ledger, group, person](const std::string& cursor, std::size_t count) {
    return Target("/api/ledger")
        .query("limit", std::to_string(count))
        .query_if("group", group)
        .query_if("act", ledger.act)
        .query_if("person", person)
        .query_if("from", ledger.from)
        .query_if("to", ledger.to)
        .query_if("cursor", cursor);
  });
}

Outcome<Done> show_ledger(Shell& shell, const Ledger& ledger) {
  const auto target = page_of(shell, ledger);
  if (!target) return target.error();
  const auto api = shell.api();
  if (!api) return api.error();
  auto document = pages(**api, ledger.limit, *target);
  if (!document) return document.error();
  if (document->contains("items") && ledger.limit != 0) {
    auto& items = (*document)["items"];  // pages of a device's ledger have their own size
    if (shell.for_people() && items.size() > ledger.limit)
      items.erase(items.begin() + static_cast<std::ptrdiff_t>(ledger.limit), items.end());
  }
  shell.show_list(*document,
                  {{"SEQ", "/seq"},
                   {"AT", "/at", Form::time},
                   {"ACT", "/act"},
                   {"WHO", "/actor/name"},
                   {"SERIAL", "/serial"},
                   {"DETAIL", "/detail", Form::tags}},
                  "/hash");
  return Done{};
}

Outcome<Done> export_ledger(Shell& shell, const Ledger& ledger) {
  const auto api = shell.api();
  if (!api) return api.error();
  const auto answer =
      download(**api, Target("/api/ledger/export").query_if("from", ledger.from).query_if("to", ledger.to),
               ledger.output, shell.world().out);
  if (!answer) return answer.error();
  if (ledger.output != "-")
    shell.show_done({{"output", ledger.output}}, "The ledger is in " + ledger.output +
                                                     ". turnkeyctl ledger verify --file " + ledger.output);
  return Done{};
}

Failure broken_at(std::int64_t seq, const std::string& why, const Json& document) {
  Failure result = failure(ExitCode::not_verified, "not_verified",
                           "The ledger is broken at line " + std::to_string(seq) + why + ".");
  result.problem.update(document);
  return result;
}

// The server's verdict on the next lines, from the cursor on.
Outcome<Json> verdict_from(Api& api, const std::string& cursor) {
  auto verdict = api.get(Target("/api/ledger/verification").query_if("cursor", cursor));
  if (!verdict) return verdict;
  if (!verdict->contains("ok") || !(*verdict)["ok"].is_boolean())
    return failure(ExitCode::failed, "unreadable", "The server's verdict cannot be understood.");
  return verdict;
}

Outcome<Done> verify_at_server(Shell& shell) {
  const auto api = shell.api();
  if (!api) return api.error();
  auto page = verdict_from(**api, "");
  for (auto next = page ? text_at(*page, "/nextCursor") : ""; !next.empty();
       next = page ? text_at(*page, "/nextCursor") : "")
    page = verdict_from(**api, next);
  if (!page) return page.error();
  const Json& verdict = *page;
  const Json::json_pointer first("/firstBroken");
  if (!verdict["ok"].get<bool>()) {
    const bool named = verdict.contains(first) && verdict.at(first).is_number_integer();
    return broken_at(named ? verdict.at(first).get<std::int64_t>() : 0, "", verdict);
  }
  shell.show_done(verdict,
                  "All " + cell(verdict, {"", "/lines"}) + " lines of the ledger are as they were written.");
  return Done{};
}

// False at the end. A longer line than there can be is cut: no JSON any more, and named as broken.
bool read_line(std::istream& in, std::string& line) {
  line.clear();
  for (int c = in.get(); c != std::char_traits<char>::eof(); c = in.get()) {
    if (c == '\n') return true;
    line.push_back(static_cast<char>(c));
    if (line.size() > kLongestLine) return true;
  }
  return !line.empty();
}

Outcome<LedgerChain> follow(const std::string& path, const std::string& hash_before) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return usage("There is no file " + path + ".");
  LedgerChain chain(hash_before);
  std::string line;
  while (!chain.broken() && read_line(in, line)) chain.add(line);
  chain.finish();
  return chain;
}

Json verdict_of(const LedgerChain& chain) {
  Json verdict = {
      {"lines", chain.lines()},      {"ok", !chain.broken().has_value()}, {"firstSeq", chain.first_seq()},
      {"lastSeq", chain.last_seq()}, {"lastHash", chain.last_hash_hex()}, {"anchored", chain.anchored()},
      {"redacted", chain.redacted()}};
  if (chain.broken()) {
    verdict["firstBroken"] = chain.broken()->seq;
    verdict["fileLine"] = chain.broken()->file_line;
  }
  return verdict;
}

Outcome<Done> verify_file(Shell& shell, const Ledger& ledger) {
  const auto chain = follow(ledger.file, ledger.hash_before);
  if (!chain) return chain.error();
  const Json verdict = verdict_of(*chain);
  if (const auto& broken = chain->broken())
    return broken_at(broken->seq,
                     " (line " + std::to_string(broken->file_line) + " of the file): " + broken->why,
                     verdict);
  if (chain->lines() == 0)
    return failure(ExitCode::not_verified, "not_verified", ledger.file + " holds no ledger line.");
  if (!ledger.last_hash.empty() && ledger.last_hash != chain->last_hash_hex())
    return broken_at(chain->last_seq() + 1, ": the file ends before the line that was to be its last",
                     verdict);
  std::string text = "Lines " + std::to_string(chain->first_seq()) + " to " +
                     std::to_string(chain->last_seq()) +
                     " are as they were written.\nLast hash: " + chain->last_hash_hex() +
                     "\nKeep it apart from the file: with --last-hash it shows whether an end was cut off.";
  if (chain->redacted() > 0)
    text += "\nThe words of " + std::to_string(chain->redacted()) +
            " lines were erased; later lines vouch for what is left of them.";
  if (!chain->anchored())
    text += "\nThe first line is taken as it is: what it rests on shows with --hash-before.";
  shell.show_done(verdict, text);
  return Done{};
}

void add_span(CLI::App& app, Ledger& ledger) {
  app.add_option("--from", ledger.from, "from this time on (ISO-8601)");
  app.add_option("--to", ledger.to, "before this time (ISO-8601)");
}

void add_verify(Commands& commands, CLI::App& group, const std::shared_ptr<Ledger>& ledger) {
  CLI::App& verify = commands.command(
      group, "verify", "whether no line was changed, taken out or put in; exit code 3 if one was",
      {"ledger verify", "ledger verify --file ledger.ndjson",
       "ledger verify --file november.ndjson --hash-before HASH"},
      [ledger](Shell& shell) {
        return ledger->file.empty() ? verify_at_server(shell) : verify_file(shell, *ledger);
      });
  auto* file = verify.add_option("--file", ledger->file, "an export, verified here and without the server")
                   ->type_name(kFile);
  const CLI::Validator hash(
      [](const std::string& text) {
        const bool good =
            text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
        return good ? std::string() : std::string("64 lower-case hex characters are needed");
      },
      "HASH");
  verify.add_option("--hash-before", ledger->hash_before, "hash of the line before the export's first")
      ->check(hash)
      ->needs(file);
  verify.add_option("--last-hash", ledger->last_hash, "hash that the last line must have")
      ->check(hash)
      ->needs(file);
}

}  // namespace

void add_ledger_commands(Commands& commands) {
  auto ledger = std::make_shared<Ledger>();
  CLI::App& group = commands.group(commands.root(), "ledger", "who did what when, and the proof of it");
  CLI::App& show = commands.command(
      group, "show", "what happened, newest first",
      {"ledger show", "ledger show GEN-7K3M-Q9XT-4Z",
       "ledger show --group \"Tekton Health\" --act device.assigned --from 2026-11-01T00:00:00Z"},
      [ledger](Shell& shell) { return show_ledger(shell, *ledger); });
  auto* serial = show.add_option("SERIAL", ledger->serial, "only of this device");
  show.add_option("--group", ledger->group, "only in this group (path or id)")->excludes(serial);
  show.add_option("--act", ledger->act, "only this, such as device.assigned")->excludes(serial);
  show.add_option("--person", ledger->person, "only what this user did (email or id)")->excludes(serial);
  add_span(show, *ledger);
  add_paging(show, ledger->limit);
  CLI::App& save = commands.command(group, "export", "the ledger as a file that can be verified anywhere",
                                    {"ledger export --output ledger.ndjson",
                                     "ledger export --from 2026-11-01T00:00:00Z --output november.ndjson"},
                                    [ledger](Shell& shell) { return export_ledger(shell, *ledger); });
  add_span(save, *ledger);
  save.add_option("-o,--output", ledger->output, "new file for it; \"-\" is standard output")
      ->required()
      ->type_name(kFile);
  add_verify(commands, group, ledger);
}

}  // namespace turnkey::ctl
