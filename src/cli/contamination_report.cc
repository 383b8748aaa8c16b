// SPDX-License-Identifier: Apache-2.0
// The findings of `lentil contamination` as a report.

#include "cli/contamination_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace lentil {
namespace {

using Rows = std::vector<ContaminationRow>;

double PerByte(double bits, const ContaminationSample& sample) {
  return bits / static_cast<double>(sample.bytes);
}

std::vector<Column> Columns() {
  return {{"rank", "rank"},
          {"file", "file"},
          {"bytes", "bytes"},
          {"model_bits_per_byte", "model bits/byte", 3},
          {"reference_bits_per_byte", "reference", 3},
          {"ratio", "ratio", 3},
          {"model_words_bits_per_byte", "model, words shuffled", 3},
          {"reference_words_bits_per_byte", "reference, same", 3},
          {"model_sentences_bits_per_byte", ""},
          {"reference_sentences_bits_per_byte", ""},
          {"tail_bits", "tail bits", 2},
          {"rate_signal", ""},
          {"order_signal", ""},
          {"tail_signal", ""},
          {"rate_z", "z rate", 1},
          {"order_z", "z order", 1},
          {"tail_z", "z tail", 1},
          {"score", "score", 2},
          {"p_value", "p", 3},
          {"known", ""}};
}

TableRow ToRow(uint64_t rank, const ContaminationRow& row) {
  const ContaminationSample& sample = row.sample;
  const ControlledBits& model = sample.model;
  const ControlledBits& reference = sample.reference;
  const ContaminationScore& score = row.score;
  return {{rank,
           row.file,
           sample.bytes,
           PerByte(model.text, sample),
           PerByte(reference.text, sample),
           model.text / reference.text,
           PerByte(model.words, sample),
           PerByte(reference.words, sample),
           PerByte(model.sentences, sample),
           PerByte(reference.sentences, sample),
           sample.tail_bits,
           row.signals.rate,
           row.signals.order,
           row.signals.tail,
           score.rate_z,
           score.order_z,
           score.tail_z,
           score.score,
           score.p_value ? Cell(*score.p_value) : Cell(),
           row.is_known ? Cell(*row.is_known) : Cell()},
          row.is_known.value_or(false) ? Mark::kOwn : Mark::kPlain};
}

// What the figures can and cannot show.
std::vector<std::string> Notes(const ContaminationFindings& findings) {
  std::vector<std::string> notes = {
      "reference: level 1, which learns from nothing but the text. Score: mean "
      "of three z (rate against the reference; what the order of words is "
      "worth "
      "beyond that; the fifth of the bytes that surprise most)",
      "A high score says: the model expects this wording more than the other "
      "texts here let expect. It was trained on the text, or on quotations, "
      "copies or much text of its kind; which of these, figures cannot tell"};
  if (findings.references > 0) {
    notes.push_back(fmt::format(
        "p: how often an unseen text would score as high, if the {} references "
        "are unseen and of the same kind, length and date. At least {:.3g}; of "
        "N unseen files N · p come that low by chance",
        findings.references, 1 / static_cast<double>(findings.references + 1)));
  } else {
    notes.emplace_back(
        "Without --reference a score is relative to the other files: one is "
        "always first, and if most were trained on none stands out; no "
        "p-value");
  }
  notes.emplace_back(
      "A low score shows no absence: small models keep little of what they saw "
      "once");
  return notes;
}

// Text that the model knows lies below the cloud of the others.
Scatter Chart(const Rows& rows) {
  Scatter chart = {"Rates",
                   "reference, bits/byte",
                   "model, bits/byte",
                   {},
                   "known text lies below the others"};
  for (const ContaminationRow& row : rows) {
    chart.points.push_back(
        {PerByte(row.sample.reference.text, row.sample),
         PerByte(row.sample.model.text, row.sample),
         rows.size() <= 40 ? row.file : "",
         row.is_known.value_or(false) ? Mark::kOwn : Mark::kPlain});
  }
  return chart;
}

std::vector<RocPoint> Roc(
    const Rows& rows,
    const std::function<double(const ContaminationRow&)>& value) {
  std::vector<double> scores;
  std::vector<bool> known;
  for (const ContaminationRow& row : rows) {
    scores.push_back(value(row));
    known.push_back(row.is_known.value_or(false));
  }
  return RocOf(scores, known);
}

Table RocTable(const Rows& rows) {
  using Row = ContaminationRow;
  const std::vector<RocPoint> roc =
      Roc(rows, [](const Row& row) { return row.score.score; });
  Table table;
  table.name = "ROC";
  table.facts = {
      {"auc_score", "area under it", AreaUnder(roc)},
      {"auc_rate", "of the rate alone",
       AreaUnder(Roc(rows, [](const Row& r) { return r.signals.rate; }))},
      {"auc_order", "of the order",
       AreaUnder(Roc(rows, [](const Row& r) { return r.signals.order; }))},
      {"auc_tail", "of the tail",
       AreaUnder(Roc(rows, [](const Row& r) { return r.signals.tail; }))}};
  table.columns = {{"threshold", "score from", 2},
                   {"false_positives", "unknown files found", 3},
                   {"true_positives", "known files found", 3}};
  for (const RocPoint& point : roc) {
    table.rows.push_back(
        {{std::isfinite(point.threshold) ? Cell(point.threshold) : Cell(),
          point.false_positives, point.true_positives}});
  }
  return table;
}

}  // namespace

Report ContaminationReport(const ContaminationFindings& findings) {
  Rows rows = findings.rows;
  std::stable_sort(rows.begin(), rows.end(),
                   [](const ContaminationRow& a, const ContaminationRow& b) {
                     return a.score.score > b.score.score;
                   });
  Table table;
  table.name = "texts";
  table.columns = Columns();
  for (const ContaminationRow& row : rows) {
    table.rows.push_back(ToRow(table.rows.size() + 1, row));
  }
  table.notes = Notes(findings);
  if (!rows.empty()) table.charts = {Chart(rows)};
  Report report = {"lentil contamination", {}, {}};
  report.facts = {{"model", "model", findings.model},
                  {"references", "references", uint64_t{findings.references}},
                  {"limit", "bytes of a text", findings.limit},
                  {"tail_share", "", kTailShare},
                  {"seed", "seed of the controls", findings.seed}};
  report.tables.push_back(std::move(table));
  if (!rows.empty() && rows.front().is_known) {
    report.tables.push_back(RocTable(rows));
  }
  return report;
}

}  // namespace lentil
