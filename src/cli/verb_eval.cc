// SPDX-License-Identifier: Apache-2.0
// lentil eval: bits per byte of a model, raw and charged for its own bytes.

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/hash.h"
#include "cli/job.h"
#include "cli/score.h"
#include "cli/text.h"
#include "cli/verb.h"

namespace lentil {
namespace {

using Json = nlohmann::ordered_json;

// An adjusted rate spreads the model's bytes over this much source, as in
// "Language Modeling Is Compression".
constexpr double kAdjustedOver = 1e9;

struct Row {
  std::string name;
  Score score;
};

// What the figures are for, and what it costs to ship.
struct Subject {
  std::string name;
  uint64_t bytes = 0;
  uint64_t hash = 0;
};

double Rate(const Score& score) {
  return BitsPerByte(score.compressed_bytes, score.bytes) / 8;
}

double AdjustedRate(const Score& score, const Subject& subject) {
  return Rate(score) + static_cast<double>(subject.bytes) / kAdjustedOver;
}

// The model that the flags choose: -m, or the level's, or none.
Result<Subject> ChooseSubject(Flags* flags) {
  if (flags->model.empty()) {
    const char* name = lentil_level_get(flags->level)->model;
    if (name == nullptr) return Subject{"zstd", 0, 0};
    flags->model = name;
  }
  LENTIL_ASSIGN_OR_RETURN(const ModelHandle model, OpenModel(flags->model));
  return Subject{flags->model, lentil_model_size(model.get()),
                 lentil_model_hash(model.get())};
}

Result<Score> ScoreFile(const Flags& flags, const std::string& name) {
  Result<std::vector<uint8_t>> source =
      name == kStdin ? ReadAll(0) : ReadFile(name);
  if (!source.ok()) return source.status();
  return flags.chunk > 0 ? ScorePieces(flags, *source)
                         : ScoreWhole(flags, *source);
}

// A figure that is not the model's should not pass for it.
void NoteOtherFrames(const Row& row, const Subject& subject, Talk* talk) {
  const uint64_t others = row.score.frames - row.score.model_frames;
  if (subject.hash == 0 || others == 0) return;
  talk->Note(fmt::format("{}: {} of {} frames are smaller without the model",
                         row.name, others, row.score.frames));
}

Row Total(const std::vector<Row>& rows) {
  Row total{"total", {}};
  for (const Row& row : rows) {
    total.score.bytes += row.score.bytes;
    total.score.compressed_bytes += row.score.compressed_bytes;
    total.score.frames += row.score.frames;
    total.score.model_frames += row.score.model_frames;
    total.score.encode_seconds += row.score.encode_seconds;
    total.score.decode_seconds += row.score.decode_seconds;
  }
  return total;
}

// Of the files, not of the bytes: a large file does not outvote the others.
double MeanBitsPerByte(const std::vector<Row>& rows) {
  double sum = 0;
  for (const Row& row : rows) sum += Rate(row.score) * 8;
  return rows.empty() ? 0 : sum / static_cast<double>(rows.size());
}

Json ToJson(const Row& row, const Subject& subject) {
  const Score& score = row.score;
  return {{"file", row.name},
          {"bytes", score.bytes},
          {"compressed_bytes", score.compressed_bytes},
          {"bits_per_byte", Rate(score) * 8},
          {"rate", Rate(score)},
          {"adjusted_rate", AdjustedRate(score, subject)},
          {"frames", score.frames},
          {"model_frames", score.model_frames},
          {"encode_seconds", score.encode_seconds},
          {"decode_seconds", score.decode_seconds}};
}

void PrintJson(const std::vector<Row>& rows, const Flags& flags,
               const Subject& subject) {
  Json files = Json::array();
  for (const Row& row : rows) files.push_back(ToJson(row, subject));
  Json total = ToJson(Total(rows), subject);
  total.erase("file");
  total["mean_bits_per_byte"] = MeanBitsPerByte(rows);
  const Json all = {{"model",
                     {{"name", subject.name},
                      {"bytes", subject.bytes},
                      {"hash", HashText(subject.hash)}}},
                    {"chunk", flags.chunk},
                    {"adjusted_over_bytes", kAdjustedOver},
                    {"decoded_and_compared", true},
                    {"files", files},
                    {"total", total}};
  fmt::print("{}\n", all.dump(2, ' ', false, Json::error_handler_t::replace));
}

void PrintRow(const Row& row, const Subject& subject) {
  fmt::print("{:>12} {:>12} {:>10.4f} {:>8.2f} {:>9.2f}  {}\n", row.score.bytes,
             row.score.compressed_bytes, Rate(row.score) * 8,
             Rate(row.score) * 100, AdjustedRate(row.score, subject) * 100,
             row.name);
}

void PrintTable(const std::vector<Row>& rows, const Subject& subject) {
  fmt::print("model {}, {} bytes; every figure decoded and compared\n",
             subject.name, subject.bytes);
  fmt::print("{:>12} {:>12} {:>10} {:>8} {:>9}  {}\n", "bytes", "compressed",
             "bits/byte", "raw %", "adj. %", "file");
  for (const Row& row : rows) PrintRow(row, subject);
  if (rows.size() < 2) return;
  PrintRow(Total(rows), subject);
  fmt::print("{:>36.4f} {:>18}  mean of the files\n", MeanBitsPerByte(rows),
             "");
}

}  // namespace

int RunEval(Args args) {
  static constexpr Syntax kSyntax = {
      "eval",
      "bits per byte of a model on files; adjusted: its bytes spread over 1 GB",
      "[FLAGS] FILE...",
      kFileFlags | kLevelFlags | kThreadFlags | kMemoryFlags | kModelFlags |
          kJsonFlags | kChunkFlags};
  Flags flags;
  if (const auto exit = ParseFlags(kSyntax, args, &flags)) return *exit;
  if (flags.files.empty()) return UsageError("eval", "which FILE?");
  if (flags.chunk > (uint64_t{64} << 20)) {
    return UsageError("eval", "--chunk is at most 64MiB");
  }
  if (flags.chunk > 0 && flags.memory_limit > 0) {
    return UsageError("eval", "--chunk knows no -M: its pieces are small");
  }
  Talk talk(flags.loudness, flags.progress);
  const Result<Subject> subject = ChooseSubject(&flags);
  if (!subject.ok()) return talk.Error("", subject.status());
  int exit = kExitOk;
  std::vector<Row> rows;
  const auto all = [](const std::string&) { return true; };
  for (const std::string& name : ExpandInputs(flags, all, &talk, &exit)) {
    if (talk.ShowsProgress()) talk.ProgressLine(DisplayName(name));
    const Result<Score> score = ScoreFile(flags, name);
    talk.EndProgress();
    if (score.ok()) {
      rows.push_back({std::string(DisplayName(name)), *score});
      NoteOtherFrames(rows.back(), *subject, &talk);
    } else {
      exit = std::max<int>(exit, talk.Error(DisplayName(name), score.status()));
    }
  }
  if (flags.json) {
    PrintJson(rows, flags, *subject);
  } else {
    PrintTable(rows, *subject);
  }
  return exit;
}

}  // namespace lentil
