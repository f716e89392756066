// SPDX-License-Identifier: Apache-2.0
#include "outbound/journal.hpp"

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "core/random.hpp"
#include "outbound/journal_replay.hpp"
#include "outbound/segment_reader.hpp"

using namespace turnkey::broker;
namespace fs = std::filesystem;

namespace {

struct Folder {
  Folder()
      : path((fs::temp_directory_path() / ("turnkey-journal-" + turnkey::core::random_hex(8))).string()) {}
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path;
};

const std::string kTopic = "devices/0123456789abcdef01234567/state";

JournalPosition write(Journal& journal, const std::string& payload) {
  const auto appended = journal.append(kTopic, payload, false, 1234);
  REQUIRE(appended.outcome == Journal::Outcome::written);
  return appended.position;
}

struct Sent {
  std::vector<std::string> payloads;
  JournalReplay::Send send() {
    return [this](const JournalEntry& entry, JournalPosition) {
      payloads.emplace_back(entry.payload);
      return true;
    };
  }
};

const JournalReplay::Instant kStart{std::chrono::hours(1)};

}  // namespace

TEST_CASE("ranges merge, count what is new, and know the first gap") {
  IndexRanges ranges;
  CHECK(ranges.first_missing() == 0);
  CHECK(ranges.add(5, 9) == 5);
  CHECK(ranges.first_missing() == 0);
  CHECK(ranges.add(7, 12) == 3);
  CHECK(ranges.add(0, 3) == 4);
  CHECK(ranges.ranges() == 2);
  CHECK(ranges.first_missing() == 4);
  CHECK(ranges.add(4, 4) == 1);
  CHECK(ranges.ranges() == 1);
  CHECK(ranges.count() == 13);
  CHECK(ranges.contains(12));
  CHECK_FALSE(ranges.contains(13));
  CHECK(ranges.add(9, 8) == 0);
  CHECK(ranges.add(0, UINT32_MAX) == std::uint64_t{UINT32_MAX} + 1 - 13);
}

TEST_CASE("an entry reads back as written, and any changed byte is noticed") {
  std::string bytes;
  encode_entry({7, 1'795'000'000'123, true, kTopic, "{\"data\":{}}"}, bytes);
  JournalEntry entry;
  std::size_t size = 0;
  REQUIRE(decode_entry(bytes, entry, size) == Decoded::entry);
  CHECK(size == bytes.size());
  CHECK(entry.index == 7);
  CHECK(entry.received_ms == 1'795'000'000'123);
  CHECK(entry.retained);
  CHECK(entry.topic == kTopic);
  CHECK(entry.payload == "{\"data\":{}}");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x41);
    CHECK(decode_entry(changed, entry, size) != Decoded::entry);
    CHECK(decode_entry(bytes.substr(0, i), entry, size) == Decoded::incomplete);
  }
  CHECK(crc32c("123456789") == 0xE3069283U);
}

TEST_CASE("what was not acknowledged is there after a restart, with its id, and the rest is not") {
  const Folder folder;
  std::string id;
  {
    Journal journal(folder.path, {});
    id = journal.id();
    for (int i = 0; i < 10; ++i) write(journal, std::to_string(i));
    CHECK(journal.acknowledge(0, 2, 7) == 6);
    CHECK(journal.acknowledge(0, 2, 7) == 0);
  }
  Journal journal(folder.path, {});
  CHECK(journal.id() == id);
  CHECK(journal.unacknowledged() == 4);
  JournalReplay replay(journal, {});
  Sent sent;
  replay.tick(kStart, sent.send());
  CHECK(sent.payloads.empty());  // nobody said hello
  replay.hello(kStart);
  replay.tick(kStart, sent.send());
  CHECK(sent.payloads == std::vector<std::string>{"0", "1", "8", "9"});
}

TEST_CASE("a torn end is left out, and later entries go to another segment") {
  const Folder folder;
  const std::size_t cut = GENERATE(1U, 11U, 27U, 60U);
  {
    Journal journal(folder.path, {});
    write(journal, "whole");
    write(journal, std::string(100, 'x'));
  }
  fs::resize_file(folder.path + "/0.seg", fs::file_size(folder.path + "/0.seg") - cut);
  Journal journal(folder.path, {});
  CHECK(journal.unacknowledged() == 1);
  CHECK(journal.findings().size() == 1);
  CHECK(write(journal, "later") == JournalPosition{1, 0});
  JournalReplay replay(journal, {});
  Sent sent;
  replay.hello(kStart);
  replay.tick(kStart, sent.send());
  CHECK(sent.payloads == std::vector<std::string>{"whole", "later"});
}

TEST_CASE("a segment number is never used twice, even when all was acknowledged before a restart") {
  const Folder folder;
  JournalPosition before;
  {
    Journal journal(folder.path, {});
    before = write(journal, "a");
    journal.acknowledge(before.segment, 0, 0);
  }
  Journal journal(folder.path, {});
  CHECK(journal.unacknowledged() == 0);
  CHECK(write(journal, "b") > before);
  CHECK_FALSE(fs::exists(journal.path_of(before.segment)));
}

TEST_CASE("a full segment is followed by another, and leaves when all of it is acknowledged") {
  const Folder folder;
  Journal journal(folder.path, {1024, 1 << 20});
  JournalPosition last;
  for (int i = 0; i < 20; ++i) last = write(journal, std::string(200, 'x'));
  REQUIRE(last.segment > 2);
  CHECK(journal.acknowledge(0, 0, 1000) == 3);
  CHECK_FALSE(fs::exists(journal.path_of(0)));
  CHECK(fs::exists(journal.path_of(1)));
  CHECK(journal.acknowledge(1, 0, 1) == 2);
  CHECK(fs::exists(journal.path_of(1)));
  CHECK(journal.acknowledge(1, 2, 2) == 1);
  CHECK_FALSE(fs::exists(journal.path_of(1)));
  CHECK(journal.acknowledge(99, 0, 5) == 0);
  CHECK(journal.acknowledge(last.segment, last.index + 1, last.index + 5) == 0);
}

TEST_CASE("a full journal refuses until something is acknowledged, and drops nothing [S22]") {
  const Folder folder;
  Journal journal(folder.path, {1024, 4096});
  int written = 0;
  while (journal.append(kTopic, std::string(200, 'x'), false, 1).outcome == Journal::Outcome::written)
    ++written;
  REQUIRE(written > 10);
  CHECK(journal.append(kTopic, std::string(200, 'x'), false, 1).outcome == Journal::Outcome::full);
  CHECK(journal.unacknowledged() == static_cast<std::uint64_t>(written));
  CHECK(journal.bytes() <= 4096);
  journal.acknowledge(0, 0, 1000);
  CHECK(journal.append(kTopic, std::string(200, 'x'), false, 1).outcome == Journal::Outcome::written);
}

TEST_CASE("a journal that one acknowledged open segment fills takes the next entry") {
  const Folder folder;
  Journal journal(folder.path, {1 << 20, 4096});
  while (journal.append(kTopic, std::string(200, 'x'), false, 1).outcome == Journal::Outcome::written) {
  }
  journal.acknowledge(0, 0, 1000);
  CHECK(journal.append(kTopic, std::string(200, 'x'), false, 1).outcome == Journal::Outcome::written);
}

TEST_CASE("a write that the system cuts short is taken back [S22]") {
  const Folder folder;
  Journal journal(folder.path, {});
  write(journal, "first");
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{200, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &tight);
  const auto refused = journal.append(kTopic, std::string(500, 'x'), false, 1);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(refused.outcome == Journal::Outcome::failed);
  CHECK(write(journal, "second").index == 1);
  SegmentReader reader(journal.path_of(0));
  CHECK(reader.next()->payload == "first");
  CHECK(reader.next()->payload == "second");
  CHECK_FALSE(reader.next());
}

TEST_CASE("a folder is used by one process at a time") {
  const Folder folder;
  const Journal journal(folder.path, {});
  CHECK_THROWS_WITH(Journal(folder.path, {}), Catch::Contains("in use"));
}

TEST_CASE("a replay keeps to its limit in flight and goes on as acknowledgements come") {
  const Folder folder;
  Journal journal(folder.path, {1024, 1 << 20});
  for (int i = 0; i < 25; ++i) write(journal, std::to_string(i) + std::string(100, ' '));
  JournalReplay replay(journal, {10});
  Sent sent;
  replay.hello(kStart);
  replay.tick(kStart, sent.send());
  replay.tick(kStart, sent.send());
  CHECK(sent.payloads.size() == 10);
  const std::uint64_t acknowledged = journal.acknowledge(0, 0, 100);
  replay.acknowledged(0, 0, 100, kStart);
  replay.tick(kStart, sent.send());
  CHECK(sent.payloads.size() == 10 + acknowledged);
  for (std::uint64_t segment = 0; segment < 10; ++segment) {
    journal.acknowledge(segment, 0, 100);
    replay.acknowledged(segment, 0, 100, kStart);
    replay.tick(kStart, sent.send());
  }
  CHECK(journal.unacknowledged() == 0);
  CHECK(replay.in_flight() == 0);
}

TEST_CASE("what stays unacknowledged past the time-out is sent again, and again after twice the time") {
  using std::chrono::milliseconds;
  const Folder folder;
  Journal journal(folder.path, {});
  ReplayLimits limits;
  limits.timeout = milliseconds(1000);
  JournalReplay replay(journal, limits);
  Sent sent;
  replay.hello(kStart);
  auto now = kStart;
  const auto run = [&](int ms) {
    for (int i = 0; i < ms; i += 50) replay.tick(now += milliseconds(50), sent.send());
  };
  run(500);
  write(journal, "late");
  run(900);
  CHECK(sent.payloads.empty());
  run(300);
  CHECK(sent.payloads.size() == 1);
  run(1700);
  CHECK(sent.payloads.size() == 1);
  run(500);
  CHECK(sent.payloads.size() == 2);
  journal.acknowledge(0, 0, 0);
  replay.acknowledged(0, 0, 0, now);
  run(60'000);
  CHECK(sent.payloads.size() == 2);
}

TEST_CASE("nothing is sent while no ingest is there") {
  const Folder folder;
  Journal journal(folder.path, {});
  write(journal, "a");
  JournalReplay replay(journal, {});
  Sent sent;
  replay.hello(kStart);
  replay.consumer_gone();
  for (int i = 0; i < 100; ++i) replay.tick(kStart + std::chrono::seconds(i), sent.send());
  CHECK(sent.payloads.empty());
  replay.hello(kStart);
  replay.tick(kStart, sent.send());
  CHECK(sent.payloads.size() == 1);
}
