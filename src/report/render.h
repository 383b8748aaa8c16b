// SPDX-License-Identifier: Apache-2.0
// A report as text for a terminal, as JSON, as CSV, as Markdown, or as one page
// of HTML.

#ifndef LENTIL_REPORT_RENDER_H_
#define LENTIL_REPORT_RENDER_H_

#include <string>
#include <string_view>

#include "report/report.h"

namespace lentil {

// A cell for people: "" for nothing, counts and large numbers in groups of
// three ("47,123"), doubles with the column's decimals or three digits.
std::string CellText(const Cell& cell, int decimals = kThreeDigits);

// The tables one after the other, columns aligned, without charts. Words stand
// left, numbers right. Ends with a line break.
std::string RenderText(const Report& report);

// One object: title, facts by key, "tables" with their facts by key and "rows"
// as objects by column key. Bytes that are not UTF-8 are replaced. Ends with a
// line break.
std::string RenderJson(const Report& report);

// The rows of a table under the keys of its columns, one a line, with all
// digits; RFC 4180 says how fields are quoted.
std::string RenderCsv(const Table& table);

// The table as Markdown has it, for a page such as a README: cells as in
// RenderText, notes below it.
std::string RenderMarkdown(const Table& table);

// One page that needs nothing else: tables, and charts as inline SVG. Light or
// dark as the reader's system is.
std::string RenderHtml(const Report& report);

// Text as it may stand in HTML, in attributes as well.
std::string EscapeHtml(std::string_view text);

}  // namespace lentil

#endif  // LENTIL_REPORT_RENDER_H_
