// SPDX-License-Identifier: Apache-2.0
// Figure 4: what a longer sequence is worth, without any learning of weights.

#include <fmt/format.h>

#include <numeric>

#include "cli/figures.h"
#include "cli/repro/experiment.h"

namespace lentil {
namespace {

constexpr uint64_t kChunks = 256;
constexpr size_t kLengths[] = {32, 64, 128, 256, 512, 1024, 2048};

std::vector<Column> Columns() {
  std::vector<Column> columns = {{"subject", "subject"},
                                 {"measure", "measure"}};
  for (const size_t length : kLengths) {
    columns.push_back(
        {fmt::format("percent_{}", length), fmt::format("{}", length), 2});
  }
  return columns;
}

// The first bytes of each chunk.
EvalData Heads(const EvalData& data, size_t length) {
  EvalData heads = {data.name, {}, data.form};
  for (size_t at = 0; at < data.bytes.size(); at += kSetChunk) {
    const auto begin = data.bytes.begin() + static_cast<ptrdiff_t>(at);
    heads.bytes.insert(heads.bytes.end(), begin,
                       begin + static_cast<ptrdiff_t>(length));
  }
  return heads;
}

// The figures of a row, against the lengths.
void AppendCurve(const TableRow& row, Table* table) {
  if (table->charts.empty()) {
    Scatter chart = {"Rate against length", "bytes of a sequence", "raw %", {}};
    chart.joined = true;
    chart.hint = "low is best";
    table->charts.push_back(std::move(chart));
  }
  for (size_t i = 0; i < std::size(kLengths); ++i) {
    table->charts[0].points.push_back(
        {static_cast<double>(kLengths[i]), std::get<double>(row.cells[i + 2]),
         std::get<std::string>(row.cells[0]), row.mark});
  }
}

// Of a model: all up to a length, and what the last half of it costs.
void AppendModel(const EvalResult& result, Table* table) {
  const std::vector<double>& bits = result.rows.back().score.position_bits;
  TableRow mean = {{result.subject.name, "sequence"}, Mark::kOwn};
  TableRow last = {{result.subject.name, "second half"}, Mark::kOwn};
  for (const size_t length : kLengths) {
    const auto rate = [&bits](size_t begin, size_t end) {
      return std::accumulate(bits.begin() + static_cast<ptrdiff_t>(begin),
                             bits.begin() + static_cast<ptrdiff_t>(end), 0.0) /
             static_cast<double>(end - begin) / 8 * 100;
    };
    mean.cells.emplace_back(rate(0, length));
    last.cells.emplace_back(rate(length / 2, length));
  }
  AppendCurve(mean, table);
  table->rows.push_back(std::move(mean));
  table->rows.push_back(std::move(last));
}

// Of a compressor: sequences of each length, with one header for all.
Status AppendBaselines(Repro* repro, const EvalData& data, Table* table) {
  LENTIL_ASSIGN_OR_RETURN(std::vector<Subject> subjects,
                          repro->Subjects("gzip,lzma"));
  Evaluation evaluation(std::move(subjects), {}, repro->talk());
  for (const size_t length : kLengths) {
    if (evaluation.Add(Heads(data, length), length) != kExitOk) {
      return Status(Code::kVerifyFailed, "no figures of these sequences");
    }
  }
  for (const EvalResult& result : evaluation.results()) {
    TableRow row = {{result.subject.name, "sequence"}, Mark::kPlain};
    for (const EvalRow& length : result.rows) {
      row.cells.emplace_back(Figures(length.score, result.subject).one_header *
                             100);
    }
    AppendCurve(row, table);
    table->rows.push_back(std::move(row));
  }
  return Status();
}

}  // namespace

Result<std::vector<Table>> ReproContext(Repro* repro) {
  std::vector<Table> tables;
  for (const SetKind kind :
       {SetKind::kText, SetKind::kGray, SetKind::kAudio8, SetKind::kAudio16}) {
    LENTIL_ASSIGN_OR_RETURN(const std::optional<EvalData> data,
                            repro->Read(kind, repro->Chunks(kChunks)));
    if (!data) continue;
    Table table;
    table.name = fmt::format("lmic-context: {}", NameOf(kind));
    table.columns = Columns();
    LENTIL_RETURN_IF_ERROR(AppendBaselines(repro, *data, &table));
    LENTIL_ASSIGN_OR_RETURN(std::vector<Subject> models, repro->Models());
    Evaluation evaluation(std::move(models), EvalExtras{std::nullopt, true},
                          repro->talk());
    if (evaluation.Add(*data, kSetChunk) != kExitOk) {
      return Status(Code::kVerifyFailed, "no figures of this set");
    }
    for (const EvalResult& result : evaluation.results()) {
      AppendModel(result, &table);
    }
    tables.push_back(std::move(table));
  }
  if (!tables.empty()) {
    tables.back().notes = {
        "sequence: raw % of all sequences of that many bytes; second half: of "
        "their later half alone, read off the predictions whose codes were "
        "decoded"};
  }
  return tables;
}

}  // namespace lentil
