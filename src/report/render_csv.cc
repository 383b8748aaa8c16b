// SPDX-License-Identifier: Apache-2.0
// A table as CSV (RFC 4180).

#include <fmt/format.h>

#include <cmath>

#include "report/render.h"

namespace lentil {
namespace {

// Words with what would end them stand between quotes.
std::string Quoted(const std::string& words) {
  if (words.find_first_of(",\"\r\n") == std::string::npos) return words;
  std::string quoted = "\"";
  for (const char c : words) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

// All digits of a number; nothing for what is none.
std::string Field(const Cell& cell) {
  if (const auto* words = std::get_if<std::string>(&cell)) {
    return Quoted(*words);
  }
  if (const auto* yes = std::get_if<bool>(&cell)) {
    return *yes ? "true" : "false";
  }
  if (const auto* count = std::get_if<uint64_t>(&cell)) {
    return fmt::format("{}", *count);
  }
  const auto* value = std::get_if<double>(&cell);
  return value != nullptr && std::isfinite(*value) ? fmt::format("{}", *value)
                                                   : "";
}

}  // namespace

std::string RenderCsv(const Table& table) {
  std::string text;
  const auto add_line = [&](const auto& field) {
    const char* separator = "";
    for (size_t c = 0; c < table.columns.size(); ++c) {
      if (table.columns[c].key.empty()) continue;
      text += separator + field(c);
      separator = ",";
    }
    text += "\r\n";
  };
  add_line([&](size_t c) { return Quoted(table.columns[c].key); });
  for (const TableRow& row : table.rows) {
    add_line([&](size_t c) { return Field(row.cells[c]); });
  }
  return text;
}

}  // namespace lentil
