// SPDX-License-Identifier: Apache-2.0
#include "domain/backup_mark.hpp"

#include <catch2/catch.hpp>

using namespace turnkey;
using gateway::completed_backup;

TEST_CASE("the time of the last backup is read from what deploy/backup leaves for monitoring") {
  const std::string name = "turnkey_backup_completed_timestamp_seconds";
  CHECK(completed_backup("# HELP " + name + " When.\n# TYPE " + name + " gauge\n" + name +
                         " 1795384085\nturnkey_backup_bytes 4\n") == core::from_epoch_ms(1795384085000));
  CHECK(completed_backup(name + " 0") == core::from_epoch_ms(0));
}

TEST_CASE("S15 a mark that says nothing sensible is none") {
  const std::string name = "turnkey_backup_completed_timestamp_seconds ";
  for (const std::string& text :
       {std::string(), std::string("\n\n"), name, name + "x", name + "-1", name + "1.5",
        name + "99999999999999999999", name + "253402300800", "x" + name + "1"})
    CHECK_FALSE(completed_backup(text));
}
