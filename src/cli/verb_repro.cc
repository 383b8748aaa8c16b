// SPDX-License-Identifier: Apache-2.0
// lentil repro: a paper's exhibits again, the paper's figures beside ours.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "cli/late_files.h"
#include "cli/repro/experiment.h"
#include "cli/setters.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "report/render.h"

namespace lentil {
namespace {

using Clock = std::chrono::steady_clock;

// What only `repro` asks.
struct ReproFlags {
  ReproOptions options;
  bool all = false;
  std::string html;

  std::vector<ExtraFlag> Table();
};

std::vector<ExtraFlag> ReproFlags::Table() {
  return {
      {"--all", "", "every experiment", ToYes(&all)},
      {"--text", "PATH", "file or folder of texts; repeat it",
       ToList(&options.text)},
      {"--images", "PATH", "of pictures (PNG, PNM)", ToList(&options.images)},
      {"--audio", "PATH", "of sound (WAV, FLAC)", ToList(&options.audio)},
      {"--models", "LIST", "instead of the embedded ones, between commas",
       ToText(&options.models)},
      {"--train-text", "PATH",
       "for lmic-tokenization; else nine tenths of --text",
       ToList(&options.train_text)},
      {"--train-bytes", "SIZE", "that it trains each model on (1MiB)",
       ToSize(&options.train_bytes)},
      {"--quick", "", "a minute's version: fewer chunks",
       ToYes(&options.quick)},
      {"--chunks", "N", "of each set, instead of what an experiment takes",
       ToWhole<uint64_t>(1, UINT64_MAX - 1, &options.chunks)},
      {"--seed", "N", "of the choice of chunks, and of what is drawn (1)",
       ToWhole<uint64_t>(0, UINT64_MAX, &options.seed)},
      {"--out", "FOLDER", "where pictures and sound are written",
       ToText(&options.folder)},
      {"--html", "FILE", "also write a page with the tables", ToText(&html)},
  };
}

void PrintExperiments() {
  for (const Experiment& experiment : Experiments()) {
    fmt::print("{:<19}{}\n", experiment.name, experiment.title);
  }
}

// The experiments of the command line; kInvalidArgument says which do exist.
Result<std::vector<const Experiment*>> Chosen(const ReproFlags& flags) {
  std::vector<const Experiment*> chosen;
  if (flags.all) {
    for (const Experiment& experiment : Experiments()) {
      chosen.push_back(&experiment);
    }
  }
  for (const std::string& name : flags.options.flags.files) {
    const Experiment* found = FindExperiment(name);
    if (found == nullptr) {
      std::vector<std::string_view> names;
      for (const Experiment& e : Experiments()) names.push_back(e.name);
      return Status(Code::kInvalidArgument,
                    fmt::format("no experiment '{}'; there are {}", name,
                                fmt::join(names, ", ")));
    }
    chosen.push_back(found);
  }
  return chosen;
}

// Tables of one experiment with the time they took.
int RunOne(const Experiment& experiment, const ReproOptions& options,
           Talk* talk, Report* report) {
  const Clock::time_point start = Clock::now();
  Repro repro(options, talk);
  Result<std::vector<Table>> tables = experiment.run(&repro);
  talk->EndProgress();
  if (!tables.ok()) {
    return std::max<int>(repro.exit(),
                         talk->Error(experiment.name, tables.status()));
  }
  const double seconds =
      std::chrono::duration<double>(Clock::now() - start).count();
  if (tables->empty() && repro.exit() != kExitOk) return repro.exit();
  if (tables->empty()) {
    return talk->Error(experiment.name,
                       Status(Code::kUnsupported, "there are no data for it"),
                       "name some with --text, --images or --audio");
  }
  talk->Summary(fmt::format("{}: {}", experiment.name, DurationText(seconds)));
  tables->front().facts.push_back({"seconds", "", seconds});
  for (Table& table : *tables) report->tables.push_back(std::move(table));
  return repro.exit();
}

int Run(const ReproFlags& flags, std::span<const Experiment* const> chosen,
        Talk* talk) {
  const ReproOptions& options = flags.options;
  LateFiles files(options.flags, talk);
  if (const int failed = files.Check({&flags.html, 1}); failed != kExitOk) {
    return failed;
  }
  if (!options.folder.empty()) {
    std::error_code error;
    std::filesystem::create_directories(options.folder, error);
    if (error) {
      return talk->Error(options.folder, Status(Code::kIo, error.message()));
    }
  }
  Report report = {"lentil repro", {}, {}};
  report.facts = {
      {"paper", "paper", "Language Modeling Is Compression (arXiv 2309.10668)"},
      {"quick", "quick", options.quick},
      {"seed", "seed", options.seed},
      {"decoded_and_compared", "decoded and compared", true}};
  int exit = kExitOk;
  for (const Experiment* experiment : chosen) {
    exit = std::max(exit, RunOne(*experiment, options, talk, &report));
  }
  fmt::print("{}",
             options.flags.json ? RenderJson(report) : RenderText(report));
  return std::max(exit, files.Write(0, RenderHtml(report)));
}

}  // namespace

int RunRepro(Args args) {
  static constexpr Syntax kSyntax = {
      "repro", "a paper's tables and figures again, with ours beside them",
      "[FLAGS] EXPERIMENT... | --all",
      kFileFlags | kForceFlags | kThreadFlags | kJsonFlags | kMemoryFlags};
  ReproFlags repro;
  Flags& flags = repro.options.flags;
  const std::vector<ExtraFlag> table = repro.Table();
  if (const auto exit = ParseFlags(kSyntax, args, &flags, table)) return *exit;
  repro.options.memory = std::exchange(flags.memory_limit, 0);  // of data
  const auto chosen = Chosen(repro);
  if (!chosen.ok()) return UsageError("repro", chosen.status().message());
  if (chosen->empty()) {
    PrintExperiments();
    return kExitOk;
  }
  Talk talk(flags.loudness, flags.progress);
  return Run(repro, *chosen, &talk);
}

}  // namespace lentil
