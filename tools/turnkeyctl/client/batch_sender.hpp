// SPDX-License-Identifier: Apache-2.0
// Registers a batch: the file goes up and the credentials come down in pieces, memory stays small. A
// connection that breaks is made again with the same idempotency key, which registers nothing twice; the
// server then gives new credentials in place of those that may have been lost, so what came before is thrown
// away.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "client/api.hpp"
#include "client/private_file.hpp"

namespace turnkey::ctl {

// The rows to register: a file, or so many with generated serials.
class BatchInput {
 public:
  static Outcome<BatchInput> of_file(const std::string& path);  // at most 64 MiB
  static BatchInput of_count(int count);
  BatchInput(BatchInput&& other) noexcept;
  BatchInput& operator=(BatchInput&&) = delete;
  BatchInput(const BatchInput&) = delete;
  ~BatchInput();

  std::uint64_t size() const { return size_; }  // bytes
  // A request that carries it. `sent` hears how many bytes have gone out.
  http::Call call(const Target& target, std::function<void(std::uint64_t)> sent) const;

 private:
  BatchInput(int fd, std::uint64_t size, int count) : fd_(fd), size_(size), count_(count) {}
  int fd_;
  std::uint64_t size_;
  int count_;
};

struct Registered {
  bool made = false;     // false: all rows were there already
  std::string batch_id;  // of what was made
  std::string skipped;   // bad rows left out; "" = none
  std::string plan;      // the answer when nothing was made
};

class BatchSender {
 public:
  using Listener = std::function<void(const std::string& sentence)>;
  // `listener` hears what people should know while it lasts.
  BatchSender(Api& api, const World& world, std::string idempotency_key, Listener listener);

  // `target` has the query; `output` gets the credentials.
  Outcome<Registered> send(const BatchInput& input, const Target& target, PrivateFile& output);
  std::uint64_t sent() const { return sent_; }  // bytes of the present try; any thread

 private:
  core::Result<http::Answer> try_once(const BatchInput& input, const Target& target, PrivateFile& output);
  void wait_while_server_works();
  Failure gave_up(const core::Result<http::Answer>& answer, const PrivateFile& output);

  Api& api_;
  const World& world_;
  std::string key_;
  Listener listener_;
  std::atomic<std::uint64_t> sent_{0};
};

// {"phase","rows","done"} of a batch that is being registered; nothing when the server knows of none.
std::optional<Json> batch_progress(Api& api, const std::string& idempotency_key);

}  // namespace turnkey::ctl
