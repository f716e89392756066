// SPDX-License-Identifier: Apache-2.0
// The simulator's command line: `one` (a terminal and a page), `fleet` (many devices, a page), `history`
// (hours of past reports, then the end), `conformance`. Exit codes: 0 done, 1 failed, 2 wrong arguments or
// files.
#pragma once

namespace CLI {
class App;
}

namespace turnkey::simulator {

void add_commands(CLI::App& app);
int run_chosen(const CLI::App& app);

}  // namespace turnkey::simulator
