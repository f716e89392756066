// SPDX-License-Identifier: Apache-2.0
// A request for history, checked: which attributes, which time, how many buckets.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace turnkey::ingest {

struct HistoryRequest {
  std::vector<std::string> attributes;     // empty: all that the device declares
  std::optional<core::Timestamp> from{};   // a day before `to`
  std::optional<core::Timestamp> to{};     // now
  std::optional<core::Timestamp> since{};  // what was measured or received before is hidden
  int points = 300;
};

struct HistoryRange {
  core::Timestamp from;
  core::Timestamp to;  // exclusive
  core::Timestamp since;
  core::Millis width;     // of a bucket; the buckets are at most `points`
  core::Millis level{0};  // of the roll-ups to read; zero: the samples themselves
};

inline constexpr int kMaxPoints = 2000;
inline constexpr std::size_t kMaxAttributes = 100;

// `invalid` with every wrong field.
core::Result<HistoryRange> plan_history(const HistoryRequest& request, core::Timestamp now,
                                        const std::vector<std::string>& declared);

// The same, to be read from roll-ups where its buckets are wide enough: beginning, end and width become whole
// multiples of the level, outwards, so that no sample is in the wrong bucket. Beyond kFivesKept the hour is
// the only level.
HistoryRange with_level(HistoryRange range, core::Timestamp now);

// Numbers (and booleans) have a minimum, an average and a maximum; of texts the last one is shown.
enum class Values { numbers, texts };

struct Bucket {
  core::Timestamp time;  // its beginning
  std::int64_t count = 0;
  std::optional<double> min{}, avg{}, max{};  // of numbers
  std::string last{};                         // of texts
};

struct LatestValue {
  core::Timestamp time;
  std::optional<double> number{};
  std::string text{};
};

struct LatestOf {
  std::optional<core::Timestamp> last_seen_at{};
  std::map<std::string, LatestValue> values{};
};

struct ConnectionLine {
  core::Timestamp at;
  bool connected = false;
  std::string reason;
};

struct DeviceSince {
  std::string device_id;
  std::optional<core::Timestamp> since{};  // what was measured or received before is hidden
};

// The last number of each of `points` buckets; empty where nothing was measured.
using Trend = std::vector<std::optional<double>>;

// How much younger what was measured is than what is stored, whole seconds.
std::int64_t behind_seconds(std::optional<core::Timestamp> oldest_waiting, core::Timestamp now);

// What is stored. Throws core::UnavailableError while the database is away.
class HistoryStore {
 public:
  virtual ~HistoryStore() = default;
  // By attribute, its values of that kind; those without are left out.
  virtual std::map<std::string, std::vector<Bucket>> buckets(const std::string& device_id, Values kind,
                                                             const std::vector<std::string>& attributes,
                                                             const HistoryRange& range) = 0;
  virtual std::map<std::string, LatestOf> latest(const std::vector<DeviceSince>& devices) = 0;
  // One attribute of many devices; those without samples are left out. Its cost grows with the buckets, not
  // with what was measured in them.
  virtual std::map<std::string, Trend> trends(const std::vector<DeviceSince>& devices,
                                              const std::string& attribute, const HistoryRange& range,
                                              int points) = 0;
  virtual std::vector<ConnectionLine> connections(const DeviceSince& device, int limit) = 0;  // newest first
  // name -> reason ("" for those without) -> value; "missing": reports that the broker numbered and that are
  // not here although later ones of the same journal segment are, on their way or lost.
  virtual std::map<std::string, std::map<std::string, std::int64_t>> counters() = 0;
};

// What a device declares, as far as history needs it.
struct Declared {
  std::string name;
  std::string type;  // number string boolean gps
  std::string unit;
};

}  // namespace turnkey::ingest
