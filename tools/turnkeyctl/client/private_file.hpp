// SPDX-License-Identifier: Apache-2.0
// Files that hold secrets: for the owner's eyes alone, when they are read and when they are written.
#pragma once

#include <string>
#include <string_view>

#include "domain/failure.hpp"

namespace turnkey::ctl {

// At most 64 KiB; `refused` when others can read it, and the sentence says which chmod helps.
Outcome<std::string> read_private(const std::string& path);
// Its first line, without what surrounds it.
Outcome<std::string> read_secret_file(const std::string& path);

// Mode 0600 in a folder of mode 0700, whole or not at all.
Outcome<Done> write_private(const std::string& path, std::string_view text);

// A new file of mode 0600, made before the secrets are asked for. One that nothing was written to is removed
// again. Not thread safe.
class PrivateFile {
 public:
  static Outcome<PrivateFile> create(const std::string& path);  // `conflict` when there is one already
  PrivateFile(PrivateFile&& other) noexcept;
  PrivateFile& operator=(PrivateFile&&) = delete;
  PrivateFile(const PrivateFile&) = delete;
  ~PrivateFile();

  bool write(std::string_view piece);  // false when the disk does not take it
  bool begin_again();                  // forgets what was written
  Outcome<Done> finish();              // everything is on the disk
  const std::string& path() const { return path_; }
  bool empty() const { return size_ == 0; }

 private:
  PrivateFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::string path_;
  int fd_;
  std::size_t size_ = 0;
};

}  // namespace turnkey::ctl
