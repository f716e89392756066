// SPDX-License-Identifier: Apache-2.0
#include "commands/shell.hpp"

#include <algorithm>
#include <istream>
#include <ostream>

#include "output/text.hpp"

namespace turnkey::ctl {
namespace {

constexpr std::size_t kErrorsShown = 100;
constexpr int kIndent = 2;

std::string first_of(const std::string& option, const std::optional<std::string>& environment) {
  return option.empty() ? environment.value_or("") : option;
}

Failure nobody_signed_in() {
  return failure(ExitCode::refused, "unauthorized", "You are not signed in: turnkeyctl login URL");
}

Outcome<std::string> token_from(const std::string& file) {
  auto token = read_secret_file(file);
  if (token && !is_api_token(*token))
    return failure(ExitCode::refused, "unauthorized",
                   file + " holds no API token (tk_ and 64 hex characters).");
  return token;
}

// Wrong cells of a table have their place apart, other errors only a field.
std::string line_of(const Json& error) {
  const std::string field = text_at(error, "/field");
  const std::string message = text_at(error, "/message");
  return (field.empty() ? "" : field + ": ") + message;
}

}  // namespace

Outcome<Account> Shell::account() const {
  const auto url = first_of(globals_.url, world_.environment("TURNKEY_URL"));
  const auto ca_file = first_of(globals_.ca_file, world_.environment("TURNKEY_CAFILE"));
  const auto token_file = first_of(globals_.token_file, world_.environment("TURNKEY_TOKEN_FILE"));
  Account chosen{url, ca_file, {}, {}};
  if (url.empty() || token_file.empty()) {
    const auto kept = read_account(world_);
    if (!kept) return kept.error();
    if (*kept && (url.empty() || url == (*kept)->url)) {
      chosen = **kept;
      if (!ca_file.empty()) chosen.ca_file = ca_file;
    }
  }
  if (!token_file.empty()) {
    const auto token = token_from(token_file);
    if (!token) return token.error();
    chosen.token = *token;
    chosen.token_id.clear();
  }
  if (chosen.url.empty()) return nobody_signed_in();
  if (chosen.token.empty())
    return failure(ExitCode::refused, "unauthorized",
                   "You are not signed in at " + chosen.url + ": turnkeyctl login " + chosen.url);
  return chosen;
}

Outcome<std::unique_ptr<Api>> Shell::another_api() {
  const auto chosen = account();
  if (!chosen) return chosen.error();
  const auto url = http::parse_base_url(chosen->url);
  if (!url) return usage(url.error().message);
  return std::make_unique<Api>(*url, chosen->ca_file, Headers{{"Authorization", "Bearer " + chosen->token}},
                               world_);
}

Outcome<Api*> Shell::api() {
  if (!api_) {
    auto opened = another_api();
    if (!opened) return opened.error();
    api_ = std::move(*opened);
  }
  return api_.get();
}

void Shell::print_document(const Json& document) {
  // On a terminal characters beyond ASCII stay escaped: a name may hold control characters of C1.
  world_.out << document.dump(kIndent, ' ', world_.out_is_terminal, Json::error_handler_t::replace) << "\n";
}

void Shell::show_list(const Json& document, const std::vector<Column>& columns, const std::string& key) {
  if (globals_.json) return print_document(document);
  const auto items = document.find("items");
  const Json none = Json::array();
  const Json& rows = items != document.end() && items->is_array() ? *items : none;
  if (globals_.quiet) {
    for (const auto& row : rows) world_.out << printable(text_at(row, key)) << "\n";
    return;
  }
  if (rows.empty()) return note("There are none.");
  world_.out << table_of(rows, columns).text(world_.columns);
  if (!text_at(document, "/nextCursor").empty()) note("There are more: --all or --limit shows them.");
}

void Shell::show_thing(const Json& document, const std::vector<Column>& columns) {
  if (globals_.json) return print_document(document);
  if (!globals_.quiet) world_.out << sheet_of(document, columns, world_.columns);
}

void Shell::show_done(const Json& document, const std::string& sentence) {
  if (globals_.json) return print_document(document);
  print(sentence);
}

void Shell::print(const std::string& text) {
  if (for_people()) world_.out << printable_lines(text) << (text.ends_with('\n') ? "" : "\n");
}

void Shell::note(const std::string& text) {
  if (!globals_.quiet) world_.err << printable_lines(text) << "\n";
}

void Shell::show_failure(const Failure& failure) {
  if (globals_.json) {
    world_.err << failure.problem.dump(kIndent, ' ', world_.err_is_terminal, Json::error_handler_t::replace)
               << "\n";
    return;
  }
  world_.err << printable(failure.message) << "\n";
  const auto errors = failure.problem.find("errors");
  if (errors == failure.problem.end() || !errors->is_array()) return;
  for (std::size_t i = 0; i < std::min(errors->size(), kErrorsShown); ++i)
    world_.err << "  " << printable(line_of((*errors)[i])) << "\n";
  if (errors->size() > kErrorsShown)
    world_.err << "  and " << errors->size() - kErrorsShown << " more (--json shows them all)\n";
}

Outcome<Done> Shell::confirm(const std::string& question, bool yes) {
  if (yes) return Done{};
  if (!world_.in_is_terminal) return usage("There is no terminal to ask whether to go on: say --yes.");
  world_.err << printable_lines(question) << " [y/N] " << std::flush;
  std::string answer;
  std::getline(world_.in, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return Done{};
  return failure(ExitCode::failed, "not_confirmed", "Nothing was done.");
}

Outcome<Json> pages(Api& api, std::size_t limit, const PageTarget& target) {
  constexpr std::size_t kPage = 200;
  Json all = Json::array();
  std::string cursor;
  for (;;) {
    const std::size_t wanted = limit == 0 ? kPage : std::min(kPage, limit - all.size());
    auto page = api.get(target(cursor, wanted));
    if (!page) return page;
    const auto items = page->find("items");
    const bool some = items != page->end() && items->is_array() && !items->empty();
    cursor = text_at(*page, "/nextCursor");
    if (all.empty() && (cursor.empty() || (limit != 0 && some && items->size() >= limit))) return page;
    if (some) {
      for (auto& item : *items) all.push_back(std::move(item));
    }
    const bool enough = limit != 0 && all.size() >= limit;
    if (cursor.empty() || !some || enough)
      return Json{{"items", std::move(all)}, {"nextCursor", cursor.empty() ? Json() : Json(cursor)}};
  }
}

std::string text_at(const Json& document, const std::string& pointer) {
  const Json::json_pointer place(pointer);
  if (!document.contains(place) || !document.at(place).is_string()) return {};
  return document.at(place).get<std::string>();
}

Outcome<Json> parse_tags(const std::vector<std::string>& tags) {
  Json parsed = Json::object();
  for (const auto& tag : tags) {
    const auto equals = tag.find('=');
    if (equals == std::string::npos || equals == 0) return usage("A tag is written key=value: " + tag);
    const std::string key = tag.substr(0, equals);
    if (parsed.contains(key)) return usage("The tag " + key + " is given twice.");
    parsed[key] = tag.substr(equals + 1);
  }
  return parsed;
}

}  // namespace turnkey::ctl
