// SPDX-License-Identifier: Apache-2.0
// How far a job is, how long it will take, and what would be faster.

#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/text.h"

namespace lentil {
namespace {

constexpr double kJudgeAfter = 1.0;    // seconds of measurement
constexpr double kLongJob = 10.0;      // seconds worth a notice
constexpr double kLineInterval = 0.1;  // seconds between progress lines

// Time of a level for the same input, relative to level 6; measured on text
// with AVX2, rounded, the same order on every machine.
struct LevelCost {
  int level;
  double cost;
};
constexpr LevelCost kLevelCosts[] = {{1, 0.001}, {2, 0.2}, {3, 0.6}, {6, 1.0},
                                     {7, 1.2},   {8, 1.8}, {9, 2.4}};

int DefinedLevel(int level) {
  if (level == 0) return 6;
  int defined = kLevelCosts[0].level;
  for (const LevelCost& row : kLevelCosts) {
    if (row.level <= level) defined = row.level;
  }
  return defined;
}

double CostOf(int level) {
  for (const LevelCost& row : kLevelCosts) {
    if (row.level == level) return row.cost;
  }
  return 1.0;
}

}  // namespace

std::string LongJobNotice(int level, double seconds) {
  if (seconds < kLongJob) return "";
  std::string text = fmt::format("will take about {}", DurationText(seconds));
  const int defined = DefinedLevel(level);
  const char* separator = "; ";
  for (auto row = std::rbegin(kLevelCosts); row != std::rend(kLevelCosts);
       ++row) {
    if (row->level >= defined) continue;
    text += fmt::format("{}-{} about {}", separator, row->level,
                        DurationText(seconds * row->cost / CostOf(defined)));
    separator = ", ";
  }
  return text;
}

std::string SpeedNotice(int level, double bytes_per_second) {
  std::string text =
      fmt::format("works at {:.0f} KB/s", bytes_per_second / 1e3);
  const int defined = DefinedLevel(level);
  const char* separator = "; ";
  for (auto row = std::rbegin(kLevelCosts); row != std::rend(kLevelCosts);
       ++row) {
    if (row->level >= defined) continue;
    text += fmt::format("{}-{} at about {:.0f}", separator, row->level,
                        bytes_per_second / 1e3 * CostOf(defined) / row->cost);
    separator = ", ";
  }
  return text;
}

Progress::Progress(Talk* talk, Job job)
    : talk_(talk),
      job_(std::move(job)),
      start_(std::chrono::steady_clock::now()) {}

double Progress::Seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                       start_)
      .count();
}

int Progress::Callback(void* user, uint64_t bytes_in, uint64_t bytes_out) {
  static_cast<Progress*>(user)->Update(bytes_in, bytes_out);
  return 0;
}

void Progress::Update(uint64_t bytes_in, uint64_t bytes_out) {
  const double seconds = Seconds();
  const uint64_t source = job_.compress ? bytes_in : bytes_out;
  const uint64_t code = job_.compress ? bytes_out : bytes_in;
  if (!judged_ && seconds >= kJudgeAfter && source > 0 &&
      job_.source_total > 0) {
    judged_ = true;
    Judge(source, seconds);
  }
  if (!judged_ && seconds >= kLongJob && source > 0) {  // a pipe
    judged_ = true;
    const bool by_level = job_.compress && job_.level >= 0;
    talk_->Note(job_.name + ": " +
                SpeedNotice(by_level ? job_.level : 1,
                            static_cast<double>(source) / seconds));
  }
  if (talk_->ShowsProgress() && seconds >= next_line_) {
    next_line_ = seconds + kLineInterval;
    Show(source, code, seconds);
  }
}

void Progress::Judge(uint64_t source, double seconds) {
  const double total = seconds * static_cast<double>(job_.source_total) /
                       static_cast<double>(source);
  const bool by_level = job_.compress && job_.level >= 0;
  const std::string notice = LongJobNotice(by_level ? job_.level : 1, total);
  if (!notice.empty()) talk_->Note(job_.name + ": " + notice);
}

// A restoration reads ahead, so its rate is that of the whole file if known.
void Progress::Show(uint64_t source, uint64_t code, double seconds) {
  std::string line = job_.name + ": " + SizeText(source);
  if (job_.source_total > 0) line += " of " + SizeText(job_.source_total);
  if (job_.code_total > 0) {
    line += fmt::format(", {:.3f} bits/byte",
                        BitsPerByte(job_.code_total, job_.source_total));
  } else if (source > 0 && code > 0) {
    line += fmt::format(", {:.3f} bits/byte", BitsPerByte(code, source));
  }
  const double rate =
      static_cast<double>(source) / std::max(seconds, 1e-3) / 1e3;
  line += fmt::format(", {:.0f} KB/s", rate);
  if (job_.source_total > source && source > 0) {
    line +=
        ", " +
        DurationText(seconds * static_cast<double>(job_.source_total - source) /
                     static_cast<double>(source)) +
        " left";
  }
  talk_->ProgressLine(line);
}

}  // namespace lentil
