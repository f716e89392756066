// SPDX-License-Identifier: Apache-2.0
// `conformance broker`, `conformance firmware`. Exit codes: 0 every rule is kept, 1 one is broken, 2 it could
// not look.
#pragma once

namespace CLI {
class App;
}

namespace turnkey::simulator {

void add_conformance_command(CLI::App& app);
int run_conformance();

}  // namespace turnkey::simulator
