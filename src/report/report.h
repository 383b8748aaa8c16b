// SPDX-License-Identifier: Apache-2.0
// Findings as data: facts, tables and charts, without a word on how they look.
// report/render.h makes text, JSON and a page of them.

#ifndef LENTIL_REPORT_REPORT_H_
#define LENTIL_REPORT_REPORT_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace lentil {

// Nothing, words, yes or no, a count, or something measured.
using Cell = std::variant<std::monostate, std::string, bool, uint64_t, double>;

// What holds for a whole report or table, e.g. the number of runs.
struct Fact {
  std::string key;    // member of the JSON object
  std::string title;  // for people; "" = JSON only
  Cell value;
};

// Decimals of a column whose values span orders of magnitude.
inline constexpr int kThreeDigits = -1;

struct Column {
  std::string key;    // member of a row's JSON object; "" = not in JSON
  std::string title;  // heading for people; "" = JSON only
  int decimals = kThreeDigits;  // of doubles, for people; JSON has all digits
};

// How a row or point stands out.
enum class Mark : uint8_t {
  kPlain,
  kOwn,     // what the report is about, among others
  kFailed,  // its figures are void or missing
};

struct TableRow {
  std::vector<Cell> cells;  // one for each column
  Mark mark = Mark::kPlain;
};

struct Point {
  double x = 0;
  double y = 0;
  std::string label;
  Mark mark = Mark::kPlain;
  bool on_frontier = false;  // no other point is as good in x and y, and better
};

// Points with a logarithmic x axis where more is better (x > 0), and a linear
// y axis where less is better.
struct Scatter {
  std::string title;
  std::string x_title;
  std::string y_title;
  std::vector<Point> points;
  // Beside the title: how to read it.
  std::string hint = "right and low is best; filled points are on the frontier";
  // Points of one label are a curve, from left to right, named at its end.
  bool joined = false;
};

struct Table {
  std::string name;
  std::vector<Fact> facts;
  std::vector<Column> columns;
  std::vector<TableRow> rows;
  std::vector<std::string> notes;  // below it, for people
  std::vector<Scatter> charts;     // beside it, on a page
};

struct Report {
  std::string title;
  std::vector<Fact> facts;
  std::vector<Table> tables;
};

}  // namespace lentil

#endif  // LENTIL_REPORT_REPORT_H_
