// SPDX-License-Identifier: Apache-2.0
// The spool on a temporary folder: files are what it is about.
#include "outbound/spool.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <memory>

#include "outbound/spool_reader.hpp"
#include "testing/process.hpp"

using namespace turnkey;
using namespace turnkey::ingest;

namespace {

struct Setup {
  testing::TemporaryFolder folder;
  std::unique_ptr<Spool> spool;

  explicit Setup(SpoolLimits limits = {}) { open(limits); }
  void open(SpoolLimits limits = {}) {
    spool.reset();
    spool = std::make_unique<Spool>(folder.path(), limits);
  }
  Spool::Outcome add(const std::string& payload) {
    SpoolEntry entry;
    entry.topic = "t";
    entry.payload = payload;
    return spool->append(entry);
  }
};

std::vector<std::string> payloads(SpoolReader& reader) {
  std::vector<std::string> all;
  while (auto next = reader.next()) all.push_back(next->second.payload);
  return all;
}

struct Small : Setup {
  Small() : Setup({.max_bytes = 1000, .segment_bytes = 100}) {}
};

}  // namespace

TEST_CASE_METHOD(Setup, "what is appended is read in order, also what comes after the end was reached") {
  SpoolReader reader(*spool);
  CHECK(payloads(reader).empty());
  add("one");
  add(std::string(200'000, 'x'));
  CHECK(payloads(reader) == std::vector<std::string>{"one", std::string(200'000, 'x')});
  add("three");
  CHECK(payloads(reader) == std::vector<std::string>{"three"});
}

TEST_CASE_METHOD(
    Setup,
    "after a restart everything is there, a torn end is passed over, and reading goes on from a position") {
  add("one");
  add("two");
  const auto end = spool->end();
  add("torn");
  spool.reset();
  const auto file = folder.path() + "/000000000001.spool";
  std::filesystem::resize_file(file, end.offset + GENERATE(1U, 13U, 25U));
  open();
  add("three");
  SpoolReader reader(*spool);
  CHECK(payloads(reader) == std::vector<std::string>{"one", "two", "three"});
  CHECK(reader.bytes_passed_over() > 0);
  reader.go_to(end);
  CHECK(payloads(reader) == std::vector<std::string>{"three"});
}

TEST_CASE_METHOD(Setup, "a damaged place costs what stands there and nothing else") {
  add("one");
  const auto before = spool->end();
  add("two");
  add("three");
  spool.reset();
  {
    std::fstream file(folder.path() + "/000000000001.spool", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(before.offset) +
               static_cast<std::streamoff>(GENERATE(0, 5, 9, 26)));
    file.put('\x7f');
  }
  open();
  SpoolReader reader(*spool);
  CHECK(payloads(reader) == std::vector<std::string>{"one", "three"});
}

TEST_CASE_METHOD(Small, "a full spool refuses, drops nothing, and takes again when segments are released") {
  int taken = 0;
  while (add(std::string(30, 'x')) == Spool::Outcome::written) ++taken;
  CHECK(taken == 18);
  CHECK(add(std::string(30, 'x')) == Spool::Outcome::full);
  CHECK_FALSE(spool->last_failure().empty());
  CHECK_FALSE(spool->has_room());
  SpoolReader reader(*spool);
  CHECK(payloads(reader).size() == 18);
  reader.release(reader.position());
  CHECK(spool->segments() == 1);
  CHECK(spool->has_room());
  CHECK(add("x") == Spool::Outcome::written);
  CHECK(payloads(reader).size() == 1);
}

TEST_CASE_METHOD(Small, "segments are numbered on after a restart, though all were released") {
  for (int i = 0; i < 10; ++i) add("0123456789012345678901234567890123456789");
  const auto end = spool->end();
  spool->remove_before(end.segment);
  const auto id = spool->id();
  open();
  CHECK(spool->end().segment == end.segment + 1);
  CHECK(spool->id() == id);
}

TEST_CASE_METHOD(Setup, "one process at a time holds a spool") {
  CHECK_THROWS_WITH(Spool(folder.path(), {}), Catch::Contains("another process"));
}
