// SPDX-License-Identifier: Apache-2.0
// CSV of any bytes, whole and in pieces (the first byte chooses how long): the same rows either way, and what
// is written is read as it was.
#include <vector>

#include "domain/csv.hpp"
#include "fuzz.hpp"

namespace {

using namespace turnkey::registry;
using turnkey::fuzz::must;
using Record = CsvReader::Record;

// Drains what can be read now. False once nothing more will come.
bool take(CsvReader& reader, std::vector<Record>& records) {
  while (auto record = reader.next()) {
    must(record->cells.size() <= kMaxCsvColumns);
    records.push_back(std::move(*record));
    if (records.back().last()) return false;
  }
  return true;
}

std::size_t end_of_piece(std::string_view text, std::size_t at, std::size_t length) {
  std::size_t end = std::min(text.size(), at + length);
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
  return end;
}

std::vector<Record> read(std::string_view text, std::size_t piece) {
  CsvReader reader;
  std::vector<Record> records;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = end_of_piece(text, at, piece);
    reader.feed(text.substr(at, end - at));
    if (!take(reader, records)) return records;
    at = end;
  }
  reader.end();
  take(reader, records);
  return records;
}

bool same(const std::vector<Record>& one, const std::vector<Record>& other) {
  if (one.size() != other.size()) return false;
  for (std::size_t i = 0; i < one.size(); ++i) {
    if (one[i].line != other[i].line || one[i].cells != other[i].cells || one[i].trouble != other[i].trouble)
      return false;
  }
  return true;
}

bool readable(const std::vector<Record>& records) {
  for (const Record& record : records) {
    if (record.trouble != CsvReader::Trouble::none) return false;
  }
  return true;
}

void try_round_trip(const Record& record) {
  bool empty = true;
  for (const auto& cell : record.cells) empty = empty && cell.empty();
  if (empty) return;  // a line of nothing is left out
  // The first line decides between comma and semicolon; in our files it is one of names.
  const auto again = read("serial,name\n" + csv_line(record.cells), 1U << 20U);
  must(again.size() == 2 && again[1].cells.size() == record.cells.size());
  for (std::size_t i = 0; i < record.cells.size(); ++i) {
    const std::string& written = again[1].cells[i];
    must(written == record.cells[i] || without_apostrophe(written) == record.cells[i]);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto text = turnkey::fuzz::text_of(data, size).substr(1);
  const auto whole = read(text, text.size() + 1);
  const auto in_pieces = read(text, 1U + data[0]);
  // Where bytes are not UTF-8 more rows may have come out before the piece with them did.
  const auto not_utf8 = [](const std::vector<Record>& all) {
    return !all.empty() && all.back().trouble == CsvReader::Trouble::not_utf8;
  };
  if (!not_utf8(whole)) must(same(whole, in_pieces));
  if (readable(whole)) {
    for (const Record& record : whole) try_round_trip(record);
  }
  return 0;
}
