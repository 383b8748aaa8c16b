// SPDX-License-Identifier: Apache-2.0
// The figures of `lentil eval`.

#include "cli/eval_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "bench/pareto.h"
#include "cli/figures.h"
#include "cli/text.h"

namespace lentil {
namespace {

using Json = nlohmann::ordered_json;

// Of the files, not of the bytes: a large file does not outvote the others.
double MeanBitsPerByte(const std::vector<EvalRow>& rows) {
  double sum = 0;
  for (const EvalRow& row : rows) {
    sum += BitsPerByte(row.score.compressed_bytes, row.score.bytes);
  }
  return rows.empty() ? 0 : sum / static_cast<double>(rows.size());
}

Json ToJson(const EvalRow& row, const Subject& subject) {
  const Score& score = row.score;
  const Figures figures(score, subject);
  Json json = {{"file", row.file},
               {"bytes", score.bytes},
               {"compressed_bytes", score.compressed_bytes},
               {"bits_per_byte", figures.bits},
               {"interval_95", figures.half_interval},
               {"rate", figures.rate},
               {"adjusted_rate", figures.adjusted},
               {"adjusted_rate_float16", figures.adjusted_float16},
               {"rate_one_header", figures.one_header},
               {"pieces", score.pieces.size()},
               {"header_bytes", score.header_bytes},
               {"frames", score.frames},
               {"model_frames", score.model_frames},
               {"encode_seconds", score.encode_seconds},
               {"decode_seconds", score.decode_seconds}};
  if (score.paper) {
    json["paper_masked_rate"] = {{"by_code", score.paper->by_code},
                                 {"by_text", score.paper->by_text}};
  }
  if (!score.position_bits.empty()) {
    json["position_bits"] = score.position_bits;
  }
  return json;
}

Json ToJson(const EvalResult& result) {
  const Subject& subject = result.subject;
  Json files = Json::array();
  for (const EvalRow& row : result.rows) files.push_back(ToJson(row, subject));
  Json total = ToJson({"", Total(result.rows)}, subject);
  total.erase("file");
  total["mean_bits_per_byte"] = MeanBitsPerByte(result.rows);
  Json model = {{"name", subject.name},
                {"bytes", subject.bytes},
                {"weights", subject.weights},
                {"hash", HashText(subject.hash)}};
  if (subject.baseline != nullptr)
    model["title"] = std::string(subject.baseline->title);
  return {{"model", model}, {"files", files}, {"total", total}};
}

TableRow ToRow(const std::string& file, const Score& score,
               const Subject& subject, bool has_paper) {
  const Figures figures(score, subject);
  const bool charged = subject.bytes > 0;
  TableRow row;
  row.mark = subject.baseline == nullptr ? Mark::kOwn : Mark::kPlain;
  row.cells = {file,
               subject.name,
               score.bytes,
               score.compressed_bytes,
               figures.bits,
               score.pieces.size() > 1 ? Cell(figures.half_interval) : Cell(),
               figures.rate * 100,
               figures.one_header * 100,
               charged ? Cell(figures.adjusted * 100) : Cell(),
               charged ? Cell(figures.adjusted_float16 * 100) : Cell(),
               static_cast<uint64_t>(score.pieces.size()),
               score.header_bytes,
               score.encode_seconds,
               score.decode_seconds};
  if (has_paper) {
    const auto& paper = score.paper;
    row.cells.push_back(paper ? Cell(paper->by_code * 100) : Cell());
    row.cells.push_back(paper ? Cell(paper->by_text * 100) : Cell());
  }
  return row;
}

std::vector<Column> Columns(bool has_paper) {
  std::vector<Column> columns = {{"file", "file"},
                                 {"subject", "subject"},
                                 {"bytes", "bytes"},
                                 {"compressed_bytes", "compressed"},
                                 {"bits_per_byte", "bits/byte", 4},
                                 {"interval_95", "± 95 %", 4},
                                 {"rate_percent", "raw %", 2},
                                 {"one_header_percent", "one header %", 2},
                                 {"adjusted_percent", "adj. %", 2},
                                 {"adjusted_float16_percent", "adj. f16 %", 2},
                                 {"pieces", ""},
                                 {"header_bytes", ""},
                                 {"encode_seconds", ""},
                                 {"decode_seconds", ""}};
  if (has_paper) {
    columns.push_back({"paper_by_code_percent", "masked: code %", 2});
    columns.push_back({"paper_by_text_percent", "masked: text %", 2});
  }
  return columns;
}

// What a reader of the table should know.
std::vector<std::string> Notes(const std::vector<EvalResult>& results,
                               bool has_paper) {
  std::vector<std::string> notes;
  for (const EvalResult& result : results) {
    if (result.rows.size() > 1) {
      notes.push_back(
          fmt::format("{}: {:.4f} bits/byte is the mean of the "
                      "files",
                      result.subject.name, MeanBitsPerByte(result.rows)));
    }
    if (result.subject.baseline != nullptr) {
      notes.push_back(fmt::format("{}: {}", result.subject.name,
                                  result.subject.baseline->title));
    }
  }
  if (has_paper) {
    notes.emplace_back(
        "masked: of 7 bits of each byte, as the paper counts them; nothing can "
        "be restored from it");
  }
  return notes;
}

Scatter Chart(const std::vector<EvalResult>& results) {
  Scatter chart = {"Size and speed of decoding",
                   "KB/s of one thread, decoding",
                   "bits/byte",
                   {}};
  std::vector<Offer> offers;
  for (const EvalResult& result : results) {
    const Score total = Total(result.rows);
    if (total.bytes == 0 || total.decode_seconds <= 0) continue;
    const double speed =
        static_cast<double>(total.bytes) / total.decode_seconds / 1000;
    const double bits = BitsPerByte(total.compressed_bytes, total.bytes);
    offers.push_back({bits, speed});
    chart.points.push_back(
        {speed, bits, result.subject.name,
         result.subject.baseline == nullptr ? Mark::kOwn : Mark::kPlain});
  }
  const std::vector<bool> frontier = ParetoFrontier(offers);
  for (size_t i = 0; i < offers.size(); ++i) {
    chart.points[i].on_frontier = frontier[i];
  }
  return chart;
}

bool HasPaper(const std::vector<EvalResult>& results) {
  for (const EvalResult& result : results) {
    for (const EvalRow& row : result.rows) {
      if (row.score.paper) return true;
    }
  }
  return false;
}

}  // namespace

std::string EvalJson(const std::vector<EvalResult>& results, const EvalCut& cut,
                     bool list) {
  Json all = Json::object();
  if (!list) all = ToJson(results.front());
  all["chunk"] = cut.chunk;
  if (cut.set) all["set"] = std::string(NameOf(*cut.set));
  if (cut.limit < UINT64_MAX) all["limit"] = cut.limit;
  if (cut.set || cut.limit < UINT64_MAX) all["seed"] = cut.seed;
  all["adjusted_over_bytes"] = kAdjustedOver;
  all["decoded_and_compared"] = true;
  if (list) {
    Json subjects = Json::array();
    for (const EvalResult& result : results) {
      subjects.push_back(ToJson(result));
    }
    all["subjects"] = std::move(subjects);
  }
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Report EvalReport(const std::vector<EvalResult>& results, const EvalCut& cut) {
  const bool has_paper = HasPaper(results);
  Table table;
  table.name = cut.set ? std::string(NameOf(*cut.set)) : "files";
  table.facts = {{"chunk", cut.chunk > 0 ? "bytes a piece" : "", cut.chunk}};
  table.columns = Columns(has_paper);
  const size_t files = results.empty() ? 0 : results.front().rows.size();
  for (size_t i = 0; i < files; ++i) {
    for (const EvalResult& result : results) {
      const EvalRow& row = result.rows[i];
      table.rows.push_back(
          ToRow(row.file, row.score, result.subject, has_paper));
    }
  }
  for (const EvalResult& result : results) {
    if (files < 2) break;
    table.rows.push_back(
        ToRow("total", Total(result.rows), result.subject, has_paper));
  }
  table.notes = Notes(results, has_paper);
  if (files > 0) table.charts = {Chart(results)};
  Report report = {"lentil eval", {}, {}};
  for (const EvalResult& result : results) {
    if (result.subject.bytes == 0) continue;
    report.facts.push_back({result.subject.name + "_bytes",
                            "bytes of " + result.subject.name,
                            result.subject.bytes});
  }
  report.facts.push_back(
      {"decoded_and_compared", "decoded and compared", true});
  report.tables.push_back(std::move(table));
  return report;
}

Table PositionTable(const std::vector<EvalResult>& results) {
  Table table;
  table.columns = {
      {"subject", ""}, {"file", ""}, {"position", ""}, {"bits", ""}};
  for (const EvalResult& result : results) {
    for (const EvalRow& row : result.rows) {
      for (size_t t = 0; t < row.score.position_bits.size(); ++t) {
        table.rows.push_back(
            {{result.subject.name, row.file, static_cast<uint64_t>(t),
              row.score.position_bits[t]}});
      }
    }
  }
  return table;
}

}  // namespace lentil
