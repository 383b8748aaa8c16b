// SPDX-License-Identifier: Apache-2.0
// Figure 2: the adjusted rate of models of several sizes, for more and less
// data.

#include <fmt/format.h>

#include <algorithm>

#include "cli/figures.h"
#include "cli/repro/experiment.h"

namespace lentil {
namespace {

constexpr uint64_t kChunks = 512;
constexpr double kSizes[] = {1e5, 1e6, 1e7, 1e8, 1e9, 1e10};
constexpr const char* kSizeNames[] = {"0.1 MB", "1 MB", "10 MB",
                                      "100 MB", "1 GB", "10 GB"};

double Adjusted(const EvalResult& result, double size) {
  const Figures figures(result.rows.back().score, result.subject);
  return figures.rate + static_cast<double>(result.subject.bytes) / size;
}

// Adjusted rate against the size of the model, a curve for each size of data;
// compressors have no size and are left out.
Scatter Chart(const std::vector<EvalResult>& results) {
  Scatter chart = {"Adjusted rate against the size of the model",
                   "model bytes",
                   "adjusted %",
                   {}};
  chart.joined = true;
  chart.hint = "low is best; named by the bytes of data";
  for (const EvalResult& result : results) {
    for (size_t i = 0; i < std::size(kSizes); ++i) {
      const double percent = Adjusted(result, kSizes[i]) * 100;
      if (result.subject.bytes == 0 || percent > 100) continue;
      chart.points.push_back({static_cast<double>(result.subject.bytes),
                              percent, kSizeNames[i], Mark::kOwn});
    }
  }
  return chart;
}

// Rows from the smallest model to the largest, and which is best.
Table ToTable(const std::vector<EvalResult>& results) {
  Table table;
  table.name = "lmic-scaling: text";
  table.columns = {{"subject", "subject"}, {"model_bytes", "model bytes"}};
  for (const char* name : kSizeNames) {
    table.columns.push_back(
        {fmt::format("adjusted_percent_{}", name), name, 2});
  }
  std::vector<std::string> best(std::size(kSizes));
  std::vector<double> least(std::size(kSizes), 1e300);
  for (const EvalResult& result : results) {
    TableRow row;
    row.mark = result.subject.bytes > 0 ? Mark::kOwn : Mark::kPlain;
    row.cells = {result.subject.name, result.subject.bytes};
    for (size_t i = 0; i < std::size(kSizes); ++i) {
      const double rate = Adjusted(result, kSizes[i]);
      row.cells.emplace_back(rate * 100);
      if (rate >= least[i]) continue;
      least[i] = rate;
      best[i] = result.subject.name;
    }
    table.rows.push_back(std::move(row));
  }
  TableRow turn;
  turn.cells = {"least", Cell()};
  for (const std::string& name : best) turn.cells.emplace_back(name);
  table.rows.push_back(std::move(turn));
  table.notes = {
      "adjusted %: code and model ÷ source, had so much data the rate of this "
      "sample; down a column the curve falls and turns where the model is too "
      "large for the data"};
  table.charts = {Chart(results)};
  return table;
}

}  // namespace

Result<std::vector<Table>> ReproScaling(Repro* repro) {
  LENTIL_ASSIGN_OR_RETURN(const std::optional<EvalData> data,
                          repro->Read(SetKind::kText, repro->Chunks(kChunks)));
  if (!data) return std::vector<Table>();
  LENTIL_ASSIGN_OR_RETURN(std::vector<Subject> subjects,
                          repro->Subjects("lzma"));
  LENTIL_ASSIGN_OR_RETURN(std::vector<Subject> models, repro->Models());
  std::sort(
      models.begin(), models.end(),
      [](const Subject& a, const Subject& b) { return a.bytes < b.bytes; });
  std::move(models.begin(), models.end(), std::back_inserter(subjects));
  Evaluation evaluation(std::move(subjects), {}, repro->talk());
  if (evaluation.Add(*data, kSetChunk) != kExitOk) {
    return Status(Code::kVerifyFailed, "no figures of the text");
  }
  return std::vector<Table>{ToTable(evaluation.results())};
}

}  // namespace lentil
