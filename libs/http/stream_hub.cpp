// SPDX-License-Identifier: Apache-2.0
#include "http/stream_hub.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace turnkey::http {
namespace {

constexpr int kCommentParts = 60;

std::string encode(const Event& event) {
  std::string text;
  if (!event.id.empty()) text += "id: " + event.id + "\n";
  if (!event.event.empty()) text += "event: " + event.event + "\n";
  return text + "data: " + event.data + "\n\n";
}

}  // namespace

void StreamHub::Stream::send(const Event& event) {
  if (!open_) return;
  {
    const std::lock_guard lock(mutex_);
    if (finishing_ || overflowed_) return;
    buffer_ += encode(event);
    overflowed_ = buffer_.size() > hub_->options_.buffer_limit;
  }
  hub_->wake(shared_from_this());
}

void StreamHub::Stream::finish() {
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  hub_->wake(shared_from_this());
}

void StreamHub::Stream::on_closed(std::function<void()> callback) {
  const std::lock_guard lock(mutex_);
  on_closed_ = std::move(callback);
}

StreamHub::StreamHub(const ServerOptions& options) : options_(options) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  event_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (epoll_ < 0 || event_ < 0) throw std::runtime_error("no epoll for event streams");
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  wanted.data.fd = event_;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, event_, &wanted);
}

StreamHub::~StreamHub() {
  stop();
  ::close(event_);
  ::close(epoll_);
}

void StreamHub::start() {
  thread_ = std::thread([this] { loop(); });
}

void StreamHub::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  const std::uint64_t one = 1;
  (void)!write(event_, &one, sizeof one);
  thread_.join();
}

std::shared_ptr<StreamHub::Stream> StreamHub::open(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || count_ >= options_.stream_limit) return nullptr;
  auto& from_here = by_address_[address];
  if (from_here >= options_.stream_limit_per_address) return nullptr;
  ++from_here;
  ++count_;
  return std::make_shared<Stream>(shared_from_this(), address);
}

void StreamHub::adopt(int socket, const std::shared_ptr<Stream>& stream, const std::string& head) {
  fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK);
  {
    const std::lock_guard lock(stream->mutex_);
    stream->socket_ = socket;
    stream->buffer_.insert(0, head);
  }
  wake(stream);
}

void StreamHub::drop(const std::shared_ptr<Stream>& stream) {
  if (!stream->open_.exchange(false)) return;
  release(stream->address_);
  std::function<void()> callback;
  {
    const std::lock_guard lock(stream->mutex_);
    callback = std::move(stream->on_closed_);
    stream->on_closed_ = nullptr;
  }
  if (callback) callback();
}

void StreamHub::release(const std::string& address) {
  const std::lock_guard lock(mutex_);
  --count_;
  const auto it = by_address_.find(address);
  if (it != by_address_.end() && --it->second == 0) by_address_.erase(it);
}

void StreamHub::wake(const std::shared_ptr<Stream>& stream) {
  {
    const std::lock_guard lock(mutex_);
    woken_.push_back(stream);
  }
  const std::uint64_t one = 1;
  (void)!write(event_, &one, sizeof one);
}

void StreamHub::loop() {
  using Clock = std::chrono::steady_clock;
  const Clock::duration between = Clock::duration(options_.comment_interval) / kCommentParts;
  auto next_comment = Clock::now() + between;
  std::array<epoll_event, 256> events{};
  while (!stopping_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_comment - Clock::now()).count();
    const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                 static_cast<int>(std::max<std::int64_t>(left, 0)));
    for (int i = 0; i < ready; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      const auto it = by_socket_.find(fd);
      if (it == by_socket_.end()) continue;
      const auto stream = it->second;
      const auto what = events[static_cast<std::size_t>(i)].events;
      std::array<char, 512> ignored{};
      const bool gone = (what & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0 ||
                        ((what & EPOLLIN) != 0 && recv(fd, ignored.data(), ignored.size(), 0) == 0);
      gone ? close(stream) : flush(stream);
    }
    std::uint64_t count = 0;
    (void)!read(event_, &count, sizeof count);
    flush_woken();
    if (Clock::now() >= next_comment) {
      comment_some();
      next_comment = Clock::now() + between;
    }
  }
  flush_woken();
  while (!by_socket_.empty()) close(by_socket_.begin()->second);
}

void StreamHub::flush_woken() {
  std::vector<std::shared_ptr<Stream>> woken;
  {
    const std::lock_guard lock(mutex_);
    woken.swap(woken_);
  }
  for (const auto& stream : woken) {
    int socket = -1;
    {
      const std::lock_guard lock(stream->mutex_);
      socket = stream->socket_;
    }
    if (socket < 0 || !stream->open_) continue;  // not adopted yet, or closed already
    if (by_socket_.emplace(socket, stream).second) {
      epoll_event wanted{};
      wanted.events = EPOLLIN | EPOLLRDHUP | EPOLLOUT | EPOLLET;
      wanted.data.fd = socket;
      epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &wanted);
    }
    flush(stream);
  }
}

void StreamHub::flush(const std::shared_ptr<Stream>& stream) {
  bool end = false;
  {
    const std::lock_guard lock(stream->mutex_);
    end = stream->overflowed_;
    while (!end && !stream->buffer_.empty()) {
      const ssize_t written =
          ::send(stream->socket_, stream->buffer_.data(), stream->buffer_.size(), MSG_NOSIGNAL);
      if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
      end = written <= 0;
      if (!end) stream->buffer_.erase(0, static_cast<std::size_t>(written));
    }
    if (stream->buffer_.empty()) std::string().swap(stream->buffer_);  // most streams are quiet: no memory
    end = end || (stream->finishing_ && stream->buffer_.empty());
  }
  if (end) close(stream);
}

void StreamHub::close(std::shared_ptr<Stream> stream) {
  if (!stream->open_.exchange(false)) return;
  std::function<void()> callback;
  {
    const std::lock_guard lock(stream->mutex_);
    by_socket_.erase(stream->socket_);
    ::close(stream->socket_);
    stream->socket_ = -1;
    callback = std::move(stream->on_closed_);
    stream->on_closed_ = nullptr;
  }
  release(stream->address_);
  if (callback) callback();
}

// To each stream once in an interval, and not to all at once: with thousands the proxy would be busy with
// that alone for a while.
void StreamHub::comment_some() {
  std::vector<std::shared_ptr<Stream>> some;
  for (const auto& [socket, stream] : by_socket_)
    if (socket % kCommentParts == comment_part_) some.push_back(stream);
  comment_part_ = (comment_part_ + 1) % kCommentParts;
  for (const auto& stream : some) {
    {
      const std::lock_guard lock(stream->mutex_);
      stream->buffer_ += ":\n\n";
    }
    flush(stream);
  }
}

}  // namespace turnkey::http
