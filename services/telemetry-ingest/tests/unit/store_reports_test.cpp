// SPDX-License-Identifier: Apache-2.0
#include "usecases/store_reports.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <set>

#include "testing/eventually.hpp"

using namespace turnkey;
using namespace turnkey::ingest;
using namespace std::chrono_literals;
using testing::eventually;

namespace {

class FakeTail final : public SpoolTail {
 public:
  std::optional<std::pair<SpoolPosition, SpoolEntry>> next() override {
    const std::lock_guard lock(mutex_);
    if (at_ >= entries_.size()) return std::nullopt;
    const SpoolPosition position{1, at_};
    return std::pair(position, entries_[at_++]);
  }
  SpoolPosition position() const override {
    const std::lock_guard lock(mutex_);
    return {1, at_};
  }
  void go_to(SpoolPosition position) override { at_ = position.offset; }
  void wait(core::Millis) override { std::this_thread::sleep_for(1ms); }
  void release(SpoolPosition low) override { released = low.offset; }
  void add(const std::string& payload, const std::string& id = {}) {
    const std::lock_guard lock(mutex_);
    SpoolEntry entry;
    entry.report_id = id.empty() ? "0123456789abcdef-0-" + std::to_string(entries_.size()) : id;
    entry.received = core::from_epoch_ms(1000 + static_cast<std::int64_t>(entries_.size()));
    entry.payload = payload;
    entries_.push_back(std::move(entry));
  }
  std::atomic<std::uint64_t> released{0};

 private:
  mutable std::mutex mutex_;
  std::vector<SpoolEntry> entries_;
  std::uint64_t at_ = 0;
};

// "unknown" is a device that is not known until `known` is set.
class FakeReader final : public EntryReader {
 public:
  Read read(const SpoolEntry& entry) override {
    if (entry.payload == "unknown" && !known) return Unknown{"device"};
    ReadMessage message{"device", entry.received};
    message.samples.push_back({"text", {}, std::nullopt, entry.payload});
    message.counts.received = message.counts.stored = 1;
    return message;
  }
  ReadMessage refuse(const SpoolEntry&, const std::string& reason) override {
    ReadMessage message{"device", {}};
    message.counts.received = 1;
    refuse_whole(message, reason);
    return message;
  }
  std::atomic<bool> known{false};
};

// "bad" is never storable; `away` and `lost_answers` are what a database can do.
class FakeStore final : public ReportStore {
 public:
  Opened open(const std::string&) override {
    if (away) throw std::runtime_error("away");
    return {sequence, progress};
  }
  std::optional<Counts> store(const Batch& batch, std::int64_t expected) override {
    const std::lock_guard lock(mutex_);
    if (away) throw std::runtime_error("away");
    if (sequence > expected) return std::nullopt;
    for (const auto& item : batch.items) {
      for (const auto& sample : item.message.samples) {
        if (sample.text == "bad") throw NotStorable("bad");
      }
    }
    const auto sorted = sort_out(batch, ingested);
    for (const auto* item : sorted.fresh) {
      for (const auto& sample : item->message.samples) stored.push_back(sample.text);
    }
    for (const auto& [segment, ranges] : sorted.ingested) {
      for (const auto& [from, to] : ranges.all()) ingested[segment].add(from, to);
    }
    counts += sorted.counts;
    progress = batch.progress;
    ++sequence;
    if (lost_answers > 0) {
      --lost_answers;
      throw std::runtime_error("the answer was lost");
    }
    return sorted.counts;
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return counts.received;
  }
  std::mutex mutex_;
  std::atomic<bool> away{false};
  std::atomic<int> lost_answers{0};
  std::int64_t sequence = 0;
  Progress progress{};
  std::map<JournalSegment, IndexRanges> ingested;
  std::vector<std::string> stored;
  Counts counts;
};

struct Setup {
  FakeTail tail;
  FakeReader reader;
  FakeStore store;
  std::atomic<int> asked{0};
  std::atomic<StoreReports::Instant> answered{StoreReports::Instant::max()};
  core::Millis keep_back = 30s;
  std::unique_ptr<StoreReports> stores;
  void start() {
    StoreReports::Hooks hooks;
    hooks.unknown_device = [this] { ++asked; };
    hooks.registry_answered = [this] { return answered.load(); };
    hooks.keep_back = keep_back;
    stores = std::make_unique<StoreReports>(tail, reader, store, "fedcba9876543210", std::move(hooks));
    stores->start();
  }
};

}  // namespace

TEST_CASE_METHOD(Setup, "what is spooled is stored, and the spool lets go of it") {
  for (int i = 0; i < 5000; ++i) tail.add("x");
  start();
  CHECK(eventually([&] { return store.size() == 5000; }));
  CHECK(eventually([&] { return tail.released == 5000; }));
  CHECK(store.stored.size() == 5000);
}

TEST_CASE_METHOD(Setup, "a database that is away, also at the start, is tried again until all is stored") {
  store.away = true;
  tail.add("one");
  start();
  store.away = false;
  CHECK(eventually([&] { return store.size() == 1; }));
  store.away = true;
  tail.add("two");
  store.away = false;
  CHECK(eventually([&] { return store.size() == 2; }));
}

TEST_CASE_METHOD(Setup,
                 "what waits to be stored is as old as its oldest report, and nothing once it is stored") {
  tail.add("before");
  start();
  REQUIRE(eventually([&] { return store.size() == 1; }));
  store.away = true;
  tail.add("one");
  tail.add("two");
  CHECK(eventually([&] { return stores->oldest_waiting() == core::from_epoch_ms(1001); }));
  store.away = false;
  CHECK(eventually([&] { return store.size() == 3 && !stores->oldest_waiting(); }));
}

TEST_CASE_METHOD(Setup, "a commit whose answer was lost is neither stored nor counted twice") {
  store.lost_answers = 2;
  for (int i = 0; i < 10; ++i) tail.add("x");
  start();
  REQUIRE(eventually([&] { return tail.released == 10; }));
  CHECK(store.stored.size() == 10);
  CHECK(store.counts.received == 10);
  CHECK(store.counts.duplicate == 0);
}

TEST_CASE_METHOD(Setup, "one entry that cannot be stored is refused, and all others are stored") {
  for (int i = 0; i < 100; ++i) tail.add(i == 37 || i == 99 ? "bad" : "good");
  start();
  REQUIRE(eventually([&] { return store.size() == 100; }));
  CHECK(store.counts.stored == 98);
  CHECK(store.counts.refused == std::map<std::string, std::size_t>{{"not_storable", 2}});
  CHECK(eventually([&] { return tail.released == 100; }));
}

TEST_CASE_METHOD(Setup, "reports of an unknown device are kept back until it is known, and hold up nobody") {
  tail.add("unknown");
  tail.add("other");
  start();
  REQUIRE(eventually([&] { return store.size() == 1; }));
  CHECK(asked == 1);
  CHECK(tail.released == 0);
  CHECK(stores->kept_back() == 1);
  reader.known = true;
  REQUIRE(eventually([&] { return store.size() == 2; }));
  CHECK(eventually([&] { return tail.released == 2; }));
  CHECK(store.stored == std::vector<std::string>{"other", "unknown"});
}

TEST_CASE_METHOD(Setup, "the time to become known starts to run when the registry has answered, not before") {
  answered = std::chrono::steady_clock::now();  // an answer that cannot know of what is reported later
  keep_back = 50ms;
  tail.add("unknown");
  start();
  REQUIRE(eventually([&] { return stores->kept_back() == 1; }));
  CHECK_FALSE(eventually([&] { return store.size() == 1; }, 500ms));
  SECTION("a device that becomes known then is stored") {
    reader.known = true;
    REQUIRE(eventually([&] { return store.size() == 1; }));
    CHECK(store.counts.stored == 1);
  }
  SECTION("a device that the registry does not know is refused then") {
    answered = std::chrono::steady_clock::now();
    REQUIRE(eventually([&] { return store.size() == 1; }));
    CHECK(store.counts.refused == std::map<std::string, std::size_t>{{"unknown_device", 1}});
  }
  CHECK(eventually([&] { return tail.released == 1; }));
}

TEST_CASE_METHOD(
    Setup, "what was kept back at the end is stored after a restart, and the rest is not counted again") {
  tail.add("unknown");
  tail.add("other");
  start();
  REQUIRE(eventually([&] { return store.size() == 1; }));
  stores.reset();
  reader.known = true;
  start();
  REQUIRE(eventually([&] { return store.size() == 2; }));
  CHECK(eventually([&] { return tail.released == 2; }));
  CHECK(store.counts.duplicate == 0);
  CHECK(store.stored == std::vector<std::string>{"other", "unknown"});
}

TEST_CASE_METHOD(Setup, "the end waits for what is spooled, for so long as it may") {
  for (int i = 0; i < 3000; ++i) tail.add("x");
  start();
  stores->stop(2s);
  CHECK(store.size() == 3000);
  store.away = true;
  tail.add("x");
  start();
  const auto began = std::chrono::steady_clock::now();
  stores->stop(100ms);
  CHECK((std::chrono::steady_clock::now() - began < 1s));
}
