// SPDX-License-Identifier: Apache-2.0
#include "client/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace turnkey::ctl {
namespace {

constexpr std::size_t kLargest = 64 * 1024;  // bytes
constexpr mode_t kOthers = 077;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Failure file_failure(const std::string& path, const std::string& what) {
  return failure(ExitCode::failed, "file", path + " " + what + ": " + std::strerror(errno) + ".");
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Outcome<std::string> read_all(int fd, const std::string& path) {
  std::string text;
  std::array<char, 4096> piece{};
  for (;;) {
    const auto got = read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_failure(path, "cannot be read");
    if (got == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(got));
    if (text.size() > kLargest) return failure(ExitCode::failed, "file", path + " is too large to be one.");
  }
}

Outcome<Done> make_private_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder.parent_path(), error);
  if (mkdir(folder.c_str(), 0700) == 0) return Done{};
  if (errno != EEXIST || chmod(folder.c_str(), 0700) != 0)
    return file_failure(folder.string(), "cannot be made a folder of yours alone");
  return Done{};
}

}  // namespace

Outcome<std::string> read_private(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about {};
  if (file.get() < 0 || fstat(file.get(), &about) != 0) return file_failure(path, "cannot be read");
  const bool readable_by_others = S_ISREG(about.st_mode) && (about.st_mode & kOthers) != 0;
  if (readable_by_others)
    return failure(ExitCode::refused, "file_mode",
                   "Others can read " + path + ", so it is not used. Make it yours alone: chmod 600 " + path);
  return read_all(file.get(), path);
}

Outcome<std::string> read_secret_file(const std::string& path) {
  auto text = read_private(path);
  if (!text) return text;
  const auto begin = text->find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return failure(ExitCode::failed, "file", path + " is empty.");
  const auto end = text->find_first_of("\r\n", begin);
  return text->substr(begin, end == std::string::npos ? end : end - begin);
}

Outcome<Done> write_private(const std::string& path, std::string_view text) {
  const std::filesystem::path target(path);
  const auto folder = make_private_folder(target.parent_path());
  if (!folder) return folder;
  std::string temporary = path + ".XXXXXX";
  const Descriptor file(mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  if (file.get() < 0) return file_failure(path, "cannot be written");
  if (!write_all(file.get(), text) || fsync(file.get()) != 0 ||
      rename(temporary.c_str(), path.c_str()) != 0) {
    const auto failed = file_failure(path, "cannot be written");
    unlink(temporary.c_str());
    return failed;
  }
  const Descriptor above(open(target.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (above.get() >= 0) fsync(above.get());
  return Done{};
}

Outcome<PrivateFile> PrivateFile::create(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd >= 0) return PrivateFile(path, fd);
  if (errno == EEXIST)
    return failure(ExitCode::conflict, "file_exists",
                   path + " is there already, and may hold secrets: name another file with --output.");
  return file_failure(path, "cannot be written");
}

PrivateFile::PrivateFile(PrivateFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}

PrivateFile::~PrivateFile() {
  if (fd_ < 0) return;
  close(fd_);
  if (size_ == 0) unlink(path_.c_str());
}

bool PrivateFile::write(std::string_view piece) {
  size_ += piece.size();
  return write_all(fd_, piece);
}

bool PrivateFile::begin_again() {
  size_ = 0;
  return ftruncate(fd_, 0) == 0 && lseek(fd_, 0, SEEK_SET) == 0;
}

Outcome<Done> PrivateFile::finish() {
  if (fsync(fd_) != 0) return file_failure(path_, "cannot be written");
  return Done{};
}

}  // namespace turnkey::ctl
