// SPDX-License-Identifier: Apache-2.0
// lentil contamination: does the model know these texts too well?

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <sstream>

#include "base/file.h"
#include "cli/contamination_data.h"
#include "cli/contamination_report.h"
#include "cli/input.h"
#include "cli/late_files.h"
#include "cli/setters.h"
#include "cli/subject.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "report/render.h"

namespace lentil {
namespace {

constexpr uint64_t kDefaultLimit = 64 << 10;
constexpr uint64_t kMostLimit = 64 << 20;
constexpr uint64_t kMostUnpacked = 256 << 20;  // of all texts, without -M
constexpr uint64_t kMostList = 16 << 20;       // bytes of names

// What only `contamination` asks.
struct ContaminationFlags {
  std::vector<std::string> references;  // files and folders
  std::string known;                    // a list
  uint64_t limit = kDefaultLimit;
  uint64_t seed = 1;
  std::string csv;  // names of files to write
  std::string html;

  std::vector<ExtraFlag> Table();
};

Status BadValue(std::string what) {
  return Status(Code::kInvalidArgument, std::move(what));
}

Result<uint64_t> ParseLimit(const std::string& text) {
  LENTIL_ASSIGN_OR_RETURN(const uint64_t limit, ParseSize(text));
  if (limit >= kLeastText && limit <= kMostLimit) return limit;
  return BadValue(
      fmt::format("'{}' is not a size from {} to 64MiB", text, kLeastText));
}

std::vector<ExtraFlag> ContaminationFlags::Table() {
  return {
      {"--reference", "PATH",
       "texts of the same kind that the model cannot know; repeat it",
       ToList(&references)},
      {"--known", "FILE",
       "names of texts that were trained on, one a line: adds the ROC",
       ToText(&known)},
      {"--limit", "SIZE", "only so many first bytes of a text (default: 64KiB)",
       [this](const std::string& v) {
         LENTIL_ASSIGN_OR_RETURN(limit, ParseLimit(v));
         return Status();
       }},
      {"--seed", "N", "of the shuffled controls (default: 1)",
       ToWhole<uint64_t>(0, UINT64_MAX, &seed)},
      {"--csv", "FILE", "also write the table as CSV", ToText(&csv)},
      {"--html", "FILE", "also write a page with table and chart",
       ToText(&html)},
  };
}

// Texts to be judged, then references.
struct Texts {
  std::vector<NamedText> all;
  size_t files = 0;
};

Result<Texts> ReadTexts(const Flags& flags, const ContaminationFlags& own,
                        Talk* talk, int* exit) {
  Texts texts;
  DataBudget budget = DataBudget::Of(
      flags.memory_limit, kMostUnpacked,
      "give fewer texts, a smaller --limit, or -M SIZE to hold more");
  const auto any = [](const std::string&) { return true; };
  for (const std::string& name : ExpandInputs(flags, any, talk, exit)) {
    Result<NamedText> text = ReadText(name, own.limit, &budget);
    if (text.ok()) {
      texts.all.push_back(*std::move(text));
    } else {
      *exit = std::max<int>(*exit, talk->Error("", text.status()));
    }
  }
  texts.files = texts.all.size();
  for (const std::string& path : own.references) {
    LENTIL_RETURN_IF_ERROR(
        AppendTexts(path, own.limit, &budget, talk, &texts.all));
  }
  return texts;
}

// Marks rows whose name, or its last part, stands in the list.
Status MarkKnown(const std::string& list, std::vector<ContaminationRow>* rows) {
  const Result<std::vector<uint8_t>> read = ReadFile(list, kMostList);
  if (!read.ok()) return read.status().WithContext(list);
  std::istringstream lines(std::string(read->begin(), read->end()));
  std::set<std::string> names;
  for (std::string line; std::getline(lines, line);) names.insert(line);
  size_t known = 0;
  for (ContaminationRow& row : *rows) {
    const std::string base = std::filesystem::path(row.file).filename();
    row.is_known = names.contains(row.file) || names.contains(base);
    known += *row.is_known ? 1 : 0;
  }
  if (known > 0 && known < rows->size()) return Status();
  return Status(Code::kInvalidArgument,
                fmt::format("{}: names {} of {} texts; a ROC needs some and "
                            "not all",
                            list, known, rows->size()));
}

Result<ContaminationFindings> Find(const Flags& flags,
                                   const ContaminationFlags& own,
                                   const Subject& subject, const Texts& texts,
                                   Talk* talk) {
  const ContaminationOptions options = {subject.model, own.seed,
                                        flags.NumThreads()};
  LENTIL_ASSIGN_OR_RETURN(
      const std::vector<ContaminationSample> samples,
      MeasureContamination(texts.all, options, [&](size_t done) {
        if (!talk->ShowsProgress()) return;
        talk->ProgressLine(
            fmt::format("{} of {} texts", done, texts.all.size()));
      }));
  talk->EndProgress();
  std::vector<ContaminationSignals> signals;
  for (const ContaminationSample& s : samples) signals.push_back(SignalsOf(s));
  const std::span<const ContaminationSignals> all = signals;
  const std::vector<ContaminationScore> scores =
      ScoreContamination(all.first(texts.files), all.subspan(texts.files));
  ContaminationFindings findings = {
      subject.name, {}, texts.all.size() - texts.files, own.limit, own.seed};
  for (size_t i = 0; i < texts.files; ++i) {
    findings.rows.push_back(
        {texts.all[i].name, samples[i], signals[i], scores[i], {}});
  }
  if (!own.known.empty()) {
    LENTIL_RETURN_IF_ERROR(MarkKnown(own.known, &findings.rows));
  }
  return findings;
}

int Run(const Flags& flags, const ContaminationFlags& own, Talk* talk) {
  const Result<Subject> subject = SubjectOf(flags);
  if (!subject.ok()) return talk->Error("", subject.status());
  LateFiles files(flags, talk);
  if (const int failed = files.Check(std::array{own.csv, own.html});
      failed != kExitOk) {
    return failed;
  }
  int exit = kExitOk;
  const Result<Texts> texts = ReadTexts(flags, own, talk, &exit);
  if (!texts.ok()) return std::max<int>(exit, talk->Error("", texts.status()));
  if (texts->files == 0) return exit;
  const Result<ContaminationFindings> findings =
      Find(flags, own, *subject, *texts, talk);
  talk->EndProgress();
  if (!findings.ok()) {
    return std::max<int>(exit, talk->Error("", findings.status()));
  }
  const Report report = ContaminationReport(*findings);
  fmt::print("{}", flags.json ? RenderJson(report) : RenderText(report));
  exit = std::max(exit, files.Write(0, RenderCsv(report.tables[0])));
  return std::max(exit, files.Write(1, RenderHtml(report)));
}

}  // namespace

int RunContamination(Args args) {
  static constexpr Syntax kSyntax = {
      "contamination",
      "ranks texts by how much better a model knows them than it should",
      "[FLAGS] FILE...",
      kFileFlags | kForceFlags | kThreadFlags | kModelFlags | kJsonFlags |
          kMemoryFlags};
  Flags flags;
  ContaminationFlags own;
  const std::vector<ExtraFlag> table = own.Table();
  if (const auto exit = ParseFlags(kSyntax, args, &flags, table)) return *exit;
  if (flags.files.empty()) return UsageError("contamination", "which FILE?");
  Talk talk(flags.loudness, flags.progress);
  return Run(flags, own, &talk);
}

}  // namespace lentil
