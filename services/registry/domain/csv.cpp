// SPDX-License-Identifier: Apache-2.0
#include "domain/csv.hpp"

#include <algorithm>

#include "contracts/json.hpp"

namespace turnkey::registry {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_utf8(std::string_view text) {
  try {
    (void)contracts::Json(std::string(text)).dump();
    return true;
  } catch (const contracts::Json::exception&) {
    return false;
  }
}

bool is_empty(const CsvRow& row) {
  return std::all_of(row.begin(), row.end(), [](const std::string& cell) { return cell.empty(); });
}

bool begins_a_formula(char c) { return std::string_view("=+-@\t\r").find(c) != std::string_view::npos; }

}  // namespace

// One attempt to read one record; what it did counts only when the record was whole.
class CsvReader::Scan {
 public:
  Scan(std::string_view text, char separator, std::size_t line, bool last_piece)
      : text_(text), separator_(separator), line_(line), last_piece_(last_piece) {
    record_.line = line;
  }

  // False when the text breaks off before the record does.
  bool read() {
    for (;;) {
      if (!read_cell()) return last_piece_;
      if (at_end()) return last_piece_;
      if (text_[at_] == separator_) {
        ++at_;
        continue;
      }
      return read_line_end();
    }
  }

  Record& record() { return record_; }
  std::size_t bytes() const { return at_; }
  std::size_t line() const { return line_; }

 private:
  bool at_end() const { return at_ >= text_.size(); }

  // False when the text ends within a quoted cell.
  bool read_cell() {
    const bool room = record_.cells.size() < kMaxCsvColumns;
    if (!room) record_.trouble = Trouble::too_many_cells;
    std::string beyond;
    std::string& cell = room ? record_.cells.emplace_back() : beyond;
    if (!at_end() && text_[at_] == '"') return read_quoted(cell);
    const std::size_t began = at_;
    while (!at_end() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
    cell.assign(text_.substr(began, at_ - began));
    return true;
  }

  bool read_quoted(std::string& cell) {
    for (++at_; !at_end(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        if (at_end() || text_[at_] != '"') return true;
      }
      if (text_[at_] == '\n') ++line_;
      cell += text_[at_];
    }
    if (last_piece_) record_.trouble = Trouble::unclosed_quote;
    return false;
  }

  bool read_line_end() {
    if (text_[at_] != '\r' && text_[at_] != '\n') {
      record_.trouble = Trouble::stray_quote;
      at_ = std::min(text_.find('\n', at_), text_.size());
      if (at_end()) return last_piece_;
    }
    if (text_[at_] == '\r') ++at_;
    if (at_end() && !last_piece_) return false;  // a line feed may follow
    if (!at_end() && text_[at_] == '\n') ++at_;
    ++line_;
    return true;
  }

  const std::string_view text_;
  const char separator_;
  std::size_t at_ = 0;
  std::size_t line_;
  const bool last_piece_;
  Record record_;
};

void CsvReader::feed(std::string_view piece) {
  utf8_ = utf8_ && is_utf8(piece);
  text_.erase(0, at_);
  at_ = 0;
  text_ += piece;
}

void CsvReader::end() { ended_ = true; }

void CsvReader::find_separator() {
  const std::size_t end = text_.find('\n');
  if (end == std::string::npos && !ended_ && text_.size() <= kMaxCsvRow) return;
  if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  const std::string_view first = std::string_view(text_).substr(0, end);
  const bool semicolons =
      std::count(first.begin(), first.end(), ';') > std::count(first.begin(), first.end(), ',');
  separator_ = semicolons ? ';' : ',';
}

std::optional<CsvReader::Record> CsvReader::give_up(Trouble trouble) {
  given_up_ = true;
  return Record{line_, {}, trouble};
}

std::optional<CsvReader::Record> CsvReader::next() {
  if (given_up_) return std::nullopt;
  if (!utf8_) return give_up(Trouble::not_utf8);
  if (separator_ == '\0') find_separator();
  while (separator_ != '\0' && at_ < text_.size()) {
    Scan scan(std::string_view(text_).substr(at_), separator_, line_, ended_);
    const bool whole = scan.read();
    const bool unclosed = scan.record().trouble == Trouble::unclosed_quote;
    if (unclosed || scan.bytes() > kMaxCsvRow) return give_up(Trouble::unclosed_quote);
    if (!whole) return std::nullopt;
    at_ += scan.bytes();
    line_ = scan.line();
    if (!is_empty(scan.record().cells) || scan.record().trouble != Trouble::none)
      return std::move(scan.record());
  }
  return std::nullopt;
}

std::string csv_line(const CsvRow& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += ',';
    const bool formula = !cells[i].empty() && begins_a_formula(cells[i][0]);
    const std::string cell = formula ? "'" + cells[i] : cells[i];
    if (cell.find_first_of(",\"\r\n") == std::string::npos) {
      line += cell;
      continue;
    }
    line += '"';
    for (const char c : cell) {
      if (c == '"') line += '"';
      line += c;
    }
    line += '"';
  }
  return line + "\r\n";
}

std::string_view without_apostrophe(std::string_view cell) {
  const bool put_in_front = cell.size() > 1 && cell[0] == '\'' && begins_a_formula(cell[1]);
  return put_in_front ? cell.substr(1) : cell;
}

}  // namespace turnkey::registry
