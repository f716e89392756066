// SPDX-License-Identifier: Apache-2.0
// The tree of groups: what a user may see of it, and how admins change it within their own part.
#pragma once

#include <string>
#include <vector>

#include "domain/device.hpp"
#include "outbound/pg_groups.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

// The groups that the actor may see, parents first. Roots of the answer are those whose parent is not in it.
core::Result<pg_groups::SeenGroups> list_groups(const Context& context, const core::UserId& actor);

// A root needs an operator, everything else an admin of the parent. `conflict` for a name that a sibling has,
// and for a parent that has devices itself (only leaves have).
core::Result<Group> create_group(const Context& context, const core::UserId& actor, const std::string& name,
                                 const std::optional<core::GroupId>& parent_id);
struct GroupChange {
  std::optional<std::string> name{};
  bool moves = false;
  std::optional<core::GroupId> parent_id{};  // of a move; none: it becomes a root
};
// A new name, a new place in the tree, or both. A move needs an admin of the group, of the parent that it
// leaves and of the one that it goes to; from one root to another, or to become one, an operator. Devices and
// users go with it and keep what they are: only who sees them changes, open streams within a second, and the
// followers of devices are told device by device.
core::Result<Group> change_group(const Context& context, const core::UserId& actor, const core::GroupId& id,
                                 const GroupChange& change);
// `conflict` while there are groups, devices or users in it.
core::Result<core::Done> delete_group(const Context& context, const core::UserId& actor,
                                      const core::GroupId& id);

}  // namespace turnkey::registry
