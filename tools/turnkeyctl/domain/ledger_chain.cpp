// SPDX-License-Identifier: Apache-2.0
#include "domain/ledger_chain.hpp"

#include "contracts/json.hpp"
#include "core/hash.hpp"

namespace turnkey::ctl {
namespace {

using contracts::Json;

constexpr std::size_t kHashBytes = 32;

std::optional<std::int64_t> seq_of(const Json& object) {
  const auto it = object.is_object() ? object.find("seq") : object.end();
  if (it == object.end() || !it->is_number_integer() || it->get<std::int64_t>() < 1) return std::nullopt;
  return it->get<std::int64_t>();
}

std::string text_of(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

std::string chained(const std::string& before, const std::string& line) {
  const core::Sha256 hash = core::sha256(before + line);
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

}  // namespace

LedgerChain::LedgerChain(std::string hash_before_hex)
    : hash_(core::from_hex(hash_before_hex).value_or("")), anchored_(hash_.size() == kHashBytes) {}

std::string LedgerChain::last_hash_hex() const { return core::to_hex(hash_); }

void LedgerChain::fail(std::int64_t seq, std::string why) { broken_ = Break{seq, lines_, std::move(why)}; }

bool LedgerChain::order_right(std::int64_t seq) {
  if (lines_ == 1 || seq == last_seq_ + 1) return true;
  if (seq > last_seq_ + 1) {
    fail(last_seq_ + 1, "it is missing: line " + std::to_string(seq) + " stands in its place");
  } else {
    fail(last_seq_ + 1, "line " + std::to_string(seq) + " stands in its place, out of order");
  }
  return false;
}

void LedgerChain::vouch(std::int64_t seq, const std::string& digest) {
  const auto waiting = waiting_.find(seq);
  if (waiting == waiting_.end()) return;
  if (core::sha256_hex(waiting->second.hashes) != digest)
    broken_ =
        Break{waiting->second.first_seq, waiting->second.file_line,
              "its words were erased, and line " + std::to_string(seq) + " does not vouch for its text"};
  waiting_.erase(waiting);
}

void LedgerChain::finish() {
  if (broken_ || waiting_.empty()) return;
  const auto& [by, waiting] = *waiting_.begin();
  broken_ =
      Break{waiting.first_seq, waiting.file_line,
            "its words were erased, and line " + std::to_string(by) + ", which vouches for it, is missing"};
}

void LedgerChain::link(std::int64_t seq, const std::string& line, const std::string& hash,
                       std::optional<std::int64_t> redacted_by) {
  if (lines_ == 1) {
    first_seq_ = seq;
    anchored_ = anchored_ || seq == 1;
  }
  if (redacted_by) {
    if (*redacted_by <= seq) return fail(seq, "its words were erased by an earlier line");
    ++redacted_;
    Waiting& waiting = waiting_[*redacted_by];
    if (waiting.hashes.empty()) waiting = {seq, lines_, {}};
    waiting.hashes += core::sha256_hex(line);
  } else if (anchored_ || lines_ > 1) {
    if (chained(hash_, line) != hash)
      return fail(seq, "its text, its hash or the line before it was changed");
  }
  hash_ = hash;
  last_seq_ = seq;
}

void LedgerChain::add(std::string_view entry) {
  if (broken_) return;
  ++lines_;
  const std::int64_t expected = lines_ == 1 ? 1 : last_seq_ + 1;
  const Json object = Json::parse(entry, nullptr, false);
  const auto seq = seq_of(object);
  if (!seq) return fail(expected, "the file has no ledger line in its place");
  if (!order_right(*seq)) return;
  const std::string line = text_of(object, "line");
  const auto hash = core::from_hex(text_of(object, "hash"));
  if (line.empty() || !hash || hash->size() != kHashBytes) return fail(*seq, "it has no text or no hash");
  const Json content = Json::parse(line, nullptr, false);
  if (seq_of(content) != seq) return fail(*seq, "its text says that it is another line");
  const auto redacted = content.find("redactedBy");
  const bool erased = redacted != content.end() && redacted->is_number_integer();
  link(*seq, line, *hash, erased ? std::optional(redacted->get<std::int64_t>()) : std::nullopt);
  const auto detail = content.find("detail");
  if (!broken_ && detail != content.end() && detail->is_object()) vouch(*seq, text_of(*detail, "digest"));
}

}  // namespace turnkey::ctl
