// SPDX-License-Identifier: Apache-2.0
// The findings of `lentil mdl` as a report.

#include "cli/mdl_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace lentil {
namespace {

using Length = double (*)(const MdlSize&);  // bytes

double Prequential(const MdlSize& size) { return size.prequential_bits / 8; }
double TwoPart(const MdlSize& size) {
  return static_cast<double>(size.model_bytes + size.data_bytes);
}
double TwoPartMixed(const MdlSize& size) {
  return static_cast<double>(size.model_bytes + size.mixed_bytes);
}

// The first of the sizes with the least length.
const MdlSize& Best(const MdlFindings& findings, Length length) {
  return *std::min_element(findings.sizes.begin(), findings.sizes.end(),
                           [length](const MdlSize& a, const MdlSize& b) {
                             return length(a) < length(b);
                           });
}

std::vector<Column> SizeColumns() {
  return {{"size", "size"},
          {"weights", "weights"},
          {"prequential_bytes", "prequential", 0},
          {"prequential_bits_per_byte", "bits/byte", 3},
          {"model_bytes", "model"},
          {"model_xz_bytes", ""},
          {"data_bytes", "data by it"},
          {"two_part_bytes", "two-part"},
          {"two_part_bits_per_byte", "bits/byte", 3},
          {"mixed_bytes", "data with context models"},
          {"mixed_two_part_bytes", "two-part"},
          {"mixed_two_part_bits_per_byte", "bits/byte", 3}};
}

double Rate(double bytes, uint64_t source) {
  return 8 * bytes / static_cast<double>(source);
}

TableRow ToRow(const MdlSize& size, uint64_t source) {
  return {
      {size.preset, size.weights, Prequential(size),
       Rate(Prequential(size), source), size.model_bytes, size.model_xz_bytes,
       size.data_bytes, size.model_bytes + size.data_bytes,
       Rate(TwoPart(size), source), size.mixed_bytes,
       size.model_bytes + size.mixed_bytes, Rate(TwoPartMixed(size), source)},
      Mark::kOwn};
}

TableRow ToRow(const MdlControl& control, uint64_t source) {
  TableRow row;
  row.cells.resize(SizeColumns().size());
  row.cells[0] = control.title;
  row.cells[9] = control.data_bytes;
  row.cells[10] = control.data_bytes;
  row.cells[11] = Rate(static_cast<double>(control.data_bytes), source);
  return row;
}

// Whether the data pay for a model's bytes.
std::string ModelNote(const MdlFindings& findings) {
  const MdlSize& best = Best(findings, TwoPartMixed);
  const auto control =
      std::min_element(findings.controls.begin(), findings.controls.end(),
                       [](const MdlControl& a, const MdlControl& b) {
                         return a.data_bytes < b.data_bytes;
                       });
  const double less =
      static_cast<double>(control->data_bytes) - TwoPartMixed(best);
  return less > 0
             ? fmt::format(
                   "The data pay for {}: with it and context models they take "
                   "{:.0f} bytes less than {}, its own counted",
                   best.preset, less, control->title)
             : fmt::format(
                   "The data do not pay for a model's bytes: {} takes "
                   "{:.0f} bytes less than {} with context models",
                   control->title, -less, best.preset);
}

std::vector<std::string> Notes(const MdlFindings& findings) {
  return {
      "prequential: each batch by the weights from before its update, every "
      "byte once and in order; the sum of -log2 p of the float trainer, not "
      "decoded here",
      "two-part: the model file and the data as coded with it, decoded and "
      "compared: by the model alone in pieces of 64 KiB, or with context "
      "models as "
      ".ltl",
      ModelNote(findings)};
}

// The rate of each stretch against the bytes seen before its end.
Scatter Chart(const MdlFindings& findings) {
  Scatter chart = {"What a byte costs while a model learns",   "bytes seen",
                   "bits/byte of the last fifth of them",      {},
                   "the lowest has learned most from so much", true};
  for (size_t s = 0; s < findings.sizes.size(); ++s) {
    const MdlSize& size = findings.sizes[s];
    PrequentialPoint before;
    for (const PrequentialPoint& point : size.curve) {
      const double rate = (point.bits - before.bits) /
                          static_cast<double>(point.bytes - before.bytes);
      chart.points.push_back({static_cast<double>(point.bytes), rate,
                              size.preset,
                              s % 2 == 0 ? Mark::kOwn : Mark::kPlain});
      before = point;
    }
  }
  return chart;
}

Table CurveTable(const MdlFindings& findings) {
  Table table;
  table.name = "prequential curve";
  table.columns = {{"size", "size"},
                   {"bytes", "bytes seen"},
                   {"bits", "", 0},
                   {"bits_per_byte", "bits/byte so far", 3},
                   {"stretch_bits_per_byte", "since the row before", 3}};
  for (const MdlSize& size : findings.sizes) {
    PrequentialPoint before;
    for (const PrequentialPoint& point : size.curve) {
      table.rows.push_back(
          {{size.preset, point.bytes, point.bits,
            point.bits / static_cast<double>(point.bytes),
            (point.bits - before.bits) /
                static_cast<double>(point.bytes - before.bytes)}});
      before = point;
    }
  }
  table.charts = {Chart(findings)};
  return table;
}

}  // namespace

Report MdlReport(const MdlFindings& findings) {
  Table table;
  table.name = "description lengths in bytes";
  table.facts = {
      {"best_prequential", "least prequential",
       Best(findings, Prequential).preset},
      {"best_two_part", "least two-part", Best(findings, TwoPart).preset},
      {"best_mixed_two_part", "least two-part with context models",
       Best(findings, TwoPartMixed).preset}};
  table.columns = SizeColumns();
  for (const MdlSize& size : findings.sizes) {
    table.rows.push_back(ToRow(size, findings.bytes));
  }
  for (const MdlControl& control : findings.controls) {
    table.rows.push_back(ToRow(control, findings.bytes));
  }
  table.notes = Notes(findings);
  Report report = {"lentil mdl",
                   {{"bytes", "bytes of data", findings.bytes},
                    {"epochs", "epochs", uint64_t{findings.epochs}},
                    {"seed", "seed", findings.seed}},
                   {}};
  report.tables = {std::move(table), CurveTable(findings)};
  return report;
}

}  // namespace lentil
