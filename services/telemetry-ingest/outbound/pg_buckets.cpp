// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_buckets.hpp"

#include <fmt/format.h>

#include <pqxx/result>

#include "domain/rollup.hpp"
#include "outbound/pg_rollups.hpp"
#include "outbound/pg_rows.hpp"

namespace turnkey::ingest {
namespace {

using contracts::Json;
using Buckets = std::map<std::string, std::vector<Bucket>>;

// $1 device, $2 attributes, $3 width in ms, $4 beginning (buckets are counted from it), $5 end, $6 since.
constexpr const char* kAsked =
    "with named as (select attribute_key, name from attributes "
    "where name in (select jsonb_array_elements_text($2::jsonb))), "
    "who as (select device_key from devices where device_id = $1) ";
// Columns numbers, low, high, total, texts, last_text of a group of samples, as the roll-ups have them.
std::string columns_of(Values kind) {
  if (kind == Values::numbers) return fmt::format("{}, 0 as texts, null::text as last_text", kNumbersRolled);
  return "0 as numbers, null::double precision as low, null::double precision as high, "
         "null::double precision as total, count(*)::int as texts, "
         "(array_agg(text order by time desc))[1] as last_text";
}

// date_bin counts in whole microseconds, where extract(epoch) would compute in numeric.
constexpr const char* kBucket =
    "date_bin(make_interval(secs => $3::bigint / 1000.0), {}, $4::timestamptz) as bucket";

std::string from_samples(Values kind) {
  const bool numbers = kind == Values::numbers;
  return fmt::format(
      "{} select name, {}, numbers, low, total / nullif(numbers, 0), high, texts, last_text from "
      "(select attribute_key, {}, {} from samples s "
      "where device_key = (select device_key from who) and attribute_key in (select attribute_key from "
      "named) "
      "and time >= $4 and time < $5 and time >= $6 and received_at >= $6 and {} group by 1, 2) b "
      "join named using (attribute_key) order by 1, 2",
      kAsked, ms_of("bucket"), fmt::format(fmt::runtime(kBucket), "time"), columns_of(kind),
      numbers ? "number is not null" : "number is null");
}

// Further: $7 level, $8 the first whole span of the level that may be seen, $9 how far was rolled up.
// `spoilt`: spans whose row may not be used. Their samples are read instead; the bounds of all of them leave
// out the weeks that none is in before the query runs.
std::string from_rollups(Values kind) {
  const bool numbers = kind == Values::numbers;
  const std::string rolled = columns_of(kind);
  const char* only = numbers ? "number is not null" : "number is null";
  const std::string of_asked =
      "device_key = (select device_key from who) and attribute_key in (select attribute_key from named)";
  const std::string span = "date_bin(make_interval(mins => $7::int), {}, 'epoch'::timestamptz)";
  return fmt::format(
      "{asked}, spoilt as ("
      "select distinct attribute_key, {span_of_late} as begins from rollups_late "
      "where {of_asked} and begins >= $8 and begins < least($5::timestamptz, $9::timestamptz) "
      "union select attribute_key, begins from rollups where {of_asked} and level = $7 "
      "and begins >= $8 and begins < least($5::timestamptz, $9::timestamptz) and received_first < $6), "
      "parts as (select attribute_key, begins, numbers, low, high, total, texts, last_text from rollups r "
      "where {of_asked} and level = $7 and begins >= $8 and begins < least($5::timestamptz, $9::timestamptz) "
      "and not exists (select from spoilt x where x.attribute_key = r.attribute_key and x.begins = r.begins) "
      "union all select attribute_key, {span_of_sample} as begins, {rolled} from samples "
      "where {of_asked} and {only} and received_at >= $6 and time >= greatest($4::timestamptz, "
      "$6::timestamptz) "
      "and time < least($8::timestamptz, $5::timestamptz) group by 1, 2 "
      "union all select attribute_key, {span_of_sample} as begins, {rolled} from samples "
      "where {of_asked} and {only} and received_at >= $6 and time >= greatest($8::timestamptz, "
      "$9::timestamptz) "
      "and time < $5 group by 1, 2 "
      "union all select x.attribute_key, x.begins, s.* from spoilt x cross join lateral (select {rolled} "
      "from samples where device_key = (select device_key from who) and attribute_key = x.attribute_key "
      "and time >= x.begins and time < x.begins + make_interval(mins => $7::int) and time >= $8 "
      "and time < $5::timestamptz + interval '1 hour' and received_at >= $6 and {only}) s) "
      "select name, {in_ms}, sum(numbers), min(low), sum(total) / nullif(sum(numbers), 0)::double precision, "
      "max(high), sum(texts), {last} from (select *, {bucket} from parts) p join named using (attribute_key) "
      "group by name, bucket having sum({counted}) > 0 order by 1, 2",
      fmt::arg("asked", kAsked), fmt::arg("of_asked", of_asked), fmt::arg("rolled", rolled),
      fmt::arg("only", only), fmt::arg("span_of_late", fmt::format(fmt::runtime(span), "begins")),
      fmt::arg("span_of_sample", fmt::format(fmt::runtime(span), "time")), fmt::arg("in_ms", ms_of("bucket")),
      fmt::arg("bucket", fmt::format(fmt::runtime(kBucket), "begins")),
      fmt::arg("last", numbers ? "null::text"
                               : "(array_agg(last_text order by begins desc) filter (where texts > 0))[1]"),
      fmt::arg("counted", numbers ? "numbers" : "texts"));
}

Buckets buckets_of(const pqxx::result& rows, Values kind) {
  Buckets all;
  for (const auto& row : rows) {
    Bucket bucket;
    bucket.time = core::from_epoch_ms(row[1].as<std::int64_t>());
    bucket.count = row[kind == Values::numbers ? 2 : 6].as<std::int64_t>();
    if (kind == Values::numbers) {
      bucket.min = optional_of<double>(row[3]);
      bucket.avg = optional_of<double>(row[4]);
      bucket.max = optional_of<double>(row[5]);
    } else {
      bucket.last = row[7].as<std::string>("");
    }
    all[row[0].as<std::string>()].push_back(std::move(bucket));
  }
  return all;
}

}  // namespace

Buckets read_buckets(pg::Pool& pool, const std::string& device_id, Values kind,
                     const std::vector<std::string>& attributes, const HistoryRange& range) {
  if (attributes.empty()) return {};
  const std::string names = text_of(Json(attributes));
  const auto from = core::to_iso(range.from);
  const auto to = core::to_iso(range.to);
  const auto since = core::to_iso(range.since);
  return pool.transaction([&](pqxx::work& tx) {
    if (range.level == core::Millis(0)) {
      return buckets_of(
          tx.exec_params(from_samples(kind), device_id, names, range.width.count(), from, to, since), kind);
    }
    const auto first_whole = core::to_iso(ceil_to(std::max(range.from, range.since), range.level));
    return buckets_of(
        tx.exec_params(from_rollups(kind), device_id, names, range.width.count(), from, to, since,
                       std::chrono::duration_cast<std::chrono::minutes>(range.level).count(), first_whole,
                       core::to_iso(rolled_until(tx, range.level))),
        kind);
  });
}

}  // namespace turnkey::ingest
