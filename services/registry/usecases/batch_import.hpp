// SPDX-License-Identifier: Apache-2.0
// One import at work, within one transaction: rows are read and judged, staged with their new identities, and
// at the end made devices. The answer with the secrets is written in sealed pages as the rows go by.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "outbound/pg_batch_rows.hpp"
#include "usecases/register_batch.hpp"

namespace turnkey::registry {

// Says how far an import is, to others, while its transaction runs; a few times a second at most.
class ImportProgress {
 public:
  ImportProgress(const Context& context, const BatchRequest& request)
      : context_(context), request_(request) {}
  void tell(const std::string& phase, std::size_t rows, std::size_t done);
  // Finished or failed. Says nothing of an import that has told nothing yet: what is said under its key is
  // another's, which may be at work.
  void end(const std::string& phase);

 private:
  void write();
  const Context& context_;
  const BatchRequest& request_;
  pg_batches::Progress last_;
  std::chrono::steady_clock::time_point next_{};
};

// The answer's text, in pages. Holds one of them.
class AnswerPages {
 public:
  AnswerPages(pqxx::work& tx, core::BatchId batch, core::Timestamp expires_at);
  void add(const CsvRow& cells);
  int end();  // the number of pages
  const std::string& key() const { return key_; }

 private:
  void write();
  pqxx::work& tx_;
  const core::BatchId batch_;
  const core::Timestamp expires_at_;
  const std::string key_;
  std::string page_;
  std::size_t bytes_ = 0;  // of it in JSON
  int pages_ = 0;
};

// Something that the rows were judged by has changed meanwhile: begin again.
struct WorldChanged {};

class BatchImport {
 public:
  enum class Mode {
    plan,          // a dry run
    make,          // new devices
    answer_again,  // new credentials for the devices of `batch`
  };
  struct Setting {
    Mode mode = Mode::plan;
    Recipe recipe{};
    pg_batches::Batch batch{};  // for `make` the one to be; its numbers are set at the end
    core::Timestamp now{};
  };
  BatchImport(pqxx::work& tx, const Context& context, const BatchRequest& request, Setting setting);

  void read(RowSource& source, ImportProgress& progress);
  bool refused() const { return errors_.count() > 0 && (fatal_ || !request_.skip_bad); }
  std::size_t to_write() const { return static_cast<std::size_t>(staged_); }
  // Once all rows are read and not refused. Throws WorldChanged.
  void write(ImportProgress& progress);
  BatchAnswer answer(BatchAnswer::Outcome outcome);

 private:
  using Records = std::vector<CsvReader::Record>;
  bool read_header(RowSource& source);
  void read_rows(RowSource& source, ImportProgress& progress);
  Records next_block(RowSource& source);
  void take(const Records& records);
  void take(const CsvReader::Record& record, const pg_batches::Existing* existing);
  void issue(const CsvReader::Record& record, PlannedDevice device, core::DeviceId id);
  void give_up(std::size_t line, const char* code, std::string message);
  bool writes() const { return setting_.mode != Mode::plan && !refused(); }
  bool groups_stand();
  void write_devices(ImportProgress& progress);
  void write_credentials(ImportProgress& progress);
  void write_ledger(ImportProgress& progress);

  pqxx::work& tx_;
  const Context& context_;
  const BatchRequest& request_;
  Setting setting_;
  std::map<std::string, Group> groups_;  // by path
  std::map<std::string, core::GroupId> used_groups_;
  const BatchWorld world_;
  BatchColumns columns_;
  BatchErrors errors_;
  BatchPlanner planner_;
  AnswerPages pages_;
  std::vector<pg_batch_rows::StagedRow> block_;
  pg_batch_rows::Target target_;
  int staged_ = 0;
  bool fatal_ = false;  // the rows after it could not be read
  std::optional<RowError> gave_up_{};
};

}  // namespace turnkey::registry
