// SPDX-License-Identifier: Apache-2.0
#include "outbound/spool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "core/random.hpp"

namespace turnkey::ingest {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kFreeBytesWanted = 16ULL * 1024 * 1024;

std::string reason_of(int error) { return std::strerror(error); }

std::optional<std::uint64_t> number_of(const fs::path& file) {
  if (file.extension() != ".spool") return std::nullopt;
  const std::string stem = file.stem();
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
  if (error != std::errc() || end != stem.data() + stem.size()) return std::nullopt;
  return number;
}

}  // namespace

Spool::Spool(std::string folder, SpoolLimits limits) : folder_(std::move(folder)), limits_(limits) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) throw std::runtime_error("the spool " + folder_ + " cannot be made: " + error.message());
  lock_folder();
  read_id();
  find_segments();
  const std::uint64_t next = segments_.empty() ? 1 : segments_.rbegin()->first + 1;
  if (!open_segment(next)) throw std::runtime_error("the spool cannot be written: " + last_failure_);
}

Spool::~Spool() {
  if (fd_ >= 0) close(fd_);
  if (lock_ >= 0) close(lock_);
}

void Spool::lock_folder() {
  lock_ = open((folder_ + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) throw std::runtime_error("the spool " + folder_ + " cannot be written: " + reason_of(errno));
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0)
    throw std::runtime_error("another process uses the spool " + folder_);
}

void Spool::read_id() {
  const std::string path = folder_ + "/id";
  std::ifstream(path) >> id_;
  if (id_.size() == 16) return;
  id_ = core::random_hex(8);
  std::ofstream(path + ".new") << id_ << "\n";
  if (std::rename((path + ".new").c_str(), path.c_str()) != 0)
    throw std::runtime_error("the spool " + folder_ + " cannot be written: " + reason_of(errno));
}

void Spool::find_segments() {
  for (const auto& file : fs::directory_iterator(folder_)) {
    const auto number = number_of(file.path());
    if (!number) continue;
    segments_[*number] = file.file_size();
    bytes_ += file.file_size();
  }
}

bool Spool::open_segment(std::uint64_t number) {
  const int fd = open(path_of(number).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) {
    last_failure_ = reason_of(errno);
    return false;
  }
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
  segments_[number] = 0;
  return true;
}

std::string Spool::path_of(std::uint64_t segment) const {
  return fmt::format("{}/{:012}.spool", folder_, segment);
}

bool Spool::fits() const { return bytes_ + frame_.size() <= limits_.max_bytes; }

Spool::Outcome Spool::append(const SpoolEntry& entry) {
  const std::lock_guard lock(mutex_);
  encode_frame(entry, frame_);
  if (!fits()) {
    last_failure_ = "its limit is reached";
    return Outcome::full;
  }
  const auto& [number, size] = *segments_.rbegin();
  if (size >= limits_.segment_bytes && !open_segment(number + 1)) return Outcome::failed;
  if (!write_frame()) return Outcome::failed;
  segments_.rbegin()->second += frame_.size();
  bytes_ += frame_.size();
  last_failure_.clear();
  grown_.notify_all();
  return Outcome::written;
}

// What was written in part is taken back; where that fails too the segment is left to its torn end.
bool Spool::write_frame() {
  ssize_t written = -1;
  do {
    written = write(fd_, frame_.data(), frame_.size());
  } while (written < 0 && errno == EINTR);
  if (written == static_cast<ssize_t>(frame_.size())) return true;
  last_failure_ = written < 0 ? reason_of(errno) : "the disk is full";
  const auto& [number, size] = *segments_.rbegin();
  if (written > 0 && ftruncate(fd_, static_cast<off_t>(size)) != 0) open_segment(number + 1);
  return false;
}

bool Spool::wait_beyond(SpoolPosition position, core::Millis at_most) {
  std::unique_lock lock(mutex_);
  return grown_.wait_for(lock, at_most, [&] {
    return SpoolPosition{segments_.rbegin()->first, segments_.rbegin()->second} > position;
  });
}

void Spool::remove_before(std::uint64_t segment) {
  const std::lock_guard lock(mutex_);
  while (segments_.size() > 1 && segments_.begin()->first < segment) {
    const auto [number, size] = *segments_.begin();
    unlink(path_of(number).c_str());
    bytes_ -= std::min(bytes_, size);
    segments_.erase(segments_.begin());
  }
}

std::optional<std::uint64_t> Spool::first_from(std::uint64_t segment) const {
  const std::lock_guard lock(mutex_);
  const auto it = segments_.lower_bound(segment);
  return it == segments_.end() ? std::nullopt : std::optional(it->first);
}

std::optional<Spool::Readable> Spool::readable(std::uint64_t segment) const {
  const std::lock_guard lock(mutex_);
  const auto it = segments_.find(segment);
  if (it == segments_.end()) return std::nullopt;
  return Readable{it->second, std::next(it) != segments_.end()};
}

SpoolPosition Spool::end() const {
  const std::lock_guard lock(mutex_);
  return {segments_.rbegin()->first, segments_.rbegin()->second};
}

std::uint64_t Spool::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::size_t Spool::segments() const {
  const std::lock_guard lock(mutex_);
  return segments_.size();
}

bool Spool::has_room() const {
  struct statvfs disk {};
  const bool free = statvfs(folder_.c_str(), &disk) == 0 &&
                    static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize >= kFreeBytesWanted;
  const std::lock_guard lock(mutex_);
  return free && bytes_ < limits_.max_bytes / 10 * 9;
}

std::string Spool::last_failure() const {
  const std::lock_guard lock(mutex_);
  return last_failure_;
}

}  // namespace turnkey::ingest
