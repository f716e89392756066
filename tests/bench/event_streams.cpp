// SPDX-License-Identifier: Apache-2.0
#include "event_streams.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

#include "loopback.hpp"

namespace turnkey::bench {
namespace {

constexpr std::size_t kStreamsOfAnAddress = 400;  // the gateway allows 500
constexpr std::size_t kOpeningAtOnce = 64;
constexpr auto kOpenWithin = std::chrono::minutes(1);  // the next answer
constexpr int kLook_ms = 100;

SSL_CTX* trusting(const std::string& ca_file) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr || SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != 1)
    throw std::runtime_error(ca_file + " holds no certificate");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  return context;
}

}  // namespace

struct EventStreams::Stream {
  ~Stream() {
    if (fd >= 0) close(fd);
  }
  std::size_t number = 0;
  std::string request{};
  int fd = -1;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls{nullptr, &SSL_free};
  bool secure = false;
  int status = 0;  // of the answer, when its first line is there
  std::string line{};
};

EventStreams::EventStreams(const tests::Installation& installation, OnEvent on_event)
    : port_(installation.https_port()),
      on_event_(std::move(on_event)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      tls_(trusting(installation.ca_file()), &SSL_CTX_free),
      thread_([this] { run(); }) {}

EventStreams::~EventStreams() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  thread_.join();
  streams_.clear();
  close(epoll_);
}

void EventStreams::open(const std::vector<std::string>& paths, const tests::User& user) {
  for (const auto& path : paths) {
    auto stream = std::make_unique<Stream>();
    stream->request = "GET " + path + " HTTP/1.0\r\nHost: localhost\r\nCookie: " + user.cookie() + "\r\n\r\n";
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kOpenWithin,
                           [this] { return opening_ < kOpeningAtOnce || !failure_.empty(); }))
      throw std::runtime_error("streams are not answered");
    if (!failure_.empty()) throw std::runtime_error(failure_);
    ++opening_;
    stream->number = streams_.size();
    streams_.push_back(std::move(stream));
    begin(*streams_.back());
  }
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kOpenWithin, [this] { return opening_ == 0 || !failure_.empty(); }))
    throw std::runtime_error("streams are not answered");
  if (!failure_.empty()) throw std::runtime_error(failure_);
}

std::size_t EventStreams::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

// From here on the stream is the thread's.
void EventStreams::begin(Stream& stream) {
  stream.fd = connecting(stream.number / kStreamsOfAnAddress, port_);
  stream.tls.reset(SSL_new(tls_.get()));
  SSL_set_fd(stream.tls.get(), stream.fd);
  SSL_set_tlsext_host_name(stream.tls.get(), "localhost");
  SSL_set1_host(stream.tls.get(), "localhost");
  epoll_event wanted{};
  wanted.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  wanted.data.ptr = &stream;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, stream.fd, &wanted);
}

void EventStreams::run() {
  std::array<epoll_event, 256> events{};
  for (;;) {
    const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), kLook_ms);
    for (int i = 0; i < ready; ++i)
      advance(*static_cast<Stream*>(events.at(static_cast<std::size_t>(i)).data.ptr));
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
  }
}

void EventStreams::advance(Stream& stream) {
  if (stream.fd < 0) return;
  ERR_clear_error();  // what another stream left there
  if (!shake_hands(stream)) return;
  read(stream);
}

// True when the connection is secure and the request is sent.
bool EventStreams::shake_hands(Stream& stream) {
  if (stream.secure) return true;
  const int result = SSL_connect(stream.tls.get());
  if (result != 1) {
    const int why = SSL_get_error(stream.tls.get(), result);
    const bool goes_on = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE || errno == ENOTCONN;
    if (!goes_on) end(stream);
    return false;
  }
  stream.secure = true;
  // A fresh connection takes a request of some hundred bytes whole.
  const int length = static_cast<int>(stream.request.size());
  if (SSL_write(stream.tls.get(), stream.request.data(), length) == length) return true;
  end(stream);
  return false;
}

void EventStreams::read(Stream& stream) {
  std::array<char, 16 * 1024> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read into
  for (;;) {
    const int got = SSL_read(stream.tls.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (got > 0) {
      take(stream, {buffer.data(), static_cast<std::size_t>(got)});
      continue;
    }
    if (SSL_get_error(stream.tls.get(), got) != SSL_ERROR_WANT_READ) end(stream);
    return;
  }
}

void EventStreams::take(Stream& stream, std::string_view text) {
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    stream.line += text.substr(0, end);
    text.remove_prefix(end + 1);
    take_line(stream, stream.line);
    stream.line.clear();
  }
  stream.line += text;
}

void EventStreams::take_line(Stream& stream, std::string_view line) {
  constexpr std::string_view kEvent = "event: ";
  constexpr std::string_view kAnswer = "HTTP/1.1 ";
  if (stream.status == 0 && line.starts_with(kAnswer))
    return answered(stream, std::stoi(std::string(line.substr(kAnswer.size(), 3))));
  if (line.starts_with(kEvent)) on_event_(stream.number, line.substr(kEvent.size()));
}

void EventStreams::answered(Stream& stream, int status) {
  stream.status = status;
  const std::lock_guard lock(mutex_);
  --opening_;
  if (status != 200) failure_ = fmt::format("stream {} is answered with {}", stream.number, status);
  changed_.notify_all();
}

void EventStreams::end(Stream& stream) {
  stream.tls.reset();
  close(stream.fd);
  stream.fd = -1;
  const std::lock_guard lock(mutex_);
  if (stream.status == 200) ++ended_;
  if (stream.status == 0) failure_ = fmt::format("stream {} ended without an answer", stream.number);
  changed_.notify_all();
}

}  // namespace turnkey::bench
