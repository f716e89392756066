// SPDX-License-Identifier: Apache-2.0
// Names in place of ids, asked of the server.
#include "commands/shell.hpp"
#include "core/ids.hpp"

namespace turnkey::ctl {
namespace {

// The id of the one item whose `field` is the name; an id is taken as it is.
Outcome<std::string> one_of(const Json& document, const std::string& field, const std::string& wanted,
                            const std::string& kind) {
  std::string found;
  const auto items = document.find("items");
  if (items != document.end()) {
    for (const auto& item : *items) {
      if (text_at(item, field) != wanted) continue;
      if (!found.empty())
        return failure(ExitCode::conflict, "ambiguous",
                       "There is more than one " + kind + " \"" + wanted + "\": use the id.");
      found = text_at(item, "/id");
    }
  }
  if (found.empty())
    return failure(ExitCode::not_found, "not_found", "You see no " + kind + " \"" + wanted + "\".");
  return found;
}

}  // namespace

Outcome<GroupTree> group_tree(Shell& shell) {
  const auto api = shell.api();
  if (!api) return api.error();
  const auto document = (*api)->get(Target("/api/groups"));
  if (!document) return document.error();
  return GroupTree(*document);
}

Outcome<std::string> group_id(Shell& shell, const std::string& path_or_id) {
  const auto tree = group_tree(shell);
  if (!tree) return tree.error();
  return tree->find(path_or_id);
}

Outcome<std::string> recipe_id(Shell& shell, const std::string& name_or_id) {
  if (core::is_hex_id(name_or_id)) return name_or_id;
  const auto api = shell.api();
  if (!api) return api.error();
  const auto document = (*api)->get(Target("/api/recipes"));
  if (!document) return document.error();
  return one_of(*document, "/name", name_or_id, "recipe");
}

Outcome<std::string> user_id(Shell& shell, const std::string& email_or_id) {
  if (core::is_hex_id(email_or_id)) return email_or_id;
  const auto api = shell.api();
  if (!api) return api.error();
  const auto document = pages(**api, 0, [&](const std::string& cursor, std::size_t count) {
    return Target("/api/users")
        .query("q", email_or_id)
        .query("limit", std::to_string(count))
        .query_if("cursor", cursor);
  });
  if (!document) return document.error();
  return one_of(*document, "/email", email_or_id, "user");
}

}  // namespace turnkey::ctl
