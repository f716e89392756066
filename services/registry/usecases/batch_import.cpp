// SPDX-License-Identifier: Apache-2.0
#include "usecases/batch_import.hpp"

#include <fmt/format.h>

#include "core/random.hpp"
#include "core/seal.hpp"
#include "outbound/batch_announcer.hpp"
#include "outbound/pg_batch_texts.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_groups.hpp"
#include "outbound/pg_ledger.hpp"

namespace turnkey::registry {
namespace {

using Trouble = CsvReader::Trouble;

constexpr std::size_t kBlock = 2000;    // rows judged and staged together
constexpr int kWrittenAtOnce = 20'000;  // rows a statement, so that the progress moves
constexpr auto kTellEvery = std::chrono::milliseconds(300);
constexpr auto kAnswerKept = std::chrono::minutes(15);

std::map<std::string, Group> groups_by_path(pqxx::work& tx) {
  std::map<core::GroupId, std::string> names;
  std::map<std::string, Group> by_path;
  for (auto& group : pg_groups::all(tx)) {
    std::string path = group.parent_id ? names[*group.parent_id] + "/" : std::string();
    path += group.name;
    names[group.id] = path;
    by_path.emplace(path, std::move(group));
  }
  return by_path;
}

// A page travels as a text in JSON, where some characters become two or six.
std::size_t bytes_in_json(const std::string& text) {
  std::size_t bytes = text.size();
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '\r' || c == '\n' || c == '\t') {
      bytes += 1;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      bytes += 5;
    }
  }
  return bytes;
}

std::string random_key() {
  std::string key(core::kSealKeyBytes, '\0');
  core::random_bytes({reinterpret_cast<unsigned char*>(key.data()), key.size()});
  return key;
}

}  // namespace

void ImportProgress::tell(const std::string& phase, std::size_t rows, std::size_t done) {
  const auto now = std::chrono::steady_clock::now();
  if (phase == last_.phase && now < next_) return;
  next_ = now + kTellEvery;
  last_ = {phase, static_cast<std::int64_t>(rows), static_cast<std::int64_t>(done), {}};
  write();
}

void ImportProgress::end(const std::string& phase) {
  if (last_.phase.empty()) return;
  last_.phase = phase;
  if (phase == "finished") last_.done = last_.rows;
  write();
}

void ImportProgress::write() {
  last_.updated_at = context_.clock.now();
  try {
    context_.pool.transaction([&](pqxx::work& tx) {
      pg_batches::write_progress(tx, request_.actor, request_.idempotency_key, last_);
    });
  } catch (const core::UnavailableError&) {  // the import itself is what matters
  }
}

AnswerPages::AnswerPages(pqxx::work& tx, core::BatchId batch, core::Timestamp expires_at)
    : tx_(tx), batch_(std::move(batch)), expires_at_(expires_at), key_(random_key()) {}

void AnswerPages::add(const CsvRow& cells) {
  const std::string line = csv_line(cells);
  const std::size_t bytes = bytes_in_json(line);
  if (bytes_ + bytes > pg_batch_texts::kMaxPage && !page_.empty()) write();
  page_ += line;
  bytes_ += bytes;
}

void AnswerPages::write() {
  pg_batch_texts::put_output(tx_, batch_, pages_++, key_, page_, expires_at_);
  page_.clear();
  bytes_ = 0;
}

int AnswerPages::end() {
  if (!page_.empty()) write();
  return pages_;
}

BatchImport::BatchImport(pqxx::work& tx, const Context& context, const BatchRequest& request, Setting setting)
    : tx_(tx),
      context_(context),
      request_(request),
      setting_(std::move(setting)),
      groups_(groups_by_path(tx)),
      world_{setting_.recipe,
             [this](const std::string& path) {
               const auto it = groups_.find(path);
               return it == groups_.end() ? nullptr : &it->second;
             },
             setting_.now},
      planner_(columns_, world_, errors_),
      pages_(tx, setting_.batch.id, setting_.now + kAnswerKept) {
  if (setting_.mode != Mode::plan) pg_batch_rows::clear(tx_);
}

void BatchImport::give_up(std::size_t line, const char* code, std::string message) {
  fatal_ = true;
  gave_up_ = RowError{line, "", code, std::move(message)};
}

bool BatchImport::read_header(RowSource& source) {
  const auto header = source.next();
  if (!header) {
    give_up(1, "empty", "a header row and a row for each device are needed");
  } else if (header->last()) {
    const bool text = header->trouble == Trouble::unclosed_quote;
    give_up(header->line, text ? "unclosed_quote" : "not_utf8",
            text ? "a quote that opens a cell is closed at its end" : "UTF-8 text is needed");
  } else {
    columns_ = BatchColumns(*header, errors_);
    fatal_ = errors_.count() > 0;
  }
  return !fatal_;
}

BatchImport::Records BatchImport::next_block(RowSource& source) {
  Records records;
  while (records.size() < kBlock && !fatal_) {
    auto record = source.next();
    if (!record) break;
    if (record->trouble == Trouble::unclosed_quote) {
      give_up(record->line, "unclosed_quote", "a quote that opens a cell is closed at its end");
    } else if (record->trouble == Trouble::not_utf8) {
      give_up(record->line, "not_utf8", "UTF-8 text is needed");
    } else if (planner_.summary().rows + records.size() == kMaxBatchRows) {
      give_up(record->line, "too_many_rows", fmt::format("at most {} rows are allowed", kMaxBatchRows));
    } else {
      records.push_back(std::move(*record));
    }
  }
  return records;
}

void BatchImport::read(RowSource& source, ImportProgress& progress) {
  if (read_header(source)) read_rows(source, progress);
  if (gave_up_) errors_.add(std::move(*gave_up_));  // after what is wrong with the rows before it
}

void BatchImport::read_rows(RowSource& source, ImportProgress& progress) {
  if (writes()) pages_.add(columns_.answer_header());
  for (auto records = next_block(source); !records.empty(); records = next_block(source)) {
    take(records);
    const std::size_t done = planner_.summary().rows;
    progress.tell("checking", std::max(request_.count, done), done);
  }
  if (planner_.summary().rows == 0 && !fatal_) give_up(1, "empty", "a row for each device is needed");
}

void BatchImport::take(const Records& records) {
  std::vector<std::string> serials;
  for (const auto& record : records) {
    auto serial = planner_.serial_of(record);
    if (!serial.empty()) serials.push_back(std::move(serial));
  }
  std::unordered_map<std::string, pg_batches::Existing> existing;
  for (auto& one : pg_batches::existing(tx_, serials)) {
    std::string serial = one.serial;
    existing.emplace(std::move(serial), std::move(one));
  }
  for (const auto& record : records) {
    const auto found = existing.find(planner_.serial_of(record));
    take(record, found == existing.end() ? nullptr : &found->second);
  }
  if (writes()) pg_batch_rows::stage(tx_, block_);
  block_.clear();
}

void BatchImport::take(const CsvReader::Record& record, const pg_batches::Existing* existing) {
  using Fate = BatchPlanner::Fate;
  const auto known =
      existing == nullptr ? std::nullopt : std::optional(BatchPlanner::Existing{existing->row_hash});
  auto row = planner_.plan(record, known);
  if (!writes() || row.fate == Fate::bad) return;
  const bool again = setting_.mode == Mode::answer_again;
  if (row.fate == Fate::create && !again)
    return issue(record, std::move(row.device), core::DeviceId::random());
  if (row.fate == Fate::unchanged && again && existing->batch_id == setting_.batch.id)
    return issue(record, std::move(row.device), existing->id);
  const std::string id = existing == nullptr ? std::string() : existing->id.str();
  pages_.add(columns_.answer_row(record.cells, {id, "", "", ""}));
}

void BatchImport::issue(const CsvReader::Record& record, PlannedDevice device, core::DeviceId id) {
  const Credentials credentials{core::random_uuid(), core::random_hex(32)};
  pages_.add(columns_.answer_row(record.cells, {id.str(), credentials.access_key, credentials.access_secret,
                                                "https://" + context_.label_host + "/d/" + device.serial}));
  if (device.group_id)
    used_groups_.emplace(columns_.cell(record.cells, BatchColumns::Known::group), *device.group_id);
  block_.push_back({++staged_, std::move(id), std::move(device), credentials.access_key,
                    core::sha256(credentials.access_secret)});
}

bool BatchImport::groups_stand() {
  const auto now = groups_by_path(tx_);
  for (const auto& [path, id] : used_groups_) {
    const auto it = now.find(path);
    if (it == now.end() || it->second.id != id || !it->second.leaf) return false;
  }
  return true;
}

void BatchImport::write(ImportProgress& progress) {
  auto& batch = setting_.batch;
  const bool make = setting_.mode == Mode::make;
  if (make) {
    if (!used_groups_.empty()) {  // else the tree may change as it likes
      pg_groups::lock_tree(tx_, false);
      if (!groups_stand()) throw WorldChanged();
    }
    batch.devices = to_write();
    batch.provisioned = planner_.summary().provisioned;
  } else {
    // Devices before revisions, as everywhere: a release that runs meanwhile must not wait for us and we for
    // it.
    pg_batches::lock_devices(tx_, batch.id);
  }
  const std::string transaction = pg_devices::transaction_id(tx_);
  target_ = {batch, setting_.recipe.version, context_.pool.transaction([&](pqxx::work& drawing) {
               return pg_devices::draw_revisions(drawing, staged_, transaction);
             }),
             setting_.now};
  make ? write_devices(progress) : pg_batch_rows::revoke_credentials(tx_, target_);
  write_credentials(progress);
  if (make) write_ledger(progress);
  pg_batch_rows::clear(tx_);
}

void BatchImport::write_devices(ImportProgress& progress) {
  pg_batches::insert(tx_, target_.batch, request_.idempotency_key);
  for (int from = 0; from < staged_; from += kWrittenAtOnce) {
    pg_batch_rows::make_devices(tx_, target_, from, from + kWrittenAtOnce);
    progress.tell("writing", to_write(), static_cast<std::size_t>(from) / 2);
  }
  events::batch_registered(tx_, target_.batch.id, target_.before_first, target_.before_first + staged_,
                           target_.now);
}

void BatchImport::write_credentials(ImportProgress& progress) {
  for (int from = 0; from < staged_; from += kWrittenAtOnce) {
    pg_batch_rows::make_credentials(tx_, target_, from, from + kWrittenAtOnce);
    progress.tell("writing", to_write(), (to_write() + static_cast<std::size_t>(from) / 2) / 2);
  }
  events::credentials_changed(tx_, target_.before_first, target_.before_first + staged_);
}

void BatchImport::write_ledger(ImportProgress& progress) {
  progress.tell("writing", to_write(), to_write() * 3 / 4);
  // Last: whoever writes into the ledger waits from here on.
  pg_batch_rows::LedgerLines lines(tx_, target_);
  pg_ledger::append_blocks(tx_, [&] { return lines.next(); });
}

BatchAnswer BatchImport::answer(BatchAnswer::Outcome outcome) {
  BatchAnswer answer;
  answer.outcome = outcome;
  answer.plan = planner_.summary();
  answer.columns = columns_.all();
  answer.errors = errors_;
  if (outcome != BatchAnswer::Outcome::registered) return answer;
  answer.batch_id = setting_.batch.id;
  answer.pages = pages_.end();
  answer.output_key = pages_.key();
  return answer;
}

}  // namespace turnkey::registry
