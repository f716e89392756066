// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "domain/api_token.hpp"
#include "domain/ledger_line.hpp"

using namespace turnkey;
using namespace turnkey::registry;

namespace {

const core::Timestamp kNow = *core::from_iso("2026-11-22T21:48:05.130Z");

std::string codes(const std::vector<std::string>& scopes, core::Timestamp until,
                  const std::optional<std::vector<std::string>>& within = {}) {
  const ApiToken token{ApiTokenId::random(), core::UserId::random(), "n", scopes, kNow, until};
  std::vector<core::FieldError> errors;
  check_new_token(token, within, kNow, errors);
  std::string all;
  for (const auto& error : errors) all += (all.empty() ? "" : " ") + error.field + ":" + error.code;
  return all;
}

}  // namespace

TEST_CASE("a token has scopes that exist, no more than the one that makes it, and a year at most") {
  const auto year = kNow + std::chrono::hours(24 * 366);
  const auto ms = std::chrono::milliseconds(1);
  CHECK(codes({"read"}, year) == "");
  CHECK(codes({"read"}, year + ms) == "expiresAt:too_late");
  CHECK(codes({"read"}, kNow + ms) == "");
  CHECK(codes({"read"}, kNow) == "expiresAt:past");
  CHECK(codes({}, kNow) == "scopes:required expiresAt:past");
  CHECK(codes({"read", ""}, year) == "scopes:unknown");
  CHECK(codes({"READ"}, year) == "scopes:unknown");
  CHECK(codes({"people"}, year, {{"people", "tokens"}}) == "");
  CHECK(codes({"read"}, year, {{"people", "tokens"}}) == "scopes:not_allowed");
  CHECK(codes({"read"}, year, std::vector<std::string>{}) == "scopes:not_allowed");
}

TEST_CASE("S20 a line says its groups, and one without any is as lines always were") {
  LedgerEntry entry;
  entry.act = "group.moved";
  entry.at = kNow;
  const std::string before = canonical_line(7, entry);
  CHECK(before == R"({"act":"group.moved","at":"2026-11-22T21:48:05.130Z","detail":{},"seq":7})");
  entry.groups = std::vector<core::GroupId>{};
  CHECK(canonical_line(7, entry) == before);
  const auto a = core::GroupId::random(), b = core::GroupId::random();
  entry.groups = {a, b};
  CHECK(contracts::Json::parse(canonical_line(7, entry))["groups"] == contracts::Json({a.str(), b.str()}));
}
