// SPDX-License-Identifier: Apache-2.0
#include "domain/group_tree.hpp"

#include <algorithm>

#include "core/ids.hpp"

namespace turnkey::ctl {
namespace {

constexpr int kDeepest = 64;  // no tree of ours is; a hostile answer must not eat the stack
constexpr std::size_t kSuggestions = 5;

std::string text(const Json& group, const char* name) {
  const auto it = group.find(name);
  return it != group.end() && it->is_string() ? it->get<std::string>() : std::string();
}

void collect(const Json& groups, const std::string& above, int depth, std::vector<GroupLine>& lines) {
  if (!groups.is_array() || depth > kDeepest) return;
  for (const auto& group : groups) {
    if (!group.is_object()) continue;
    const std::string path = (above.empty() ? "" : above + "/") + text(group, "name");
    Json alone = group;
    alone.erase("children");
    lines.push_back({depth, path, std::move(alone)});
    if (const auto children = group.find("children"); children != group.end())
      collect(*children, path, depth + 1, lines);
  }
}

std::string_view without_slashes(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

}  // namespace

GroupTree::GroupTree(const Json& document) {
  const auto items = document.find("items");
  if (items != document.end()) collect(*items, "", 0, lines_);
}

Outcome<std::string> GroupTree::find(std::string_view path_or_id) const {
  const std::string_view wanted = without_slashes(path_or_id);
  for (const auto& line : lines_) {
    if (line.path == wanted || (core::is_hex_id(wanted) && text(line.group, "id") == wanted))
      return text(line.group, "id");
  }
  const auto slash = wanted.rfind('/');
  const std::string_view last = slash == std::string_view::npos ? wanted : wanted.substr(slash + 1);
  std::string alike;
  std::size_t count = 0;
  for (const auto& line : lines_) {
    if (text(line.group, "name") == last && count++ < kSuggestions)
      alike += (alike.empty() ? "" : ", ") + line.path;
  }
  std::string message = "You see no group \"" + std::string(path_or_id) + "\".";
  if (!alike.empty()) message += " Did you mean " + alike + "?";
  return failure(ExitCode::not_found, "not_found", std::move(message));
}

std::string GroupTree::path_of(std::string_view id) const {
  const auto it = std::find_if(lines_.begin(), lines_.end(),
                               [&](const GroupLine& line) { return text(line.group, "id") == id; });
  return it == lines_.end() ? std::string(id) : it->path;
}

}  // namespace turnkey::ctl
