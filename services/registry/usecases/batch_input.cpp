// SPDX-License-Identifier: Apache-2.0
#include "usecases/batch_input.hpp"

#include "core/hash.hpp"
#include "core/serial.hpp"
#include "core/unavailable.hpp"
#include "outbound/pg_batch_texts.hpp"

namespace turnkey::registry {
namespace {

constexpr std::size_t kAtOnce = 2000;  // serials looked up together
constexpr int kPage = 5000;

std::string chunk_of(pqxx::work& tx, const Upload& upload, int index) {
  auto text = pg_batch_texts::input(tx, upload.id, index, upload.key);
  if (!text) throw core::UnavailableError("a piece of the uploaded file is gone");
  return std::move(*text);
}

}  // namespace

std::optional<CsvReader::Record> UploadedRows::next() {
  for (;;) {
    if (auto record = reader_.next()) return record;
    if (read_ > upload_.chunks) return std::nullopt;
    if (read_ == upload_.chunks) {
      reader_.end();
    } else {
      reader_.feed(chunk_of(tx_, upload_, read_));
    }
    ++read_;
  }
}

void GeneratedRows::make() {
  while (ready_.empty()) {
    while (ready_.size() < std::min(kAtOnce, count_ - given_)) {
      std::string serial = core::make_serial(prefix_).str();
      if (made_.insert(serial).second) ready_.push_back(std::move(serial));
    }
    for (const auto& taken : pg_batches::existing(tx_, ready_)) std::erase(ready_, taken.serial);
  }
}

std::optional<CsvReader::Record> GeneratedRows::next() {
  if (!std::exchange(header_given_, true)) return CsvReader::Record{1, {"serial"}};
  if (given_ == count_) return std::nullopt;
  if (ready_.empty()) make();
  CsvReader::Record record{++given_ + 1, {std::move(ready_.back())}};
  ready_.pop_back();
  return record;
}

std::optional<CsvReader::Record> RowsOfBatch::next() {
  if (!std::exchange(header_given_, true)) return CsvReader::Record{1, {"serial"}};
  if (at_ == page_.size()) {
    page_ = pg_batches::devices(tx_, batch_, last_, kPage);
    at_ = 0;
    if (page_.empty()) return std::nullopt;
    last_ = page_.back().serial;
  }
  return CsvReader::Record{0, {page_[at_++].serial}};
}

std::string hash_of_upload(pqxx::work& tx, const Upload& upload) {
  core::Sha256Sum sum;
  for (int i = 0; i < upload.chunks; ++i) sum.add(chunk_of(tx, upload, i));
  return std::string(core::view(sum.end()));
}

core::Result<core::Done> append_batch_input(const Context& context, const Chunk& chunk) {
  const std::string sealed = pg_batch_texts::seal_input(chunk.key, chunk.upload_id, chunk.index, chunk.text);
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<core::Done> {
    const auto actor = load_actor(tx, chunk.actor);
    if (!actor) return actor.error();
    if (!actor->is_operator()) return core::not_found();
    const core::Timestamp now = context.clock.now();
    pg_batch_texts::put_input(tx, chunk.upload_id, chunk.index, chunk.actor, sealed, now);
    pg_batches::write_progress(tx, chunk.actor, chunk.idempotency_key, {"receiving", 0, 0, now});
    return core::Done{};
  });
}

}  // namespace turnkey::registry
