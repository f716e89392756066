// SPDX-License-Identifier: Apache-2.0
#include "http/dialled_stream.hpp"

#include <netdb.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace turnkey::http {
namespace {

template <auto Free>
struct Freeing {
  template <typename T>
  void operator()(T* thing) const {
    Free(thing);
  }
};
using Context = std::unique_ptr<SSL_CTX, Freeing<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Freeing<SSL_free>>;
using Addresses = std::unique_ptr<addrinfo, Freeing<freeaddrinfo>>;

core::Error failed(std::string message, std::string detail) {
  core::Error error = core::unavailable(std::move(message));
  error.detail = std::move(detail);
  return error;
}

class Socket {
 public:
  explicit Socket(const Endpoint& endpoint) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found) != 0)
      return;
    const Addresses addresses(found);
    for (const addrinfo* one = found; one != nullptr && fd_ < 0; one = one->ai_next) try_one(*one, endpoint);
  }
  ~Socket() { close_it(); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  // Linux holds connect() to the time for sending.
  void try_one(const addrinfo& address, const Endpoint& endpoint) {
    fd_ = socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, address.ai_protocol);
    const timeval patience{endpoint.patience.count(), 0};
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd_, address.ai_addr, address.ai_addrlen) != 0) close_it();
  }
  void close_it() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  int fd_ = -1;
};

bool trust_text(SSL_CTX& context, const std::string& pem) {
  const std::unique_ptr<BIO, Freeing<BIO_free_all>> text(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  X509_STORE* store = SSL_CTX_get_cert_store(&context);
  int count = 0;
  while (X509* one = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)) {
    count += X509_STORE_add_cert(store, one);
    X509_free(one);
  }
  return count > 0;
}

bool trust(SSL_CTX& context, const Endpoint& endpoint) {
  if (!endpoint.ca_pem.empty()) return trust_text(context, endpoint.ca_pem);
  if (endpoint.ca_file.empty()) return SSL_CTX_set_default_verify_paths(&context) == 1;
  return SSL_CTX_load_verify_locations(&context, endpoint.ca_file.c_str(), nullptr) == 1;
}

core::Timestamp end_of(const X509& certificate) {
  tm broken_down{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &broken_down) != 1) return {};
  return core::from_epoch_ms(std::int64_t{timegm(&broken_down)} * 1000);
}

bool names(X509& certificate, const std::string& host) {
  return X509_check_host(&certificate, host.data(), host.size(), 0, nullptr) == 1 ||
         X509_check_ip_asc(&certificate, host.c_str(), 0) == 1;
}

std::string where(const Endpoint& endpoint) { return endpoint.host + ":" + std::to_string(endpoint.port); }

}  // namespace

struct DialledStream::Parts {
  explicit Parts(const Endpoint& endpoint) : socket(endpoint) {}
  core::Result<core::Done> begin_tls(const Endpoint& endpoint);
  void judge(const std::string& host);
  bool readable(Instant until) const;

  Socket socket;
  Context context{};
  Session session{};  // before the socket ends
  std::string distrust{};
  core::Timestamp ends{};
  bool ended = false;
};

core::Result<core::Done> DialledStream::Parts::begin_tls(const Endpoint& endpoint) {
  context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  if (!trust(*context, endpoint))
    return failed("The certificate authorities to trust cannot be read.", "authorities");
  session.reset(SSL_new(context.get()));
  SSL_set_fd(session.get(), socket.fd());
  SSL_set_tlsext_host_name(session.get(), endpoint.host.c_str());
  if (SSL_connect(session.get()) != 1 || SSL_get_peer_cert_chain(session.get()) == nullptr)
    return failed(where(endpoint) + " does not speak TLS 1.2 or newer.", "no_tls");
  judge(endpoint.host);
  return core::Done{};
}

void DialledStream::Parts::judge(const std::string& host) {
  const STACK_OF(X509)* shown = SSL_get_peer_cert_chain(session.get());
  X509* own = sk_X509_value(shown, 0);
  ends = end_of(*own);
  for (int i = 1; i < sk_X509_num(shown); ++i) ends = std::min(ends, end_of(*sk_X509_value(shown, i)));
  const long verified = SSL_get_verify_result(session.get());
  if (verified != X509_V_OK)
    distrust = X509_verify_cert_error_string(verified);
  else if (!names(*own, host))
    distrust = "it names another host than " + host;
}

bool DialledStream::Parts::readable(Instant until) const {
  if (session && SSL_pending(session.get()) > 0) return true;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  pollfd wanted{socket.fd(), POLLIN, 0};
  return poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) == 1;
}

core::Result<std::unique_ptr<DialledStream>> DialledStream::dial(const Endpoint& endpoint) {
  auto parts = std::make_unique<Parts>(endpoint);
  if (parts->socket.fd() < 0) return failed(where(endpoint) + " cannot be reached.", "unreachable");
  if (endpoint.tls) {
    if (const auto begun = parts->begin_tls(endpoint); !begun) return begun.error();
  }
  return std::unique_ptr<DialledStream>(new DialledStream(std::move(parts)));
}

DialledStream::DialledStream(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
DialledStream::~DialledStream() = default;
const std::string& DialledStream::distrust() const { return parts_->distrust; }
core::Timestamp DialledStream::certificate_ends() const { return parts_->ends; }
bool DialledStream::ended() const { return parts_->ended; }

bool DialledStream::send(std::string_view bytes) {
  while (!bytes.empty() && !parts_->ended) {
    const auto sent =
        parts_->session
            ? ssize_t{SSL_write(parts_->session.get(), bytes.data(), static_cast<int>(bytes.size()))}
            : ::send(parts_->socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      parts_->ended = true;
    else
      bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return !parts_->ended;
}

std::string DialledStream::read(std::size_t most, Instant until) {
  if (parts_->ended || !parts_->readable(until)) return {};
  std::string bytes(most, '\0');
  const auto got = parts_->session
                       ? ssize_t{SSL_read(parts_->session.get(), bytes.data(), static_cast<int>(most))}
                       : recv(parts_->socket.fd(), bytes.data(), most, 0);
  if (got <= 0) parts_->ended = true;
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

}  // namespace turnkey::http
