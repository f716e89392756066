// SPDX-License-Identifier: Apache-2.0
// What every command works with: the installation that it talks to, and how it answers: tables for people,
// one JSON document for scripts (--json), next to nothing (--quiet). Results go to standard output,
// everything else to standard error. Not thread safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "client/account.hpp"
#include "client/api.hpp"
#include "domain/group_tree.hpp"
#include "output/table.hpp"
#include "world.hpp"

namespace turnkey::ctl {

// Options that every command takes.
struct Globals {
  std::string url;
  std::string ca_file;
  std::string token_file;
  bool json = false;
  bool quiet = false;
};

class Shell {
 public:
  Shell(World& world, const Globals& globals) : world_(world), globals_(globals) {}

  // Which installation, by whose token: options before the environment before what `login` kept. The kept
  // token is never sent to another installation than the one that gave it.
  Outcome<Account> account() const;
  Outcome<Api*> api();                          // opened at the first call
  Outcome<std::unique_ptr<Api>> another_api();  // with its own connection, for another thread

  // A list: a table, {"items",...} as it is, or one `key` a line.
  void show_list(const Json& document, const std::vector<Column>& columns, const std::string& key);
  // One thing.
  void show_thing(const Json& document, const std::vector<Column>& columns);
  // Something was done: a sentence, the document, or nothing.
  void show_done(const Json& document, const std::string& sentence);
  // Text of ours, neutralised: on standard output unless --json or --quiet.
  void print(const std::string& text);
  void print_document(const Json& document);
  // On standard error unless --quiet.
  void note(const std::string& text);
  void show_failure(const Failure& failure);

  // Asks on the terminal; without one, --yes is needed.
  Outcome<Done> confirm(const std::string& question, bool yes);

  World& world() const { return world_; }
  const Globals& globals() const { return globals_; }
  bool for_people() const { return !globals_.json && !globals_.quiet; }

 private:
  World& world_;
  const Globals& globals_;
  std::unique_ptr<Api> api_;
};

// All pages of a list up to `limit` items (0: all) as one document {"items","nextCursor"?}. `target` makes
// the address of a page of that many items at that cursor.
using PageTarget = std::function<Target(const std::string& cursor, std::size_t count)>;
Outcome<Json> pages(Api& api, std::size_t limit, const PageTarget& target);

// Names in place of ids.
Outcome<GroupTree> group_tree(Shell& shell);
Outcome<std::string> group_id(Shell& shell, const std::string& path_or_id);
Outcome<std::string> recipe_id(Shell& shell, const std::string& name_or_id);
Outcome<std::string> user_id(Shell& shell, const std::string& email_or_id);

// "" when it is missing or no text.
std::string text_at(const Json& document, const std::string& pointer);
// "key=value", each once; `usage` otherwise.
Outcome<Json> parse_tags(const std::vector<std::string>& tags);

}  // namespace turnkey::ctl
