// SPDX-License-Identifier: Apache-2.0
#include "outbound/spool_reader.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace turnkey::ingest {
namespace {

constexpr std::size_t kChunk = 64 * 1024;

}  // namespace

SpoolReader::~SpoolReader() { close_here(); }

void SpoolReader::close_here() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  buffer_.clear();
  at_ = 0;
}

void SpoolReader::go_to(SpoolPosition position) {
  close_here();
  position_ = position;
}

bool SpoolReader::open_here() {
  if (fd_ >= 0) return true;
  const auto segment = spool_.first_from(position_.segment);
  if (!segment) return false;
  if (*segment != position_.segment) position_ = {*segment, 0};
  fd_ = open(spool_.path_of(*segment).c_str(), O_RDONLY | O_CLOEXEC);
  return fd_ >= 0;
}

bool SpoolReader::next_segment() {
  pass_over(ahead().size());
  const auto segment = spool_.first_from(position_.segment + 1);
  if (!segment) return false;
  go_to({*segment, 0});
  return true;
}

// True when there is more in the buffer than before.
bool SpoolReader::fill(std::uint64_t limit) {
  buffer_.erase(0, at_);
  at_ = 0;
  const std::uint64_t from = position_.offset + buffer_.size();
  if (from >= limit) return false;
  const std::size_t before = buffer_.size();
  buffer_.resize(before + std::min<std::uint64_t>(kChunk, limit - from));
  const ssize_t got = pread(fd_, buffer_.data() + before, buffer_.size() - before, static_cast<off_t>(from));
  buffer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return got > 0;
}

void SpoolReader::pass_over(std::size_t bytes) {
  at_ += bytes;
  position_.offset += bytes;
  passed_over_ += bytes;
}

std::optional<std::pair<SpoolPosition, SpoolEntry>> SpoolReader::next() {
  SpoolEntry entry;
  while (open_here()) {
    const auto readable = spool_.readable(position_.segment);
    if (!readable) return std::nullopt;
    std::size_t size = 0;
    switch (decode_frame(ahead(), entry, size)) {
      case Decoded::entry: {
        const SpoolPosition begin = position_;
        at_ += size;
        position_.offset += size;
        return std::pair(begin, std::move(entry));
      }
      case Decoded::damaged:
        pass_over(find_frame(ahead(), 1));
        break;
      case Decoded::incomplete:
        if (fill(readable->bytes)) break;
        if (!readable->finished) return std::nullopt;
        if (ahead().size() >= kFrameOverhead) {  // torn, or a length that is not true
          pass_over(find_frame(ahead(), 1));
        } else if (!next_segment()) {
          return std::nullopt;
        }
        break;
    }
  }
  return std::nullopt;
}

}  // namespace turnkey::ingest
