// SPDX-License-Identifier: Apache-2.0
// lentil bench: levels of lentil beside other compressors, in one run.

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/cpu.h"
#include "base/file.h"
#include "bench/bench_report.h"
#include "bench/contender.h"
#include "bench/contest.h"
#include "bench/version.h"
#include "capi/embedded_models.h"
#include "cli/flags.h"
#include "cli/input.h"
#include "cli/late_files.h"
#include "cli/setters.h"
#include "cli/signals.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "report/render.h"
#include "report/scatter_svg.h"

namespace lentil {
namespace {

// This program, also if its file was replaced since it started.
constexpr char kSelf[] = "/proc/self/exe";
constexpr int kDefaultLevels[] = {1, 3, 6, 9};
constexpr double kVersionSeconds = 10;  // to say a version; some start slowly
constexpr uint64_t kMaxRuns = 1000;
constexpr double kMaxSeconds = 1e8;  // three years; no clock overflows

Interrupt interrupt;
std::atomic<int> caught_signal = 0;

void EndChildren(int signal_number) {
  caught_signal = signal_number;
  interrupt.Request();
}

// What only `bench` asks, with its defaults.
struct BenchFlags {
  std::string peers = "auto";
  std::vector<std::string> described;  // of --peer
  std::optional<std::vector<int>> levels;
  uint64_t runs = 1;
  uint64_t limit = UINT64_MAX;
  double time_limit = 0;  // seconds, 0 = none
  // Files that are written at the end.
  std::string html;
  std::string markdown;
  std::string svg;

  std::vector<ExtraFlag> Table();
};

// "1,2,6", or "none".
Result<std::vector<int>> ParseLevels(const std::string& text) {
  std::vector<int> levels;
  if (text == "none") return levels;
  for (size_t i = 0; i < text.size(); i += 2) {
    const bool ends = i + 1 == text.size() || text[i + 1] == ',';
    if (text[i] < '0' || text[i] > '9' || !ends || i + 2 == text.size()) {
      return Status(Code::kInvalidArgument,
                    fmt::format("'{}' is no list of levels from 0 to 9 such "
                                "as 1,2,6",
                                text));
    }
    levels.push_back(text[i] - '0');
  }
  return levels;
}

Result<double> ParseTimeLimit(const std::string& text) {
  char* end = nullptr;
  const double seconds = std::strtod(text.c_str(), &end);
  const bool whole = end != text.c_str() && *end == '\0';
  if (whole && seconds > 0 && seconds <= kMaxSeconds) return seconds;
  return Status(Code::kInvalidArgument,
                fmt::format("'{}' is not a number of seconds above 0, at most "
                            "{:g}",
                            text, kMaxSeconds));
}

std::vector<ExtraFlag> BenchFlags::Table() {
  return {
      {"--peers", "auto|none|LIST",
       "NAME or NAME=PROGRAM between commas (default: auto, those found)",
       [this](const std::string& v) {
         peers = v;
         return Status();
       }},
      {"--peer", "'NAME: COMPRESS : RESTORE'",
       "another one by its two commands (see docs/cli.md); repeat it",
       [this](const std::string& v) {
         described.push_back(v);
         return ParsePeer(v, 1).status();
       }},
      {"--levels", "LIST", "of lentil (default: 1,3,6,9), or none",
       [this](const std::string& v) {
         LENTIL_ASSIGN_OR_RETURN(levels, ParseLevels(v));
         return Status();
       }},
      {"--runs", "N", "of each, in turns; the median counts (default: 1)",
       ToWhole<uint64_t>(1, kMaxRuns, &runs)},
      {"--limit", "SIZE", "only so many first bytes of each FILE",
       ToSize(&limit)},
      {"--time-limit", "SECONDS",
       "kill what takes longer to compress or restore a FILE (default: none)",
       [this](const std::string& v) {
         LENTIL_ASSIGN_OR_RETURN(time_limit, ParseTimeLimit(v));
         return Status();
       }},
      {"--html", "FILE", "also write a page with tables and charts",
       ToText(&html)},
      {"--markdown", "FILE", "also write the last table as Markdown",
       ToText(&markdown)},
      {"--svg", "FILE", "also write its chart of size and compression speed",
       ToText(&svg)},
  };
}

// Adds the levels; those of the default list only if this build has the model.
void AddLevels(const BenchFlags& bench, int threads,
               std::vector<Contender>* contenders) {
  const std::vector<int> wanted = bench.levels.value_or(
      std::vector<int>(std::begin(kDefaultLevels), std::end(kDefaultLevels)));
  for (const int level : wanted) {
    const char* model = lentil_level_get(level)->model;
    const EmbeddedFile* file =
        model == nullptr ? nullptr : FindEmbeddedFile(model);
    if (model != nullptr && file == nullptr && !bench.levels) continue;
    contenders->push_back(LentilLevel(
        kSelf, level, threads, file == nullptr ? 0 : file->bytes.size()));
    contenders->back().version = lentil_version();
  }
}

Result<std::vector<Contender>> Contenders(const BenchFlags& bench,
                                          int threads) {
  std::vector<Contender> contenders;
  AddLevels(bench, threads, &contenders);
  LENTIL_ASSIGN_OR_RETURN(const std::vector<Contender> peers,
                          FindPeers(bench.peers, threads));
  contenders.insert(contenders.end(), peers.begin(), peers.end());
  for (const std::string& text : bench.described) {
    LENTIL_ASSIGN_OR_RETURN(Contender peer, ParsePeer(text, threads));
    contenders.push_back(std::move(peer));
  }
  if (contenders.empty()) {
    return Status(Code::kInvalidArgument, "no level and no peer to run");
  }
  return contenders;
}

constexpr uint64_t kMostCpuInfo = 16 << 20;

// The processor's name as the system tells it, or "unknown".
std::string ProcessorName() {
  const Result<std::vector<uint8_t>> read =
      ReadFile("/proc/cpuinfo", kMostCpuInfo);
  if (!read.ok()) return "unknown";
  const std::string text(read->begin(), read->end());
  const size_t at = text.find("model name");
  if (at == std::string::npos) return "unknown";
  const size_t first = text.find(": ", at) + 2;
  return text.substr(first, text.find('\n', first) - first);
}

std::vector<Fact> Facts(const BenchFlags& bench, int threads) {
  std::vector<Fact> facts = {
      {"lentil", "version", std::string(lentil_version())},
      {"processor", "processor", ProcessorName()},
      {"cores", "cores", static_cast<uint64_t>(CpuThreads())},
      {"threads", "threads", static_cast<uint64_t>(threads)},
      {"runs", "runs", bench.runs},
      {"decoded_and_compared", "decoded and compared", true}};
  if (bench.limit != UINT64_MAX) {
    facts.push_back({"limit", "first bytes only", bench.limit});
  }
  if (bench.time_limit > 0) {
    facts.push_back(
        {"time_limit_seconds", "time limit in seconds", bench.time_limit});
  }
  return facts;
}

// Children cannot be seen to use less memory than this process did when it
// started them.
Fact LeastPeak() {
  rusage own = {};
  getrusage(RUSAGE_SELF, &own);
  return {"least_peak_mib", "least visible peak MiB",
          static_cast<double>(own.ru_maxrss) / 1024};
}

// Runs the contest on one file after the other.
class Bench {
 public:
  Bench(std::vector<Contender> contenders, const BenchFlags& bench, Talk* talk)
      : contenders_(std::move(contenders)), bench_(bench), talk_(talk) {
    by_contender_.resize(contenders_.size());
  }

  // Adds a table to `report` and returns the exit code.
  int Run(const std::string& name, Report* report) {
    ContestOptions options;
    options.runs = static_cast<int>(bench_.runs);
    options.limit = bench_.limit;
    options.time_limit = bench_.time_limit;
    options.interrupt = &interrupt;
    const std::string shown(DisplayName(name));
    options.on_step = [&](const ContestStep& step) { Show(shown, step); };
    const Result<std::vector<Standing>> standings =
        RunContest(name == kStdin ? "/dev/stdin" : name, contenders_, options);
    talk_->EndProgress();
    if (!standings.ok()) return talk_->Error(shown, standings.status());
    int exit = kExitOk;
    for (size_t i = 0; i < standings->size(); ++i) {
      const Standing& standing = (*standings)[i];
      by_contender_[i].push_back(standing);
      const Status status =
          standing.status.WithContext(standing.contender.name);
      if (!status.ok()) exit = std::max<int>(exit, talk_->Error(shown, status));
    }
    report->tables.push_back(BenchTable(shown, *standings));
    return exit;
  }

  // Ends `report`: the sum of several files, a fact, and the legend.
  void Finish(Report* report) const {
    report->facts.push_back(LeastPeak());
    if (report->tables.size() > 1) {
      std::vector<Standing> sums;
      for (const auto& standings : by_contender_) {
        sums.push_back(SumStandings(standings));
      }
      report->tables.push_back(BenchTable("total", sums));
    }
    if (report->tables.empty()) return;
    for (const std::string_view line : kBenchLegend) {
      report->tables.back().notes.emplace_back(line);
    }
  }

 private:
  void Show(const std::string& name, const ContestStep& step) {
    if (!talk_->ShowsProgress()) return;
    talk_->ProgressLine(
        fmt::format("{}: {} {}  ({} of {}, run {} of {})", name, step.contender,
                    step.compress ? "compresses" : "restores", step.number,
                    contenders_.size(), step.run, bench_.runs));
  }

  std::vector<Contender> contenders_;
  const BenchFlags& bench_;
  Talk* talk_;
  std::vector<std::vector<Standing>> by_contender_;
};

// Everything after the command line is read. Returns early when interrupted.
int RunAll(const Flags& flags, const BenchFlags& bench,
           std::vector<Contender> contenders, Talk* talk) {
  LateFiles files(flags, talk);
  if (const int failed =
          files.Check(std::array{bench.html, bench.markdown, bench.svg});
      failed != kExitOk) {
    return failed;
  }
  FindVersions(kVersionSeconds, &interrupt, contenders);
  int exit = kExitOk;
  Report report = {"lentil bench", Facts(bench, flags.threads), {}};
  Bench contest(std::move(contenders), bench, talk);
  const auto all = [](const std::string&) { return true; };
  for (const std::string& name : ExpandInputs(flags, all, talk, &exit)) {
    exit = std::max(exit, contest.Run(name, &report));
    if (interrupt.requested()) return exit;
  }
  contest.Finish(&report);
  fmt::print("{}", flags.json ? RenderJson(report) : RenderText(report));
  exit = std::max(exit, files.Write(0, RenderHtml(report)));
  if (report.tables.empty()) return exit;
  const Table& last = report.tables.back();
  exit = std::max(exit, files.Write(1, RenderMarkdown(last)));
  return std::max(exit, files.Write(2, RenderSvg(last.charts.front())));
}

}  // namespace

int RunBench(Args args) {
  static constexpr Syntax kSyntax = {
      "bench",
      "levels of lentil beside other compressors, decoded and compared",
      "[FLAGS] FILE...", kFileFlags | kForceFlags | kThreadFlags | kJsonFlags};
  Flags flags;
  flags.threads = 1;
  BenchFlags bench;
  const std::vector<ExtraFlag> table = bench.Table();
  if (const auto exit = ParseFlags(kSyntax, args, &flags, table)) return *exit;
  if (flags.files.empty()) return UsageError("bench", "which FILE?");
  flags.threads = flags.NumThreads();
  Result<std::vector<Contender>> contenders = Contenders(bench, flags.threads);
  int exit = kExitOk;
  {
    Talk talk(flags.loudness, flags.progress);
    if (!contenders.ok()) {
      const Status& status = contenders.status();
      return status.code() == Code::kInvalidArgument
                 ? UsageError("bench", status.message())
                 : talk.Error("", status);
    }
    ReplaceSignalHandlers(EndChildren);
    exit = RunAll(flags, bench, std::move(*contenders), &talk);
  }
  // All is cleaned up; now what the signal asked for.
  if (caught_signal != 0) DieOfSignal(caught_signal);
  return exit;
}

}  // namespace lentil
