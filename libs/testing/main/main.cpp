// SPDX-License-Identifier: Apache-2.0
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

// Read by LeakSanitizer where it is linked. libpqxx 6 loses one result of libpq each time a connection breaks
// under a statement: it asks for the client's encoding, which throws, before it owns the result.
extern "C" const char* __lsan_default_suppressions() { return "leak:PQmakeEmptyPGresult\n"; }
