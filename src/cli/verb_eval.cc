// SPDX-License-Identifier: Apache-2.0
// lentil eval: bits per byte of models, levels and baselines, raw and charged
// for the model's own bytes.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/eval_data.h"
#include "cli/eval_report.h"
#include "cli/evaluation.h"
#include "cli/input.h"
#include "cli/late_files.h"
#include "cli/score.h"
#include "cli/setters.h"
#include "cli/verb.h"
#include "report/render.h"

namespace lentil {
namespace {

constexpr uint64_t kMostChunk = uint64_t{64} << 20;
constexpr uint64_t kRandomChunks = 512;  // of a set of noise without --limit
constexpr uint64_t kNotGiven = UINT64_MAX;

// What only `eval` asks.
struct EvalFlags {
  std::string subjects;
  EvalCut cut;
  bool paper_masking = false;
  std::string positions;  // names of files to write
  std::string csv;
  std::string html;

  std::vector<ExtraFlag> Table();
};

Result<SetKind> ParseSet(const std::string& text) {
  if (const auto kind = SetKindOf(text)) return *kind;
  return Status(
      Code::kInvalidArgument,
      fmt::format("'{}' is none of text, gray, audio8, audio16, random", text));
}

std::vector<ExtraFlag> EvalFlags::Table() {
  constexpr uint64_t kMost = UINT64_MAX - 1;
  return {
      {"--subjects", "LIST",
       "models, level0 to level9, and gzip, lzma, zstd, brotli, png, png32, "
       "webp, jxl, flac, between commas",
       ToText(&subjects)},
      {"--set", "SET",
       "cut the files into chunks: text, gray, audio8, audio16; or random",
       [this](const std::string& v) {
         LENTIL_ASSIGN_OR_RETURN(cut.set, ParseSet(v));
         return Status();
       }},
      {"--limit", "N", "only so many chunks, spread evenly",
       ToWhole<uint64_t>(1, kMost, &cut.limit)},
      {"--seed", "N", "of the choice of chunks, and of noise (default: 1)",
       ToWhole<uint64_t>(0, kMost, &cut.seed)},
      {"--paper-masking", "",
       "also the rate of 7 bits of each byte, as the paper counts it",
       ToYes(&paper_masking)},
      {"--positions", "FILE", "also write bits by position in a piece, as CSV",
       ToText(&positions)},
      {"--csv", "FILE", "also write the table as CSV", ToText(&csv)},
      {"--html", "FILE", "also write a page with table and chart",
       ToText(&html)},
  };
}

// Flags that are right each, but not together; "" if they are.
std::string_view Contradiction(const Flags& flags, const EvalFlags& eval) {
  const EvalCut& cut = eval.cut;
  const bool is_random = cut.set == SetKind::kRandom;
  if (flags.files.empty() && !is_random) return "which FILE?";
  if (!flags.files.empty() && is_random) return "--set random takes no FILE";
  if (cut.chunk > kMostChunk) return "--chunk is at most 64MiB";
  if (!eval.subjects.empty() && !flags.model.empty()) {
    return "-m and --subjects both say what to measure";
  }
  if (eval.paper_masking && !cut.set) return "--paper-masking needs --set";
  if (!eval.positions.empty() && cut.chunk == 0) {
    return "--positions needs --chunk";
  }
  return "";
}

// The data set, or one file after the other.
int AddAll(const Flags& flags, const EvalFlags& eval, Talk* talk,
           Evaluation* evaluation) {
  int exit = kExitOk;
  if (eval.cut.set) {
    const Result<EvalData> data = ReadEvalSet(flags, eval.cut, talk, &exit);
    if (!data.ok()) return std::max<int>(exit, talk->Error("", data.status()));
    return std::max(exit, evaluation->Add(*data, eval.cut.chunk));
  }
  const auto all = [](const std::string&) { return true; };
  for (const std::string& name : ExpandInputs(flags, all, talk, &exit)) {
    const Result<EvalData> data = ReadEvalFile(name, eval.cut);
    exit = std::max<int>(
        exit, data.ok() ? evaluation->Add(*data, eval.cut.chunk)
                        : talk->Error(DisplayName(name), data.status()));
  }
  return exit;
}

Result<std::vector<Subject>> Subjects(const Flags& flags,
                                      const EvalFlags& eval) {
  if (!eval.subjects.empty()) return FindSubjects(eval.subjects, flags);
  LENTIL_ASSIGN_OR_RETURN(Subject subject, SubjectOf(flags));
  return std::vector<Subject>{std::move(subject)};
}

int Run(const Flags& flags, const EvalFlags& eval,
        std::vector<Subject> subjects, Talk* talk) {
  LateFiles files(flags, talk);
  if (const int failed =
          files.Check(std::array{eval.html, eval.csv, eval.positions});
      failed != kExitOk) {
    return failed;
  }
  EvalExtras extras;
  if (eval.paper_masking) extras.mask_as = eval.cut.set;
  extras.positions = !eval.positions.empty();
  Evaluation evaluation(std::move(subjects), extras, talk);
  int exit = AddAll(flags, eval, talk, &evaluation);
  const std::vector<EvalResult>& results = evaluation.results();
  const Report report = EvalReport(results, eval.cut);
  fmt::print("{}", flags.json
                       ? EvalJson(results, eval.cut, !eval.subjects.empty())
                       : RenderText(report));
  exit = std::max(exit, files.Write(0, RenderHtml(report)));
  exit = std::max(exit, files.Write(1, RenderCsv(report.tables[0])));
  if (!files.is_wanted(2)) return exit;
  return std::max(exit, files.Write(2, RenderCsv(PositionTable(results))));
}

}  // namespace

int RunEval(Args args) {
  static constexpr Syntax kSyntax = {
      "eval",
      "bits per byte of models and others; adjusted: a model's bytes over 1 GB",
      "[FLAGS] FILE...",
      kFileFlags | kForceFlags | kLevelFlags | kThreadFlags | kMemoryFlags |
          kModelFlags | kJsonFlags | kChunkFlags};
  Flags flags;
  EvalFlags eval;
  flags.chunk = kNotGiven;
  const std::vector<ExtraFlag> table = eval.Table();
  if (const auto exit = ParseFlags(kSyntax, args, &flags, table)) return *exit;
  EvalCut& cut = eval.cut;
  cut.chunk = flags.chunk != kNotGiven ? flags.chunk : cut.set ? kSetChunk : 0;
  cut.memory = flags.memory_limit;
  if (cut.chunk > 0) flags.memory_limit = 0;  // the data's: pieces are small
  if (cut.set == SetKind::kRandom && cut.limit == kNotGiven) {
    cut.limit = kRandomChunks;
  }
  if (const std::string_view wrong = Contradiction(flags, eval);
      !wrong.empty()) {
    return UsageError("eval", wrong);
  }
  Talk talk(flags.loudness, flags.progress);
  Result<std::vector<Subject>> subjects = Subjects(flags, eval);
  if (!subjects.ok()) {
    const Status& status = subjects.status();
    return status.code() == Code::kInvalidArgument
               ? UsageError("eval", status.message())
               : talk.Error("", status);
  }
  return Run(flags, eval, std::move(*subjects), &talk);
}

}  // namespace lentil
