// SPDX-License-Identifier: Apache-2.0
// A table as Markdown.

#include "base/messages.h"
#include "report/render.h"

namespace lentil {
namespace {

// Text as it may stand in a cell.
std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : Printable(text)) {
    if (std::string_view("\\|*_`<[").find(c) != std::string_view::npos) {
      out += '\\';
    }
    out += c;
  }
  return out;
}

}  // namespace

std::string RenderMarkdown(const Table& table) {
  std::string out;
  const auto add_line = [&](const auto& cell) {
    out += "|";
    for (size_t c = 0; c < table.columns.size(); ++c) {
      if (!table.columns[c].title.empty()) out += " " + cell(c) + " |";
    }
    out += "\n";
  };
  add_line([&](size_t c) { return Escaped(table.columns[c].title); });
  add_line([&](size_t c) {
    const bool words =
        table.rows.empty() ||
        std::holds_alternative<std::string>(table.rows[0].cells[c]);
    return std::string(words ? "---" : "--:");
  });
  for (const TableRow& row : table.rows) {
    add_line([&](size_t c) {
      const std::string text =
          Escaped(CellText(row.cells[c], table.columns[c].decimals));
      return row.mark == Mark::kOwn && c == 0 ? "**" + text + "**" : text;
    });
  }
  for (const std::string& note : table.notes) {
    out += "\n" + Escaped(note) + "\n";
  }
  return out;
}

}  // namespace lentil
