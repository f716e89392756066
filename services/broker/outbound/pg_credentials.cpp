// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_credentials.hpp"

#include <signal.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "domain/revision_horizon.hpp"
#include "outbound/pg_session.hpp"

namespace turnkey::broker {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Kind = CredentialBatch::Kind;

constexpr std::size_t kRowsPerBatch = 4096;
constexpr std::size_t kMaxBatches = 32;
constexpr const char* kSnapshotSql =
    "SELECT pg_snapshot_xmin(s), pg_snapshot_xmax(s) FROM pg_current_snapshot() s";

template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

template <typename Number>
Number number_from(std::string_view text) {
  Number value{};
  if (!read_number(text, value)) throw std::runtime_error("the database sent a number that is none");
  return value;
}

std::string copy_sql(std::int64_t above) {
  return "COPY (SELECT access_key, device_id, encode(secret_hash, 'hex'), revision, revoked,"
         " floor(extract(epoch from valid_until) * 1000)::bigint, array_to_string(allowed_addresses, ','), "
         "holder"
         " FROM registry.broker_credentials WHERE revision > " +
         std::to_string(above) + ") TO STDOUT";
}

// Runs before the thread starts, so that signals reach Mosquitto's own thread only.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_{};
};

constexpr std::string_view kNull = "\\N";

// Milliseconds since the epoch, and ranges with commas between; either may be NULL.
bool read_limits(std::string_view valid_until, std::string_view allowed, CredentialLimits& limits) {
  std::int64_t ends_at_ms = 0;
  if (valid_until != kNull) {
    if (!read_number(valid_until, ends_at_ms)) return false;
    limits.valid_until = core::from_epoch_ms(ends_at_ms);
  }
  if (allowed == kNull || allowed.empty()) return true;
  for (std::size_t at = 0; at <= allowed.size();) {
    const std::size_t comma = std::min(allowed.find(',', at), allowed.size());
    const auto range = core::AddressRange::parse(allowed.substr(at, comma - at));
    if (!range || limits.allowed.size() == kMostRanges) return false;
    limits.allowed.push_back(*range);
    at = comma + 1;
  }
  return true;
}

}  // namespace

std::optional<CredentialRow> parse_credential_line(std::string_view line) {
  std::array<std::string_view, 8> cells;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::size_t tab = line.find('\t');
    if ((tab == line.npos) != (i + 1 == cells.size())) return std::nullopt;
    cells[i] = line.substr(0, tab);
    line.remove_prefix(tab == line.npos ? line.size() : tab + 1);
  }
  CredentialRow row;
  const auto key = AccessKey::parse(cells[0]);
  if (!key || !read_number(cells[3], row.revision)) return std::nullopt;
  row.key = *key;
  row.revoked = cells[4] == "t";
  if (row.revoked) return row;
  const auto device = DeviceId::parse(cells[1]);
  const auto hash = core::from_hex(cells[2]);
  if (!device || !hash || hash->size() != row.credential.secret_hash.size()) return std::nullopt;
  row.credential.device = *device;
  std::copy(hash->begin(), hash->end(), row.credential.secret_hash.begin());
  if (cells[7] != "device" && cells[7] != "integration") return std::nullopt;
  if (cells[7] == "integration") row.credential.holder = Holder::integration;
  if (!read_limits(cells[5], cells[6], row.limits)) return std::nullopt;
  return row;
}

class PgCredentials::Reader {
 public:
  Reader(core::Secret connection_strings, PgCredentialsTiming timing)
      : connection_strings_(std::move(connection_strings)), timing_(timing) {
    const BlockedSignals blocked;
    thread_ = std::thread([this] { run(); });
  }

  ~Reader() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  std::optional<CredentialBatch> take() {
    std::optional<CredentialBatch> batch;
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) return batch;
    batch = std::move(queue_.front());
    queue_.pop_front();
    changed_.notify_all();
    return batch;
  }

  bool reachable() const { return reachable_; }

 private:
  void run() {
    auto retry = timing_.retry_min;
    while (!stop_) {
      try {
        PgSession session = open();
        follow(session, retry);
      } catch (const std::exception& error) {
        report_failure(error.what());
      }
      pause(retry);
      retry = std::min(retry * 2, timing_.retry_max);
    }
  }

  PgSession open() {
    const auto ways = connection_strings_.all();
    if (ways.empty()) throw std::runtime_error("the database file is empty or cannot be read");
    for (std::size_t i = 0; i + 1 < ways.size(); ++i) {
      try {
        return PgSession(ways[i], stop_);
      } catch (const std::runtime_error&) {
        continue;
      }
    }
    return PgSession(ways.back(), stop_);
  }

  // Reads until an exception or the stop.
  void follow(PgSession& session, std::chrono::milliseconds& retry) {
    auto compared_at = SteadyClock::now();
    bool compared = compared_once_;
    while (!stop_) {
      const bool full = !compared || SteadyClock::now() - compared_at >= timing_.compare;
      if (full) {
        compare(session);
        compared = compared_once_ = true;
        compared_at = SteadyClock::now();
      } else {
        read(session, horizon_.settled());
      }
      report_success();
      retry = timing_.retry_min;
      pause(timing_.repair);
    }
  }

  void compare(PgSession& session) {
    const std::int64_t settled = horizon_.settled();
    push({Kind::compare_begins});
    try {
      read(session, -1);
    } catch (...) {
      push({Kind::compare_abandoned});
      throw;
    }
    push({Kind::compare_ends, {}, settled});
  }

  void read(PgSession& session, std::int64_t above) {
    const auto xmin = number_from<std::uint64_t>(session.one_row(kSnapshotSql).at(0));
    CredentialBatch batch;
    std::int64_t highest = 0;
    std::size_t malformed = 0;
    session.copy_out(copy_sql(above), [&](std::string_view line) {
      auto row = parse_credential_line(line);
      if (!row) {
        ++malformed;
        return;
      }
      highest = std::max(highest, row->revision);
      batch.rows.push_back(std::move(*row));
      if (batch.rows.size() >= kRowsPerBatch) push(std::exchange(batch, {}));
    });
    if (!batch.rows.empty()) push(std::move(batch));
    const auto xmax = number_from<std::uint64_t>(session.one_row(kSnapshotSql).at(1));
    horizon_.read_ended(xmin, xmax, highest);
    if (malformed > 0 && malformed != malformed_before_) {
      notice(std::to_string(malformed) + " credentials in the database are malformed and left out", true);
    }
    malformed_before_ = malformed;
  }

  void push(CredentialBatch batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stop_ || queue_.size() < kMaxBatches; });
    if (!stop_) queue_.push_back(std::move(batch));
  }

  void notice(std::string text, bool failure) { push({Kind::notice, {}, 0, std::move(text), failure}); }

  void report_failure(const std::string& why) {
    reachable_ = false;
    if (stop_ || why == last_failure_) return;
    last_failure_ = why;
    notice("the credentials cannot be read now, it is tried again: " + why, true);
  }

  void report_success() {
    if (reachable_.exchange(true)) return;
    last_failure_.clear();
    notice("the credentials are read and followed", false);
  }

  void pause(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [&] { return stop_.load(); });
  }

  const core::Secret connection_strings_;
  const PgCredentialsTiming timing_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> reachable_{false};
  std::mutex mutex_;  // guards the queue
  std::condition_variable changed_;
  std::deque<CredentialBatch> queue_;
  // Of the thread alone:
  RevisionHorizon horizon_;
  bool compared_once_ = false;
  std::size_t malformed_before_ = 0;
  std::string last_failure_;
  std::thread thread_;
};

PgCredentials::PgCredentials(core::Secret connection_strings, PgCredentialsTiming timing)
    : reader_(std::make_unique<Reader>(std::move(connection_strings), timing)) {}
PgCredentials::~PgCredentials() = default;
std::optional<CredentialBatch> PgCredentials::take() { return reader_->take(); }
bool PgCredentials::reachable() const { return reader_->reachable(); }

}  // namespace turnkey::broker
