// SPDX-License-Identifier: Apache-2.0
#include "outbound/segment_reader.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace turnkey::broker {
namespace {
constexpr std::size_t kChunkBytes = 512UL * 1024;
static_assert(kChunkBytes > kMaxEntryBytes);
}  // namespace

SegmentReader::SegmentReader(const std::string& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}

SegmentReader::~SegmentReader() {
  if (file_ >= 0) ::close(file_);
}

bool SegmentReader::fill() {
  if (file_ < 0) return false;
  buffer_.erase(0, consumed_);
  consumed_ = 0;
  const std::size_t kept = buffer_.size();
  if (kept >= kChunkBytes) return false;
  buffer_.resize(kChunkBytes);
  const ssize_t got =
      ::pread(file_, buffer_.data() + kept, kChunkBytes - kept, static_cast<off_t>(offset_ + kept));
  buffer_.resize(kept + static_cast<std::size_t>(got > 0 ? got : 0));
  return got > 0;
}

std::optional<JournalEntry> SegmentReader::next() {
  for (;;) {
    JournalEntry entry;
    std::size_t size = 0;
    switch (decode_entry(std::string_view(buffer_).substr(consumed_), entry, size)) {
      case Decoded::entry:
        consumed_ += size;
        offset_ += size;
        return entry;
      case Decoded::damaged:
        return std::nullopt;
      case Decoded::incomplete:
        if (!fill()) return std::nullopt;
    }
  }
}

}  // namespace turnkey::broker
