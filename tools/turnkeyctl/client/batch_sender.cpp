// SPDX-License-Identifier: Apache-2.0
#include "client/batch_sender.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "domain/duration.hpp"

namespace turnkey::ctl {
namespace {

constexpr std::uint64_t kLargestFile = 64 * 1024 * 1024;  // bytes
constexpr auto kDeadline = std::chrono::minutes(30);      // of one try
constexpr auto kSilence = std::chrono::minutes(15);       // while the server writes
constexpr auto kProgressDeadline = std::chrono::seconds(5);
constexpr int kMostWaits = 300;  // seconds for a server that still writes

std::string phase_of(const std::optional<Json>& progress) {
  return progress && progress->contains("phase") && progress->at("phase").is_string()
             ? progress->at("phase").get<std::string>()
             : std::string();
}

}  // namespace

Outcome<BatchInput> BatchInput::of_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat about {};
  BatchInput input(fd, 0, 0);
  if (fd < 0 || fstat(fd, &about) != 0) return usage("There is no file " + path + ".");
  if (!S_ISREG(about.st_mode)) return usage(path + " is no file that can be read twice.");
  input.size_ = static_cast<std::uint64_t>(about.st_size);
  if (input.size_ == 0) return failure(ExitCode::invalid, "invalid", path + " is empty.");
  if (input.size_ > kLargestFile)
    return failure(ExitCode::invalid, "too_large", path + " is larger than 64 MiB: split it.");
  return input;
}

BatchInput BatchInput::of_count(int count) { return {-1, 0, count}; }

BatchInput::BatchInput(BatchInput&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), size_(other.size_), count_(other.count_) {}

BatchInput::~BatchInput() {
  if (fd_ >= 0) close(fd_);
}

http::Call BatchInput::call(const Target& target, std::function<void(std::uint64_t)> sent) const {
  if (fd_ < 0) return json_call("POST", target, {{"count", count_}});
  http::Call call;
  call.method = "POST";
  call.target = target.str();
  call.content_type = "text/csv";
  call.upload_size = size_;
  call.upload = [this, sent = std::move(sent)](std::uint64_t offset, char* into, std::size_t room) {
    const auto got = pread(fd_, into, room, static_cast<off_t>(offset));
    if (got <= 0) return std::size_t{0};
    sent(offset + static_cast<std::uint64_t>(got));
    return static_cast<std::size_t>(got);
  };
  return call;
}

std::optional<Json> batch_progress(Api& api, const std::string& idempotency_key) {
  http::Call call;
  call.target = Target("/api/batches/progress").part(idempotency_key).str();
  call.deadline = call.silence = kProgressDeadline;
  const auto answer = api.ask_once(std::move(call));
  if (!answer || answer->status != 200) return std::nullopt;
  Json progress = Json::parse(answer->body, nullptr, false);
  return progress.is_object() ? std::optional(std::move(progress)) : std::nullopt;
}

BatchSender::BatchSender(Api& api, const World& world, std::string idempotency_key, Listener listener)
    : api_(api), world_(world), key_(std::move(idempotency_key)), listener_(std::move(listener)) {}

core::Result<http::Answer> BatchSender::try_once(const BatchInput& input, const Target& target,
                                                 PrivateFile& output) {
  sent_ = 0;
  http::Call call = input.call(target, [this](std::uint64_t bytes) { sent_ = bytes; });
  call.headers.emplace_back("Idempotency-Key", key_);
  call.deadline = kDeadline;
  call.silence = kSilence;
  std::string plan;
  bool credentials = false;
  bool disk_full = false;
  call.on_head = [&](const http::Answer& head) {
    credentials = head.status == 201;
    // These are in place of what an earlier try may have brought.
    if (credentials) disk_full = !output.begin_again();
  };
  call.on_body = [&](std::string_view piece) {
    if (!credentials) plan += piece;
    disk_full = disk_full || (credentials && !output.write(piece));
    return !disk_full;
  };
  auto answer = api_.ask_once(std::move(call));
  if (answer) answer->body += plan;
  if (disk_full) return core::internal("The disk does not take " + output.path() + ".");
  return answer;
}

// A try whose answer was lost may still be under way; another one beside it would only wait for it.
void BatchSender::wait_while_server_works() {
  for (int i = 0; i < kMostWaits; ++i) {
    const auto phase = phase_of(batch_progress(api_, key_));
    if (phase != "checking" && phase != "writing") return;
    world_.sleep(std::chrono::seconds(1));
  }
}

Failure BatchSender::gave_up(const core::Result<http::Answer>& answer, const PrivateFile& output) {
  Failure result = answer ? failure_of(*answer) : from_error(answer.error());
  const bool refused = answer && result.exit != ExitCode::unavailable;
  const auto phase = refused ? std::string() : phase_of(batch_progress(api_, key_));
  if (phase == "finished") {
    result.message += " The server has registered the batch, but not all credentials have arrived.";
  } else if (phase == "failed") {
    result.message += " The server has registered nothing.";
  } else if (!refused) {
    result.message += " Whether the server has registered the batch is not known.";
  }
  if (!output.empty())
    result.message += " " + output.path() + " holds the part of the credentials that did arrive.";
  if (!refused && phase != "failed")
    result.message += " The same command with --idempotency-key " + key_ +
                      " within the hour registers nothing twice and gives new credentials.";
  result.problem["detail"] = result.message;
  return result;
}

Outcome<Registered> BatchSender::send(const BatchInput& input, const Target& target, PrivateFile& output) {
  for (int next = 2;; ++next) {
    const auto answer = try_once(input, target, output);
    if (answer && answer->status < 400) {
      const bool made = answer->status == 201;
      return Registered{made, answer->header("x-batch-id"), answer->header("x-skipped"),
                        made ? std::string() : answer->body};
    }
    const auto asked = answer ? retry_after(*answer) : std::nullopt;
    const auto pause = worth_another_try(answer) ? pause_before(next, asked) : std::nullopt;
    if (!pause) return gave_up(answer, output);
    listener_((answer ? "The server is busy." : answer.error().message) +
              " Trying again with the same key; nothing is registered twice.");
    world_.sleep(*pause);
    wait_while_server_works();
  }
}

}  // namespace turnkey::ctl
