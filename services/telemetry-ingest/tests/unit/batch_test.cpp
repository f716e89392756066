// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "domain/batch.hpp"
#include "domain/partitions.hpp"
#include "usecases/history.hpp"

using namespace turnkey;
using namespace turnkey::ingest;
using namespace std::chrono_literals;

namespace {

const JournalSegment kSegment{"0123456789abcdef", 4};

Item item(std::uint64_t index, bool read_before = false) {
  Item one{{1, index}, {kSegment, index}, read_before, {}};
  one.message.device_id = "d";
  one.message.counts.received = 3;
  one.message.counts.stored = 2;
  one.message.counts.refused["no_data"] = 1;
  return one;
}

void check_sum(const Counts& counts) {
  CHECK(counts.received == counts.stored + counts.refused_in_all() + counts.duplicate);
}

}  // namespace

TEST_CASE("an entry that is in the database already counts as duplicate, with all reports that it holds") {
  std::map<JournalSegment, IndexRanges> before;
  before[kSegment].add(0, 1);
  const auto batch = Batch{{item(1), item(2)}};
  const auto sorted = sort_out(batch, before);
  REQUIRE(sorted.fresh.size() == 1);
  CHECK(sorted.fresh[0]->key.index == 2);
  CHECK(sorted.counts.received == 6);
  CHECK(sorted.counts.stored == 2);
  CHECK(sorted.counts.duplicate == 3);
  check_sum(sorted.counts);
  CHECK(sorted.ingested.at(kSegment).as_multirange() == "{[2,3)}");
}

TEST_CASE("an entry that comes twice in one batch is stored once") {
  const auto batch = Batch{{item(1), item(1), item(1)}};
  const auto sorted = sort_out(batch, {});
  CHECK(sorted.fresh.size() == 1);
  CHECK(sorted.counts.duplicate == 6);
  check_sum(sorted.counts);
}

TEST_CASE("what the process before had stored is not counted again, what it had kept back is stored") {
  std::map<JournalSegment, IndexRanges> before;
  before[kSegment].add(1, 1);
  const auto batch = Batch{{item(1, true), item(2, true)}};
  const auto sorted = sort_out(batch, before);
  CHECK(sorted.fresh.size() == 1);
  CHECK(sorted.counts.received == 3);
  CHECK(sorted.counts.duplicate == 0);
}

TEST_CASE("a batch is halved without moving the low mark before its end") {
  Batch batch{{item(1), item(2), item(3)}, {BrokerStart{"b", {}}}, {{9, 9}, {9, 9}}};
  const auto halves = halves_of(batch, {2, 2});
  CHECK(halves.first.items.size() == 1);
  CHECK(halves.second.items.size() == 2);
  CHECK(halves.first.connections.size() == 1);
  CHECK(halves.second.connections.empty());
  CHECK((halves.first.progress == Progress{{2, 2}, {9, 9}}));
  CHECK((halves.second.progress == Progress{{9, 9}, {9, 9}}));
}

TEST_CASE("a message that is refused as a whole counts every report that it holds") {
  auto one = item(1);
  one.message.samples.push_back({"power", {}, 1.0, ""});
  refuse_whole(one.message, "not_storable");
  CHECK(one.message.samples.empty());
  CHECK(one.message.counts.refused == std::map<std::string, std::size_t>{{"not_storable", 3}});
  check_sum(one.message.counts);
}

TEST_CASE("ranges that touch become one, in any order") {
  IndexRanges ranges;
  for (const std::uint64_t index : {5, 3, 4, 9, 0, 8, 1, 3}) ranges.add(index, index);
  CHECK(ranges.as_multirange() == "{[0,2),[3,6),[8,10)}");
  CHECK(ranges.contains(9));
  CHECK_FALSE(ranges.contains(2));
  ranges.add(1, 20);
  CHECK(ranges.as_multirange() == "{[0,21)}");
}

TEST_CASE("ranges to tell are taken by segment, and what is given back is told again") {
  ReportRanges ranges;
  for (std::uint64_t segment = 0; segment < 3; ++segment) {
    ranges.add(ReportKey{{"j", segment}, 1});
    ranges.add(ReportKey{{"j", segment}, 2});
    ranges.add(ReportKey{{"j", segment}, 9});
  }
  CHECK(ranges.size() == 6);
  const auto first = ranges.take(5);
  CHECK(first.size() == 4);
  for (const auto& range : first) ranges.add(range);
  CHECK(ranges.take(100).size() == 6);
  CHECK(ranges.size() == 0);
}

TEST_CASE("only the broker's form of a report id is one") {
  const auto key = ReportKey::parse("0123456789abcdef-12-345");
  REQUIRE(key);
  CHECK((key->segment == JournalSegment{"0123456789abcdef", 12}));
  CHECK(key->index == 345);
  for (const char* wrong :
       {"", "-", "0123456789abcdef", "0123456789abcdef-1", "0123456789abcdef-1-", "0123456789ABCDEF-1-2",
        "0123456789abcdef-1-2x", "0123456789abcdef--1-2", "0123456789abcdef-1-9223372036854775807",
        "0123456789abcdef-99999999999999999999-1"}) {
    INFO(wrong);
    CHECK_FALSE(ReportKey::parse(wrong));
  }
}

TEST_CASE("weeks begin on Monday, and their tables carry the day") {
  const auto time = [](const char* iso) { return *core::from_iso(iso); };
  const Week week = Week::of(time("2026-11-29T23:59:59.999Z"));
  CHECK(week.table() == "samples_20261123");
  CHECK((Week::of(time("2026-11-23T00:00:00Z")) == week));
  CHECK(Week::of(time("2026-11-30T00:00:00Z")).table() == "samples_20261130");
  CHECK((Week::of_table("samples_20261123") == week));
  for (const char* wrong :
       {"samples", "samples_20261124", "samples_2026112", "samples_2026112x", "latest_20261123"})
    CHECK_FALSE(Week::of_table(wrong));
}

TEST_CASE("a plan for history holds the asked points, and names every wrong field") {
  const auto now = *core::from_iso("2026-11-23T12:00:00Z");
  const std::vector<std::string> declared = {"power"};
  const auto usual = plan_history({}, now, declared);
  REQUIRE(usual);
  CHECK((usual->to == now));
  CHECK((usual->from == now - 24h));
  CHECK((usual->width == 288s));
  const auto points = GENERATE(1, 7, 2000);
  const auto exact = plan_history({{"power"}, now - 1s, now, {}, points}, now, declared);
  REQUIRE(exact);
  CHECK((exact->width * points >= 1s));
  const auto wrong = plan_history({{"power", "nothing"}, now, now, {}, 2001}, now, declared);
  REQUIRE_FALSE(wrong);
  REQUIRE(wrong.error().fields.size() == 3);
  CHECK(wrong.error().fields[0].field == "attributes.1");
  CHECK(wrong.error().fields[1].field == "from");
  CHECK(wrong.error().fields[2].field == "points");
}
