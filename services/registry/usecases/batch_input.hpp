// SPDX-License-Identifier: Apache-2.0
// Where the rows of a batch come from: a file that was sent in pieces, serials made here, or the devices that
// the batch has already.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "domain/csv.hpp"
#include "outbound/pg_batches.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

// The first record is the header.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual std::optional<CsvReader::Record> next() = 0;
};

// A file in `chunks` pieces, sealed with `key` (32 bytes).
struct Upload {
  std::string id;
  int chunks = 0;
  std::string key;
};

class UploadedRows final : public RowSource {
 public:
  UploadedRows(pqxx::work& tx, Upload upload) : tx_(tx), upload_(std::move(upload)) {}
  // Throws core::UnavailableError when a piece is gone.
  std::optional<CsvReader::Record> next() override;

 private:
  pqxx::work& tx_;
  const Upload upload_;
  int read_ = 0;
  CsvReader reader_;
};

class GeneratedRows final : public RowSource {
 public:
  GeneratedRows(pqxx::work& tx, std::string prefix, std::size_t count)
      : tx_(tx), prefix_(std::move(prefix)), count_(count) {}
  std::optional<CsvReader::Record> next() override;

 private:
  void make();
  pqxx::work& tx_;
  const std::string prefix_;
  const std::size_t count_;
  std::size_t given_ = 0;
  bool header_given_ = false;
  std::set<std::string> made_;
  std::vector<std::string> ready_;
};

class RowsOfBatch final : public RowSource {
 public:
  RowsOfBatch(pqxx::work& tx, core::BatchId batch) : tx_(tx), batch_(std::move(batch)) {}
  std::optional<CsvReader::Record> next() override;

 private:
  pqxx::work& tx_;
  const core::BatchId batch_;
  bool header_given_ = false;
  std::string last_;
  std::vector<pg_batches::ListedDevice> page_;
  std::size_t at_ = 0;
};

// SHA-256 over the whole text. Throws core::UnavailableError when a piece is gone.
std::string hash_of_upload(pqxx::work& tx, const Upload& upload);

struct Chunk {
  core::UserId actor;
  std::string idempotency_key;  // of the batch, for its progress
  std::string upload_id;
  int index = 0;
  std::string key;  // 32 bytes
  std::string text;
};
// One piece of a file; the same again changes nothing. Operators only. Kept for an hour.
core::Result<core::Done> append_batch_input(const Context& context, const Chunk& chunk);

}  // namespace turnkey::registry
