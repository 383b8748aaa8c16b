// SPDX-License-Identifier: Apache-2.0
// A report as text for a terminal.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/messages.h"
#include "report/render.h"

namespace lentil {
namespace {

// Puts a comma after each group of three digits of the integer part.
std::string Grouped(std::string number) {
  const size_t point = std::min(number.find('.'), number.size());
  const size_t first = number.starts_with('-') ? 1 : 0;
  for (size_t i = point; i > first + 3; i -= 3) number.insert(i - 3, 1, ',');
  return number;
}

std::string DoubleText(double value, int decimals) {
  if (!std::isfinite(value)) return "";
  if (decimals == kThreeDigits) {
    const double size = std::abs(value);
    decimals = size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
  }
  return Grouped(fmt::format("{:.{}f}", value, decimals));
}

// Characters on a terminal, supposing one column each.
size_t Width(const std::string& text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string Padded(const std::string& text, size_t width, bool left) {
  const std::string fill(width - std::min(width, Width(text)), ' ');
  return left ? text + fill : fill + text;
}

// A column holds words if its first value does.
bool IsWords(const Table& table, size_t column) {
  for (const TableRow& row : table.rows) {
    const Cell& cell = row.cells[column];
    if (!std::holds_alternative<std::monostate>(cell)) {
      return std::holds_alternative<std::string>(cell);
    }
  }
  return true;
}

void AppendTable(const Table& table, std::string* out) {
  std::vector<std::string> lines(table.rows.size() + 1);
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const Column& column = table.columns[c];
    if (column.title.empty()) continue;
    std::vector<std::string> texts = {Printable(column.title)};
    for (const TableRow& row : table.rows) {
      texts.push_back(CellText(row.cells[c], column.decimals));
    }
    size_t width = 0;
    for (const std::string& text : texts) width = std::max(width, Width(text));
    const bool left = IsWords(table, c);
    for (size_t i = 0; i < texts.size(); ++i) {
      if (!lines[i].empty()) lines[i] += "  ";
      lines[i] += Padded(texts[i], width, left);
    }
  }
  for (std::string& line : lines) {
    line.erase(line.find_last_not_of(' ') + 1);
    *out += fmt::format("{}\n", line);
  }
  for (const std::string& note : table.notes) {
    *out += fmt::format("{}\n", Printable(note));
  }
}

// "name: title value, title value"
void AppendFacts(const std::string& name, const std::vector<Fact>& facts,
                 std::string* out) {
  *out += Printable(name);
  const char* separator = name.empty() ? "" : ": ";
  for (const Fact& fact : facts) {
    if (fact.title.empty()) continue;
    *out += fmt::format("{}{} {}", separator, fact.title, CellText(fact.value));
    separator = ", ";
  }
  *out += "\n";
}

}  // namespace

std::string CellText(const Cell& cell, int decimals) {
  if (const auto* words = std::get_if<std::string>(&cell)) {
    return Printable(*words);
  }
  if (const auto* yes = std::get_if<bool>(&cell)) return *yes ? "yes" : "no";
  if (const auto* count = std::get_if<uint64_t>(&cell)) {
    return Grouped(fmt::format("{}", *count));
  }
  if (const auto* value = std::get_if<double>(&cell)) {
    return DoubleText(*value, decimals);
  }
  return "";
}

std::string RenderText(const Report& report) {
  std::string out;
  AppendFacts(report.title, report.facts, &out);
  for (const Table& table : report.tables) {
    out += "\n";
    AppendFacts(table.name, table.facts, &out);
    AppendTable(table, &out);
  }
  return out;
}

}  // namespace lentil
