// SPDX-License-Identifier: Apache-2.0
// Words in ledger lines that name a tenant, a site or a thing, and how they leave a line while its hash
// stays.
//
//   line n        {"act",...,"detail":{...,"name","salt"},...}        hash(n) over this text
//   redacted      {"act",...,"detail":{...},...,"redactedBy":m,...}   hash(n) as before
//   line m > n    {"act":"group.erased",...,"detail":{...,"redacted":count,"digest"}}
//
// `digest` is over the new texts of all lines that say "redactedBy":m, so that they cannot be changed again;
// the old text cannot be changed because hash(n) is part of hash(n+1). The salt, 128 random bits, goes with
// the words: nobody can try names against hash(n). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "contracts/json.hpp"

namespace turnkey::registry {

bool has_words(const contracts::Json& detail);
// Of a line as it is stored; nothing when it holds no words, or is redacted already.
std::optional<std::string> without_words(const std::string& line, std::int64_t redacted_by);
// The later line that vouches for this one's text, where it is redacted.
std::optional<std::int64_t> redacted_by(const contracts::Json& line);
// Of the redacted texts in their order: SHA-256 of their SHA-256s, hex.
std::string redaction_digest(const std::vector<std::string>& lines);
// Does line `by` vouch for these texts?
bool vouches(const contracts::Json& by, const std::vector<std::string>& lines);

}  // namespace turnkey::registry
