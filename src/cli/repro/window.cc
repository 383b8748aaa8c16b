// SPDX-License-Identifier: Apache-2.0
// Section 3.1 names a sliding window and runs chunks only: here are both.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/figures.h"
#include "cli/repro/experiment.h"

namespace lentil {
namespace {

constexpr uint64_t kChunks = 128;  // in a row: 256 KiB
constexpr uint64_t kPieces[] = {256, 512, 1024, 2048, 4096, 16384, 65536};

// Text in one piece: the beginning of the first file that is long enough.
Result<std::optional<EvalData>> ReadInARow(Repro* repro, uint64_t bytes) {
  LENTIL_ASSIGN_OR_RETURN(std::optional<EvalData> data,
                          repro->Read(SetKind::kText, UINT64_MAX));
  if (data && data->bytes.size() > bytes) data->bytes.resize(bytes);
  return data;
}

}  // namespace

Result<std::vector<Table>> ReproWindow(Repro* repro) {
  const uint64_t bytes = repro->Chunks(kChunks) * kSetChunk;
  LENTIL_ASSIGN_OR_RETURN(const std::optional<EvalData> data,
                          ReadInARow(repro, bytes));
  if (!data) return std::vector<Table>();
  LENTIL_ASSIGN_OR_RETURN(std::vector<Subject> models, repro->Models());
  Evaluation evaluation(std::move(models), {}, repro->talk());
  Table table;
  table.name = "lmic-window: text";
  table.facts = {{"bytes", "bytes", uint64_t{data->bytes.size()}}};
  table.columns = {{"subject", "subject"}, {"sees", "sees"}};
  std::vector<uint64_t> pieces;
  for (const uint64_t piece : kPieces) {
    if (piece < data->bytes.size()) pieces.push_back(piece);
  }
  pieces.push_back(data->bytes.size());
  for (const uint64_t piece : pieces) {
    if (evaluation.Add(*data, piece) != kExitOk) {
      return Status(Code::kVerifyFailed, "no figures of the text");
    }
    const bool whole = piece == data->bytes.size();
    table.columns.push_back(
        {whole ? "percent_sliding" : fmt::format("percent_{}", piece),
         whole ? "sliding" : fmt::format("{}", piece), 2});
  }
  for (const EvalResult& result : evaluation.results()) {
    TableRow row;
    row.mark = Mark::kOwn;
    uint64_t sees = 0;
    for (const uint32_t w : result.subject.model->config().windows) sees += w;
    row.cells = {result.subject.name, sees};
    for (const EvalRow& piece : result.rows) {
      row.cells.emplace_back(Figures(piece.score, result.subject).rate * 100);
    }
    table.rows.push_back(std::move(row));
  }
  table.notes = {
      "raw % in pieces of so many bytes, each coded alone; sliding: in one "
      "piece, where a byte sees back as far as the windows of all layers reach "
      "together. A sliding window costs no more time here: keys and values are "
      "kept, not computed again"};
  return std::vector<Table>{std::move(table)};
}

}  // namespace lentil
