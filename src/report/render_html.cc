// SPDX-License-Identifier: Apache-2.0
// A report as one page of HTML.

#include <fmt/format.h>

#include "base/messages.h"
#include "report/render.h"
#include "report/scatter_svg.h"

namespace lentil {
namespace {

constexpr std::string_view kStyle = R"(
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 84rem;
  background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: 1.7rem; font-weight: 650; margin: 0 0 .3rem; }
h2 { font-size: 1.2rem; font-weight: 650; margin: 3rem 0 .2rem;
  overflow-wrap: anywhere; }
.facts { color: var(--soft); margin: 0; }
.facts b { color: var(--ink); font-weight: 500; }
.facts span + span::before { content: "\00b7"; margin: 0 .5em; }
.charts { display: grid; gap: 1rem 2rem; margin: 1rem 0 1.5rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); }
figure { margin: 0; max-width: 44rem; }
figcaption { font-weight: 600; margin-bottom: .3rem; }
figcaption small { color: var(--soft); font-weight: 400; margin-left: .4em; }
svg { width: 100%; height: auto; display: block; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%;
  font-variant-numeric: tabular-nums; }
th { color: var(--soft); font-weight: 500; vertical-align: bottom; }
th button { all: unset; cursor: pointer; }
th button:focus-visible { outline: 2px solid var(--own); }
th[aria-sort] { color: var(--ink); }
th[aria-sort=ascending] button::after { content: " \2191"; }
th[aria-sort=descending] button::after { content: " \2193"; }
th, td { padding: .32rem .8rem; text-align: right; white-space: nowrap;
  border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { padding-left: .2rem; }
.words { text-align: left; }
tbody tr:hover { background: var(--hover); }
tr.own td:first-child { color: var(--own); font-weight: 600; }
tr.failed td { color: var(--bad); }
.note { color: var(--soft); margin: .5rem 0 0; overflow-wrap: anywhere; }
)";

// A heading sorts its table's rows, and again the other way round; what is
// empty stays last.
constexpr std::string_view kSorting = R"(
for (const table of document.querySelectorAll("table")) {
  const valueOf = (row, i) => {
    const cell = row.cells[i];
    return "v" in cell.dataset ? Number(cell.dataset.v) : cell.textContent;
  };
  table.tHead.addEventListener("click", (event) => {
    const head = event.target.closest("th");
    if (!head) return;
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentNode.cells)
      other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const i = head.cellIndex;
    const compare = (a, b) => {
      const x = valueOf(a, i), y = valueOf(b, i);
      if (x === "" || y === "") return (x === "") - (y === "");
      const order = typeof x === "number" && typeof y === "number"
          ? x - y : String(x).localeCompare(String(y));
      return down ? -order : order;
    };
    table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
  });
}
)";

std::string_view ClassOf(Mark mark) {
  switch (mark) {
    case Mark::kOwn:
      return " class=\"own\"";
    case Mark::kFailed:
      return " class=\"failed\"";
    case Mark::kPlain:
      break;
  }
  return "";
}

void AppendFacts(const std::vector<Fact>& facts, std::string* out) {
  *out += "<p class=\"facts\">";
  for (const Fact& fact : facts) {
    if (fact.title.empty()) continue;
    *out += fmt::format("<span>{} <b>{}</b></span>", EscapeHtml(fact.title),
                        EscapeHtml(CellText(fact.value)));
  }
  *out += "</p>\n";
}

// What a number is sorted by: people's digits are rounded and grouped.
std::string SortValue(const Cell& cell) {
  if (const auto* count = std::get_if<uint64_t>(&cell)) {
    return fmt::format(" data-v=\"{}\"", *count);
  }
  if (const auto* measured = std::get_if<double>(&cell)) {
    return fmt::format(" data-v=\"{}\"", *measured);
  }
  return "";
}

void AppendCells(const Table& table, const TableRow& row, std::string* out) {
  *out += fmt::format("<tr{}>", ClassOf(row.mark));
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const Column& column = table.columns[c];
    if (column.title.empty()) continue;
    const Cell& cell = row.cells[c];
    const bool words = std::holds_alternative<std::string>(cell);
    *out += fmt::format("<td{}{}>{}</td>", words ? " class=\"words\"" : "",
                        SortValue(cell),
                        EscapeHtml(CellText(cell, column.decimals)));
  }
  *out += "</tr>\n";
}

// A heading stands where the values of the first row stand.
void AppendTable(const Table& table, std::string* out) {
  *out += "<div class=\"table\"><table>\n<thead><tr>";
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].title.empty()) continue;
    const bool words =
        !table.rows.empty() &&
        std::holds_alternative<std::string>(table.rows[0].cells[c]);
    *out += fmt::format("<th{}><button>{}</button></th>",
                        words ? " class=\"words\"" : "",
                        EscapeHtml(table.columns[c].title));
  }
  *out += "</tr></thead>\n<tbody>\n";
  for (const TableRow& row : table.rows) AppendCells(table, row, out);
  *out += "</tbody></table></div>\n";
  for (const std::string& note : table.notes) {
    *out += fmt::format("<p class=\"note\">{}</p>\n", EscapeHtml(note));
  }
}

void AppendCharts(const std::vector<Scatter>& charts, std::string* out) {
  if (charts.empty()) return;
  *out += "<div class=\"charts\">\n";
  for (const Scatter& chart : charts) {
    *out += fmt::format(
        "<figure><figcaption>{} <small>{}</small></figcaption>\n{}</figure>\n",
        EscapeHtml(chart.title), EscapeHtml(chart.hint), RenderScatter(chart));
  }
  *out += "</div>\n";
}

}  // namespace

std::string EscapeHtml(std::string_view given) {
  const std::string text = Printable(given);
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string RenderHtml(const Report& report) {
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<title>{}</title>\n<style>{}{}{}</style>\n</head>\n<body>\n<h1>{}</"
      "h1>\n",
      EscapeHtml(report.title), kPalette, kStyle, kChartStyle,
      EscapeHtml(report.title));
  AppendFacts(report.facts, &out);
  for (const Table& table : report.tables) {
    out += fmt::format("<h2>{}</h2>\n", EscapeHtml(table.name));
    AppendFacts(table.facts, &out);
    AppendCharts(table.charts, &out);
    AppendTable(table, &out);
  }
  return out + fmt::format("<script>{}</script>\n</body>\n</html>\n", kSorting);
}

}  // namespace lentil
