// SPDX-License-Identifier: Apache-2.0
// Groups by their path ("Tenant/Region/Site", from the roots that the user sees) or their id, in the tree
// that GET /api/groups answers with. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/failure.hpp"

namespace turnkey::ctl {

struct GroupLine {
  int depth;
  std::string path;
  Json group;  // without its children
};

class GroupTree {
 public:
  explicit GroupTree(const Json& document);  // {"items":[group with children]}

  // The id; `not_found` names groups that are called like the last part of the path.
  Outcome<std::string> find(std::string_view path_or_id) const;
  std::string path_of(std::string_view id) const;                 // the id itself when it is not seen
  const std::vector<GroupLine>& lines() const { return lines_; }  // parents before children

 private:
  std::vector<GroupLine> lines_;
};

}  // namespace turnkey::ctl
