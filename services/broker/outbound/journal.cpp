// SPDX-License-Identifier: Apache-2.0
#include "outbound/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "core/hash.hpp"
#include "core/random.hpp"
#include "outbound/segment_reader.hpp"

namespace turnkey::broker {
namespace {

constexpr std::size_t kIdLength = 16;

struct AckPair {
  std::uint32_t from;
  std::uint32_t to;
};

std::runtime_error failure(const std::string& what, const std::string& path) {
  return std::runtime_error(what + " " + path + ": " + std::strerror(errno));
}

std::optional<std::uint64_t> number_in(const std::filesystem::path& path) {
  if (path.extension() != ".seg") return std::nullopt;
  const std::string stem = path.stem().string();
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
  if (error != std::errc{} || end != stem.data() + stem.size()) return std::nullopt;
  return number;
}

}  // namespace

Journal::Journal(std::string folder, JournalLimits limits) : folder_(std::move(folder)), limits_(limits) {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  lock_and_identify();
  std::vector<std::uint64_t> numbers;
  for (const auto& file : std::filesystem::directory_iterator(folder_)) {
    if (const auto number = number_in(file.path())) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  for (const std::uint64_t number : numbers) recover(number);
  purge();
}

Journal::~Journal() {
  close_open_segment();
  for (auto& [number, segment] : segments_) {
    if (segment.ack_file >= 0) ::close(segment.ack_file);
  }
  if (lock_file_ >= 0) ::close(lock_file_);
}

void Journal::lock_and_identify() {
  const std::string path = folder_ + "/journal.id";
  lock_file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_file_ < 0) throw failure("cannot use the journal", path);
  if (::flock(lock_file_, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock_file_);
    throw std::runtime_error("the journal in " + folder_ + " is in use by another process");
  }
  std::array<char, kIdLength> raw{};
  const ssize_t got = ::pread(lock_file_, raw.data(), raw.size(), 0);
  id_.assign(raw.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (id_.size() == kIdLength && core::from_hex(id_)) return;
  id_ = core::random_hex(kIdLength / 2);
  if (::pwrite(lock_file_, id_.data(), id_.size(), 0) != static_cast<ssize_t>(id_.size()) ||
      ::fsync(lock_file_) != 0) {
    ::close(lock_file_);
    throw failure("cannot write", path);
  }
}

void Journal::recover(std::uint64_t number) {
  Segment segment;
  std::error_code error;
  segment.bytes = std::filesystem::file_size(path_of(number), error);
  SegmentReader reader(path_of(number));
  while (const auto entry = reader.next()) {
    if (entry->index != segment.count) break;
    ++segment.count;
    segment.last_ms = entry->received_ms;
  }
  if (reader.offset() != segment.bytes) {
    findings_.push_back("segment " + std::to_string(number) + " ends with " +
                        std::to_string(segment.bytes - std::min(segment.bytes, reader.offset())) +
                        " bytes of an entry that was never acknowledged");
  }
  recover_acknowledgements(number, segment);
  bytes_ += segment.bytes;
  unacknowledged_ += segment.count - segment.acknowledged.count();
  segments_.emplace(number, std::move(segment));
  next_number_ = number + 1;
}

void Journal::recover_acknowledgements(std::uint64_t number, Segment& segment) {
  const int file = ::open(ack_path_of(number).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  std::array<AckPair, 1024> pairs{};
  off_t offset = 0;
  for (;;) {
    const ssize_t got = ::pread(file, pairs.data(), sizeof pairs, offset);
    const std::size_t whole = got > 0 ? static_cast<std::size_t>(got) / sizeof(AckPair) : 0;
    if (whole == 0) break;
    for (std::size_t i = 0; i < whole; ++i) {
      if (pairs[i].from <= pairs[i].to && pairs[i].to < segment.count) {
        segment.acknowledged.add(pairs[i].from, pairs[i].to);
      }
    }
    offset += static_cast<off_t>(whole * sizeof(AckPair));
  }
  ::close(file);
}

Journal::Appended Journal::append(std::string_view topic, std::string_view payload, bool retained,
                                  std::int64_t received_ms) {
  const std::uint64_t size = kEntryOverhead + topic.size() + payload.size();
  if (size > kMaxEntryBytes) {
    failure_ = "the report is too large";
    return {Outcome::failed};
  }
  if (!make_room(size)) return {Outcome::full};
  const bool too_long = open_file_ >= 0 && segments_.rbegin()->second.count > 0 &&
                        segments_.rbegin()->second.bytes + size > limits_.segment_bytes;
  if (too_long) close_open_segment();
  if (open_file_ < 0 && !open_next_segment()) return {Outcome::failed};

  auto& [number, segment] = *segments_.rbegin();
  encode_entry({segment.count, received_ms, retained, topic, payload}, encoded_);
  const ssize_t written = ::write(open_file_, encoded_.data(), encoded_.size());
  if (written != static_cast<ssize_t>(encoded_.size())) {
    failure_ = written < 0 ? std::strerror(errno) : "there was room for a part of an entry only";
    // What was written of it must not stand before a later entry.
    const bool clean = written <= 0 || ::ftruncate(open_file_, static_cast<off_t>(segment.bytes)) == 0;
    if (!clean) close_open_segment();
    return {Outcome::failed};
  }
  segment.bytes += encoded_.size();
  bytes_ += encoded_.size();
  ++unacknowledged_;
  return {Outcome::written, {number, segment.count++}};
}

bool Journal::make_room(std::uint64_t needed) {
  if (bytes_ + needed <= limits_.max_bytes) return true;
  // The open segment may be what fills the journal though all of it is acknowledged.
  if (open_file_ >= 0 && segments_.rbegin()->second.bytes > 0 && segments_.rbegin()->second.done()) {
    close_open_segment();
    if (!open_next_segment()) return false;
  }
  return bytes_ + needed <= limits_.max_bytes;
}

bool Journal::open_next_segment() {
  const int file =
      ::open(path_of(next_number_).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) {
    failure_ = std::strerror(errno);
    return false;
  }
  open_file_ = file;
  segments_.emplace(next_number_, Segment{});
  ++next_number_;
  purge();
  return true;
}

void Journal::close_open_segment() {
  if (open_file_ >= 0) ::close(open_file_);
  open_file_ = -1;
}

void Journal::purge() {
  for (auto it = segments_.begin(); it != segments_.end();) {
    const auto segment = it++;
    if (it == segments_.end()) return;  // the highest number stays
    if (segment->second.done()) erase(segment);
  }
}

void Journal::erase(Segments::iterator segment) {
  ::unlink(path_of(segment->first).c_str());
  ::unlink(ack_path_of(segment->first).c_str());
  if (segment->second.ack_file >= 0) ::close(segment->second.ack_file);
  bytes_ -= segment->second.bytes;
  segments_.erase(segment);
}

std::uint64_t Journal::acknowledge(std::uint64_t number, std::uint64_t from, std::uint64_t to) {
  const auto found = segments_.find(number);
  if (found == segments_.end()) return 0;
  Segment& segment = found->second;
  if (from > to || from >= segment.count) return 0;
  const AckPair pair{static_cast<std::uint32_t>(from),
                     static_cast<std::uint32_t>(std::min<std::uint64_t>(to, segment.count - 1))};
  const std::uint64_t fresh = segment.acknowledged.add(pair.from, pair.to);
  if (fresh == 0) return 0;
  unacknowledged_ -= fresh;
  if (segment.done() && number != segments_.rbegin()->first) {
    erase(found);
    return fresh;
  }
  if (segment.ack_file < 0) {
    segment.ack_file = ::open(ack_path_of(number).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  // When this fails the range is only forgotten by a restart: the entries come twice and are recognised.
  if (segment.ack_file >= 0 && ::write(segment.ack_file, &pair, sizeof pair) != sizeof pair) {
    ::close(segment.ack_file);
    segment.ack_file = -1;
  }
  return fresh;
}

bool Journal::acknowledged(JournalPosition position) const {
  const auto found = segments_.find(position.segment);
  return found == segments_.end() || found->second.acknowledged.contains(position.index);
}

std::optional<JournalPosition> Journal::oldest_unacknowledged() const {
  for (const auto& [number, segment] : segments_) {
    if (!segment.done()) return JournalPosition{number, segment.acknowledged.first_missing()};
  }
  return std::nullopt;
}

std::optional<std::uint64_t> Journal::segment_to_read(std::uint64_t from) const {
  for (auto it = segments_.lower_bound(from); it != segments_.end(); ++it) {
    if (!it->second.done()) return it->first;
  }
  return std::nullopt;
}

JournalPosition Journal::end() const {
  if (segments_.empty()) return {next_number_, 0};
  return {segments_.rbegin()->first, segments_.rbegin()->second.count};
}

std::string Journal::path_of(std::uint64_t segment) const {
  return folder_ + "/" + std::to_string(segment) + ".seg";
}

void Journal::last_entries(std::int64_t within_ms,
                           const std::function<void(const JournalEntry&, JournalPosition)>& each) const {
  std::vector<Segments::const_iterator> last;  // youngest first
  for (auto it = segments_.end(); it != segments_.begin() && last.size() < 2;) {
    if ((--it)->second.count > 0) last.push_back(it);
  }
  for (auto it = last.rbegin(); it != last.rend(); ++it) {
    const auto& [number, segment] = **it;
    SegmentReader reader(path_of(number));
    while (const auto entry = reader.next()) {
      if (entry->index >= segment.count) break;
      if (entry->received_ms >= last.front()->second.last_ms - within_ms)
        each(*entry, {number, entry->index});
    }
  }
}

std::string Journal::ack_path_of(std::uint64_t segment) const {
  return folder_ + "/" + std::to_string(segment) + ".ack";
}

std::string Journal::report_id(JournalPosition position) const {
  return id_ + "-" + std::to_string(position.segment) + "-" + std::to_string(position.index);
}

}  // namespace turnkey::broker
