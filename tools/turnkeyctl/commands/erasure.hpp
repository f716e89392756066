// SPDX-License-Identifier: Apache-2.0
// users erase, groups erase: counted first, done with --apply, with a proof that names nobody.
#pragma once

#include "commands/commands.hpp"

namespace turnkey::ctl {

void add_user_erase_command(Commands& commands, CLI::App& users);
void add_group_erase_command(Commands& commands, CLI::App& groups);

}  // namespace turnkey::ctl
