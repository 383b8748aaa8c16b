// SPDX-License-Identifier: Apache-2.0
// lentil mdl: which size of model do these data deserve?

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <sstream>

#include "cli/input.h"
#include "cli/late_files.h"
#include "cli/mdl_report.h"
#include "cli/mdl_sizes.h"
#include "cli/setters.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "report/render.h"
#include "train/data_file.h"

namespace lentil {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kMostEpochs = 1000;
// Of all data, without -M; xz, which they are compared with, takes ten times as
// much.
constexpr uint64_t kMostUnpacked = 32 << 20;

// What only `mdl` asks.
struct MdlFlags {
  std::vector<const Preset*> presets;
  PrequentialOptions options;
  uint64_t limit = UINT64_MAX;
  std::string csv;  // names of files to write
  std::string curve;
  std::string html;

  std::vector<ExtraFlag> Table();
};

Status BadValue(std::string what) {
  return Status(Code::kInvalidArgument, std::move(what));
}

Result<std::vector<const Preset*>> ParsePresets(const std::string& list) {
  std::vector<const Preset*> presets;
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');) {
    const Preset* preset = FindPreset(word);
    if (preset == nullptr) {
      return BadValue(fmt::format(
          "no preset '{}'; there are tiny, nano, small and base", word));
    }
    presets.push_back(preset);
  }
  return presets;
}

std::vector<ExtraFlag> MdlFlags::Table() {
  return {
      {"--presets", "LIST",
       "sizes between commas (default: tiny,nano,small; there is base, too)",
       [this](const std::string& v) {
         LENTIL_ASSIGN_OR_RETURN(presets, ParsePresets(v));
         return Status();
       }},
      {"--epochs", "N",
       "passes over the data for the two-part code, at least 2 (default: 4)",
       ToWhole<uint32_t>(2, kMostEpochs, &options.epochs)},
      {"--limit", "SIZE", "only so many first bytes of the data",
       [this](const std::string& v) {
         LENTIL_ASSIGN_OR_RETURN(limit, ParseSize(v));
         return limit > 0 ? Status() : BadValue("0 bytes are no data");
       }},
      {"--seed", "N", "of the first weights (default: 1)",
       ToWhole<uint64_t>(0, UINT64_MAX, &options.seed)},
      {"--csv", "FILE", "also write the table as CSV", ToText(&csv)},
      {"--curve", "FILE", "also write bits over bytes seen, as CSV",
       ToText(&curve)},
      {"--html", "FILE", "also write a page with tables and chart",
       ToText(&html)},
  };
}

// Appends the first bytes of an input, at most `limit`.
Status AppendData(const std::string& name, uint64_t limit, DataBudget* budget,
                  std::vector<uint8_t>* data) {
  LENTIL_ASSIGN_OR_RETURN(
      DataFile file, name == kStdin ? DataFile::Stdin() : DataFile::Open(name));
  LENTIL_ASSIGN_OR_RETURN(std::vector<uint8_t> bytes,
                          ReadData(&file, limit, budget));
  if (data->empty()) {
    *data = std::move(bytes);
  } else {
    data->insert(data->end(), bytes.begin(), bytes.end());
  }
  return Status();
}

// All inputs one after the other, .xz and .zst unpacked, up to the limit. What
// failed is reported; if there are no data for that, nothing more is said.
Result<std::vector<uint8_t>> ReadData(const Flags& flags, uint64_t limit,
                                      Talk* talk, int* exit) {
  DataBudget budget = DataBudget::Of(
      flags.memory_limit, kMostUnpacked,
      "pass --limit SIZE for its first bytes, or -M SIZE to hold more");
  std::vector<uint8_t> data;
  const auto any = [](const std::string&) { return true; };
  for (const std::string& name : ExpandInputs(flags, any, talk, exit)) {
    const Status status = AppendData(name, limit - data.size(), &budget, &data);
    if (status.ok()) continue;
    *exit = std::max<int>(*exit, talk->Error(DisplayName(name), status));
  }
  if (!data.empty()) return data;
  return *exit == kExitOk ? BadValue("there are no data")
                          : Status(Code::kCancelled, "");
}

PrequentialCallback Progress(const Preset& preset, Talk* talk) {
  const Clock::time_point start = Clock::now();
  return [=, shown = start](uint64_t done, uint64_t total) mutable {
    const Clock::time_point now = Clock::now();
    if (talk->ShowsProgress() && now - shown > std::chrono::milliseconds(500)) {
      const double seconds = std::chrono::duration<double>(now - start).count();
      talk->ProgressLine(fmt::format(
          "{}: {} of {}, {} left", preset.name, SizeText(done), SizeText(total),
          DurationText(seconds * static_cast<double>(total - done) /
                       static_cast<double>(done))));
      shown = now;
    }
    return true;
  };
}

Result<MdlFindings> Find(std::span<const uint8_t> data, const MdlFlags& mdl,
                         Talk* talk) {
  MdlFindings findings = {
      data.size(), mdl.options.seed, mdl.options.epochs, {}, {}};
  LENTIL_ASSIGN_OR_RETURN(findings.controls,
                          MeasureControls(data, mdl.options.train.threads));
  for (const Preset* preset : mdl.presets) {
    LENTIL_ASSIGN_OR_RETURN(MdlSize size, MeasureMdl(data, *preset, mdl.options,
                                                     Progress(*preset, talk)));
    talk->EndProgress();
    findings.sizes.push_back(std::move(size));
  }
  return findings;
}

int Run(const Flags& flags, const MdlFlags& mdl, Talk* talk) {
  LateFiles files(flags, talk);
  if (const int failed = files.Check(std::array{mdl.csv, mdl.curve, mdl.html});
      failed != kExitOk) {
    return failed;
  }
  int exit = kExitOk;
  const Result<std::vector<uint8_t>> data =
      ReadData(flags, mdl.limit, talk, &exit);
  if (!data.ok()) return std::max<int>(exit, talk->Error("", data.status()));
  const Result<MdlFindings> findings = Find(*data, mdl, talk);
  talk->EndProgress();
  if (!findings.ok()) {
    return std::max<int>(exit, talk->Error("", findings.status()));
  }
  Report report = MdlReport(*findings);
  exit = std::max(exit, files.Write(0, RenderCsv(report.tables[0])));
  exit = std::max(exit, files.Write(1, RenderCsv(report.tables[1])));
  exit = std::max(exit, files.Write(2, RenderHtml(report)));
  if (!flags.json) report.tables.resize(1);  // the curve is long
  fmt::print("{}", flags.json ? RenderJson(report) : RenderText(report));
  return exit;
}

}  // namespace

int RunMdl(Args args) {
  static constexpr Syntax kSyntax = {
      "mdl",
      "description lengths of data by models of several sizes: which is worth "
      "its bytes?",
      "[FLAGS] FILE...",
      kFileFlags | kForceFlags | kThreadFlags | kJsonFlags | kMemoryFlags};
  Flags flags;
  MdlFlags mdl;
  mdl.presets = {FindPreset("tiny"), FindPreset("nano"), FindPreset("small")};
  const std::vector<ExtraFlag> table = mdl.Table();
  if (const auto exit = ParseFlags(kSyntax, args, &flags, table)) return *exit;
  if (flags.files.empty()) return UsageError("mdl", "which FILE?");
  if (mdl.presets.empty()) return UsageError("mdl", "--presets names none");
  mdl.options.train.threads = flags.NumThreads();
  Talk talk(flags.loudness, flags.progress);
  return Run(flags, mdl, &talk);
}

}  // namespace lentil
