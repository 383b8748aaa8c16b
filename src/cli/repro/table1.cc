// SPDX-License-Identifier: Apache-2.0
// Table 1, on any data, lossless, with every code decoded.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "bench/pay_off.h"
#include "cli/figures.h"
#include "cli/repro/experiment.h"
#include "cli/repro/paper.h"

namespace lentil {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kChunks = 512;  // 1 MiB of each set
constexpr char kBaselines[] =
    "gzip,lzma,zstd,brotli,png,png32,webp,jxl,flac,level1";

std::vector<Column> Columns() {
  return {{"subject", "subject"},
          {"chunk", "chunk"},
          {"raw_percent", "raw %", 2},
          {"interval_95_percent", "± 95 %", 2},
          {"paper_raw_percent", "paper", 1},
          {"adjusted_percent", "adj. %", 2},
          {"adjusted_float16_percent", "adj. f16 %", 2},
          {"paper_adjusted_percent", "paper", 1},
          {"one_header_percent", "one header %", 2},
          {"masked_by_code_percent", "masked: code %", 2},
          {"masked_by_text_percent", "masked: text %", 2},
          {"pays_off_bytes", "pays off from"},
          {"seconds", "s", 1}};
}

// Code bytes of the best compressor without weights, in the same pieces.
uint64_t BestWithoutWeights(const std::vector<EvalResult>& results) {
  uint64_t best = UINT64_MAX;
  for (const EvalResult& result : results) {
    if (result.subject.bytes > 0) continue;
    best = std::min(best, result.rows.back().score.compressed_bytes);
  }
  return best;
}

TableRow ToRow(const EvalResult& result, SetKind kind, bool chunked,
               uint64_t rival) {
  const Subject& subject = result.subject;
  const Score& score = result.rows.back().score;
  const Figures figures(score, subject);
  const int column = PaperColumn(kind);
  const PaperRow* paper =
      column < 0 ? nullptr : PaperRowOf(subject.name, chunked);
  const std::optional<double> pays_off =
      PayOffBytes({subject.bytes, score.bytes, score.compressed_bytes, rival});
  TableRow row;
  row.mark = subject.baseline == nullptr ? Mark::kOwn : Mark::kPlain;
  row.cells = {subject.name,
               chunked ? Cell(uint64_t{kSetChunk}) : Cell("whole"),
               figures.rate * 100,
               chunked ? Cell(figures.half_interval / 8 * 100) : Cell(),
               paper ? Cell(paper->raw[column]) : Cell(),
               figures.adjusted * 100,
               figures.adjusted_float16 * 100,
               paper ? Cell(paper->adjusted[column]) : Cell(),
               figures.one_header * 100,
               score.paper ? Cell(score.paper->by_code * 100) : Cell(),
               score.paper ? Cell(score.paper->by_text * 100) : Cell(),
               pays_off ? Cell(static_cast<uint64_t>(*pays_off)) : Cell(),
               score.encode_seconds + score.decode_seconds};
  return row;
}

// Rows of the paper that nothing of ours stands beside.
void AppendOthers(SetKind kind, Table* table) {
  const int column = PaperColumn(kind);
  if (column < 0) return;
  for (const PaperRow& row : PaperTable1()) {
    if (!row.subject.empty()) continue;
    TableRow cells;
    cells.cells.resize(table->columns.size());
    cells.cells[0] = fmt::format("{} (paper)", row.name);
    cells.cells[1] = uint64_t{kSetChunk};
    cells.cells[4] = row.raw[column];
    cells.cells[7] = row.adjusted[column];
    table->rows.push_back(std::move(cells));
  }
}

struct Pass {
  std::string subjects;  // "" = the models
  bool chunked;
};

Status AppendPass(Repro* repro, SetKind kind, const EvalData& data,
                  const Pass& pass, Table* table) {
  LENTIL_ASSIGN_OR_RETURN(std::vector<Subject> subjects,
                          repro->Subjects(pass.subjects));
  if (pass.chunked) {
    LENTIL_ASSIGN_OR_RETURN(std::vector<Subject> models, repro->Models());
    std::move(models.begin(), models.end(), std::back_inserter(subjects));
  }
  EvalExtras extras;
  if (pass.chunked && kind != SetKind::kRandom) extras.mask_as = kind;
  Evaluation evaluation(std::move(subjects), extras, repro->talk());
  if (evaluation.Add(data, pass.chunked ? kSetChunk : 0) != kExitOk) {
    return Status(Code::kVerifyFailed, "no figures of this set");
  }
  const uint64_t rival = BestWithoutWeights(evaluation.results());
  for (const EvalResult& result : evaluation.results()) {
    table->rows.push_back(ToRow(result, kind, pass.chunked, rival));
  }
  return Status();
}

}  // namespace

Result<std::vector<Table>> ReproTable1(Repro* repro) {
  std::vector<Table> tables;
  for (const SetKind kind : {SetKind::kText, SetKind::kGray, SetKind::kAudio8,
                             SetKind::kAudio16, SetKind::kRandom}) {
    LENTIL_ASSIGN_OR_RETURN(const std::optional<EvalData> data,
                            repro->Read(kind, repro->Chunks(kChunks)));
    if (!data) continue;
    Table table;
    table.name = fmt::format("lmic-table1: {}", NameOf(kind));
    table.facts = {{"set", "", std::string(NameOf(kind))},
                   {"bytes", "bytes", uint64_t{data->bytes.size()}}};
    table.columns = Columns();
    for (const Pass& pass : {Pass{kBaselines, false}, Pass{kBaselines, true}}) {
      LENTIL_RETURN_IF_ERROR(AppendPass(repro, kind, *data, pass, &table));
    }
    AppendOthers(kind, &table);
    tables.push_back(std::move(table));
  }
  if (!tables.empty()) {
    tables.back().notes = {
        "paper: enwik9, ImageNet, LibriSpeech and noise of the same kind, not "
        "these files; its PNG has rows of 32 pixels, ours of 64 but png32",
        "masked: of 7 bits of each byte, as the paper counts them for models; "
        "nothing can be restored from it",
        "pays off from: source bytes at which a model has saved its own beside "
        "the best of this table without weights"};
  }
  return tables;
}

}  // namespace lentil
