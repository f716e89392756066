// SPDX-License-Identifier: Apache-2.0
// Passes: a technician's rights in one group, lent to whoever has the link, until a time. Given and taken
// back by those who administer the group.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "outbound/pg_passes.hpp"
#include "usecases/one_time_links.hpp"

namespace turnkey::registry {

struct NewPass {
  core::GroupId group_id;
  std::string name;
  core::Timestamp not_after;  // ninety days away at most
};
struct ShownPass {
  pg_passes::Pass pass;
  std::optional<User> created_by;  // when they are there still, and the reader's to know
};
struct MadePass {
  ShownPass shown;
  MadeLink link;  // signs in as often as it is opened
};
core::Result<MadePass> create_pass(const Context& context, const core::UserId& actor, const NewPass& wanted);

struct PassPage {
  std::vector<ShownPass> items;
  std::optional<std::string> next_cursor;
};
core::Result<PassPage> list_passes(const Context& context, const core::UserId& actor,
                                   const std::string& cursor, int limit);
// Ends its sessions and streams within a second.
core::Result<core::Done> delete_pass(const Context& context, const core::UserId& actor,
                                     const core::UserId& id);

}  // namespace turnkey::registry
