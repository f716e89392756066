// SPDX-License-Identifier: Apache-2.0
#include "domain/ledger_chain.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "contracts/json.hpp"
#include "core/hash.hpp"

using namespace turnkey;
using contracts::Json;
using ctl::LedgerChain;

namespace {

// As the registry writes it: canonical lines, each hash over the one before and the line.
std::vector<std::string> written(int lines) {
  std::vector<std::string> entries;
  std::string hash;
  for (int seq = 1; seq <= lines; ++seq) {
    const std::string line =
        Json{{"seq", seq}, {"act", "device.registered"}, {"detail", Json::object()}}.dump();
    const auto next = core::sha256(hash + line);
    hash.assign(reinterpret_cast<const char*>(next.data()), next.size());
    entries.push_back(Json{{"seq", seq}, {"line", line}, {"hash", core::to_hex(hash)}}.dump());
  }
  return entries;
}

LedgerChain followed(const std::vector<std::string>& entries, const std::string& before = {}) {
  LedgerChain chain(before);
  for (const auto& entry : entries) chain.add(entry);
  chain.finish();
  return chain;
}

std::int64_t broken_at(const std::vector<std::string>& entries) {
  const auto chain = followed(entries);
  return chain.broken() ? chain.broken()->seq : 0;
}

std::string with(const std::string& entry, const char* name, const Json& value) {
  Json json = Json::parse(entry);
  json[name] = value;
  return json.dump();
}

}  // namespace

TEST_CASE("S20 a ledger as it was written is followed to its end") {
  const auto chain = followed(written(20));
  CHECK_FALSE(chain.broken());
  CHECK(chain.lines() == 20);
  CHECK(chain.first_seq() == 1);
  CHECK(chain.last_seq() == 20);
  CHECK(chain.anchored());
  CHECK(chain.last_hash_hex() == Json::parse(written(20).back())["hash"].get<std::string>());
}

TEST_CASE("S20 a line whose text was changed is named") {
  auto entries = written(20);
  const Json line = Json::parse(Json::parse(entries[6])["line"].get<std::string>());
  Json changed = line;
  changed["act"] = "device.deleted";
  entries[6] = with(entries[6], "line", changed.dump());
  CHECK(broken_at(entries) == 7);
}

TEST_CASE("S20 a line whose text and hash were changed is named by the next, which rests on it") {
  auto entries = written(20);
  const std::string before = core::from_hex(Json::parse(entries[5])["hash"].get<std::string>()).value();
  const std::string text = Json{{"seq", 7}, {"act", "device.deleted"}}.dump();
  entries[6] = with(with(entries[6], "line", text), "hash", core::sha256_hex(before + text));
  CHECK(broken_at(entries) == 8);
}

TEST_CASE("S20 a line that was taken out is named") {
  auto entries = written(20);
  entries.erase(entries.begin() + 6);
  CHECK(broken_at(entries) == 7);
}

TEST_CASE("S20 a line that was taken out is named also when the others were numbered anew") {
  auto entries = written(20);
  entries.erase(entries.begin() + 6);
  for (std::size_t i = 6; i < entries.size(); ++i) entries[i] = with(entries[i], "seq", i + 1);
  CHECK(broken_at(entries) == 7);
}

TEST_CASE("S20 lines that changed places are named") {
  auto entries = written(20);
  std::swap(entries[6], entries[7]);
  CHECK(broken_at(entries) == 7);
  auto early = written(20);
  std::swap(early[0], early[1]);
  CHECK(broken_at(early) > 0);
}

TEST_CASE("S20 a line that was put in twice is named") {
  auto entries = written(20);
  entries.insert(entries.begin() + 6, entries[6]);
  CHECK(broken_at(entries) == 8);
}

TEST_CASE("a part of the ledger is followed from its first line, which is taken as it is") {
  const auto all = written(20);
  const std::vector<std::string> part(all.begin() + 10, all.end());
  const auto chain = followed(part);
  CHECK_FALSE(chain.broken());
  CHECK_FALSE(chain.anchored());
  CHECK(chain.first_seq() == 11);
}

TEST_CASE("S20 with the hash before it the first line of a part shows a change too") {
  const auto all = written(20);
  const std::string before = Json::parse(all[9])["hash"];
  std::vector<std::string> part(all.begin() + 10, all.end());
  CHECK(followed(part, before).anchored());
  CHECK_FALSE(followed(part, before).broken());
  part[0] = with(part[0], "line", Json{{"seq", 11}, {"act", "other"}}.dump());
  const auto chain = followed(part, before);
  REQUIRE(chain.broken());
  CHECK(chain.broken()->seq == 11);
}

TEST_CASE("what is no ledger line is named by its place in the file") {
  for (const char* junk : {"", "no json", "[]", R"({"seq":"3"})", R"({"seq":3})",
                           R"({"seq":3,"line":5,"hash":"ff"})", R"({"seq":-3,"line":"","hash":""})"}) {
    auto entries = written(5);
    entries[2] = junk;
    const auto chain = followed(entries);
    REQUIRE(chain.broken());
    CHECK(chain.broken()->seq == 3);
    CHECK(chain.broken()->file_line == 3);
  }
}

namespace {

std::string redacted(const std::string& entry, int by) {
  Json line = Json::parse(Json::parse(entry)["line"].get<std::string>());
  line["redactedBy"] = by;
  return with(entry, "line", line.dump());
}

// Lines 3 and 5 have lost their words, line 9 vouches for what is left; all hashes follow.
std::vector<std::string> redacted_ledger(const std::string& digest_of = {}) {
  auto entries = written(8);
  for (const std::size_t at : {2U, 4U}) entries[at] = redacted(entries[at], 9);
  std::string hashes = digest_of;
  for (const std::size_t at : {2U, 4U})
    hashes += core::sha256_hex(Json::parse(entries[at])["line"].get<std::string>());
  const std::string line =
      Json{{"seq", 9}, {"act", "group.erased"}, {"detail", {{"digest", core::sha256_hex(hashes)}}}}.dump();
  const auto before = core::from_hex(Json::parse(entries.back())["hash"].get<std::string>());
  entries.push_back(Json{{"seq", 9}, {"line", line}, {"hash", core::sha256_hex(*before + line)}}.dump());
  return entries;
}

}  // namespace

TEST_CASE(
    "S20 S23 lines whose words were erased are followed by their old hashes, if a later line vouches for "
    "them") {
  const auto chain = followed(redacted_ledger());
  CHECK_FALSE(chain.broken());
  CHECK(chain.redacted() == 2);
  CHECK(broken_at(redacted_ledger("another")) == 3);
  auto changed = redacted_ledger();
  changed[4] = with(
      changed[4], "line",
      Json{{"seq", 5}, {"act", "device.released"}, {"detail", Json::object()}, {"redactedBy", 9}}.dump());
  CHECK(broken_at(changed) == 3);
  auto rehashed = redacted_ledger();
  rehashed[2] = with(rehashed[2], "hash", std::string(64, 'a'));
  CHECK(broken_at(rehashed) == 4);
}

TEST_CASE("S20 an erased line that no later line vouches for is no proof") {
  auto cut = redacted_ledger();
  cut.pop_back();
  CHECK(broken_at(cut) == 3);
  auto backwards = written(8);
  backwards[4] = redacted(backwards[4], 2);
  CHECK(broken_at(backwards) == 5);
}
