// SPDX-License-Identifier: Apache-2.0
#include "http/client.hpp"

#include <httplib.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace turnkey::http {
namespace {

constexpr std::size_t kUploadPiece = 64 * 1024;  // bytes
constexpr auto kConnectTimeout = std::chrono::seconds(10);

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

core::Error failed(std::string message, std::string detail) {
  core::Error error = core::unavailable(std::move(message));
  error.detail = std::move(detail);
  return error;
}

Answer head_of(const httplib::Response& response) {
  Answer answer{response.status, {}, {}};
  for (const auto& [name, value] : response.headers) answer.headers.emplace(lower(name), value);
  return answer;
}

// Ends a request that takes longer than it may: cpp-httplib bounds each read, not their sum.
class Watchdog {
 public:
  Watchdog(httplib::ClientImpl& client, std::chrono::seconds deadline)
      : thread_([this, &client, deadline] {
          std::unique_lock lock(mutex_);
          if (wake_.wait_for(lock, deadline, [this] { return done_; })) return;
          barked_ = true;
          client.stop();
        }) {}
  ~Watchdog() { finish(); }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  bool finish() {  // true when the time was over
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
    return barked_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  bool barked_ = false;
  std::thread thread_;
};

void add_upload(httplib::Request& request, const Call& call, bool& given_up) {
  request.content_length_ = static_cast<std::size_t>(call.upload_size);
  request.content_provider_ = [&](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
    std::array<char, kUploadPiece> piece;  // NOLINT: filled before it is read
    const auto got = call.upload(offset, piece.data(), std::min(piece.size(), length));
    given_up = got == 0;
    return got != 0 && sink.write(piece.data(), got);
  };
}

}  // namespace

std::string Answer::header(const std::string& lower_case_name) const {
  const auto it = headers.find(lower_case_name);
  return it == headers.end() ? std::string() : it->second;
}

struct Client::Connection {
  Connection(const BaseUrl& url, const std::string& ca_file, const std::string& address) {
    if (url.tls) {
      auto secure = std::make_unique<httplib::SSLClient>(url.host, url.port);
      if (secure->is_valid()) SSL_CTX_set_min_proto_version(secure->ssl_context(), TLS1_2_VERSION);
      tls = secure.get();
      client = std::move(secure);
    } else {
      client = std::make_unique<httplib::ClientImpl>(url.host, url.port);
    }
    client->enable_server_certificate_verification(true);
    if (!ca_file.empty()) client->set_ca_cert_path(ca_file);
    if (!address.empty()) client->set_hostname_addr_map({{url.host, address}});
    client->set_keep_alive(true);
    client->set_follow_location(false);
    client->set_decompress(false);
    client->set_url_encode(false);  // targets come encoded
    client->set_tcp_nodelay(true);
    client->set_connection_timeout(kConnectTimeout);
  }

  core::Error error_of(httplib::Error error, const BaseUrl& url, bool late) const;

  std::unique_ptr<httplib::ClientImpl> client;
  httplib::SSLClient* tls = nullptr;
  bool given_up = false;
  bool too_large = false;
};

core::Error Client::Connection::error_of(httplib::Error error, const BaseUrl& url, bool late) const {
  if (too_large) return failed(url.str() + " answers more than can be held.", "too_large");
  if (given_up) return failed("The request was given up.", "given_up");
  if (late) return failed(url.str() + " takes too long to answer.", "timeout");
  switch (error) {
    case httplib::Error::SSLLoadingCerts:
      return failed("The file of certificate authorities cannot be read.", "certificate");
    case httplib::Error::SSLServerVerification:
      return failed(
          "The certificate of " + url.str() + " is not to be trusted (" +
              X509_verify_cert_error_string(tls->get_openssl_verify_result()) +
              (tls->get_openssl_verify_result() == X509_V_OK ? ", but it names another host)." : ")."),
          "certificate");
    case httplib::Error::SSLConnection:
      return failed("No TLS connection to " + url.str() + " can be made.", "unreachable");
    case httplib::Error::Connection:
    case httplib::Error::BindIPAddress:
    case httplib::Error::ConnectionTimeout:
      return failed(url.str() + " cannot be reached.", "unreachable");
    default:
      return failed("The connection to " + url.str() + " broke before the whole answer had come.", "broken");
  }
}

Client::Client(BaseUrl url, const std::string& ca_file, const std::string& address)
    : url_(std::move(url)), connection_(std::make_unique<Connection>(url_, ca_file, address)) {}

Client::~Client() = default;

core::Result<Answer> Client::send(const Call& call) {
  Connection& connection = *connection_;
  connection.given_up = connection.too_large = false;
  connection.client->set_read_timeout(call.silence);
  connection.client->set_write_timeout(call.silence);
  httplib::Request request;
  request.method = call.method;
  request.path = call.target;
  request.body = call.body;
  for (const auto& [name, value] : call.headers) request.set_header(name, value);
  if (!call.content_type.empty()) request.set_header("Content-Type", call.content_type);
  if (call.upload) add_upload(request, call, connection.given_up);
  Answer answer;
  bool streamed = false;
  request.response_handler = [&](const httplib::Response& response) {
    answer = head_of(response);
    streamed = call.on_body && answer.status / 100 == 2;
    if (call.on_head) call.on_head(answer);
    return true;
  };
  request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    if (streamed) return !(connection.given_up = !call.on_body({data, size}));
    connection.too_large = answer.body.size() + size > call.largest;
    if (!connection.too_large) answer.body.append(data, size);
    return !connection.too_large;
  };
  httplib::Response response;
  httplib::Error error = httplib::Error::Success;
  Watchdog watchdog(*connection.client, call.deadline);
  const bool sent = connection.client->send(request, response, error);
  const bool late = watchdog.finish();
  if (!sent) return connection.error_of(error, url_, late);
  if (answer.status == 0) answer = head_of(response);
  return answer;
}

}  // namespace turnkey::http
