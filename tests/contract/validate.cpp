// SPDX-License-Identifier: Apache-2.0
// Holds messages of a running installation against a schema:
//
//   curl ... | contract_validate SCHEMA        one message on standard input
//   mosquitto_sub ... | contract_validate --lines SCHEMA    one on each line
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>

#include "documents.hpp"

namespace {

int validate(const std::string& schema, const std::string& text) {
  const std::string refusal = turnkey::tests::refusal_of_text(schema, text);
  if (!refusal.empty()) std::fprintf(stderr, "%s%.400s\n", refusal.c_str(), text.c_str());
  return refusal.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  const bool lines = first == "--lines";
  if (argc != (lines ? 3 : 2)) {
    std::fprintf(stderr, "usage: contract_validate [--lines] SCHEMA\n");
    return 2;
  }
  if (!lines) {
    std::ostringstream text;
    text << std::cin.rdbuf();
    return validate(first, text.str());
  }
  int wrong = 0;
  int read = 0;
  for (std::string line; std::getline(std::cin, line); ++read) wrong += validate(argv[2], line);
  std::fprintf(stderr, "%d of %d messages are not what %s says\n", wrong, read, argv[2]);
  return wrong == 0 ? 0 : 1;
}
