// SPDX-License-Identifier: Apache-2.0
// How far a job is, how long it will take, and what would be faster.

#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/text.h"

namespace lentil {
namespace {

constexpr double kJudgeAfter = 1.0;    // seconds of measurement
constexpr double kLongJob = 10.0;      // seconds worth a notice
constexpr double kLineInterval = 0.1;  // seconds between progress lines

// The levels that are faster than this one, nearest first.
std::vector<const lentil_level*> FasterLevels(int level) {
  std::vector<const lentil_level*> faster;
  for (int i = lentil_level_get(level)->number - 1; i >= 0; --i) {
    const lentil_level* row = lentil_level_get(i);
    if (row->number == i) faster.push_back(row);
  }
  return faster;
}

double RelativeTime(int level) {
  return lentil_level_get(level)->relative_time;
}

}  // namespace

int LevelOfSpeed(int level, int frame_kind) {
  for (int i = lentil_level_get(level)->number; i > 0; --i) {
    const lentil_level* row = lentil_level_get(i);
    if (row->frame_kind == frame_kind) return row->number;
  }
  return 0;
}

std::string LongJobNotice(int level, double seconds) {
  if (seconds < kLongJob) return "";
  std::string text = fmt::format("will take about {}", DurationText(seconds));
  const char* separator = "; ";
  for (const lentil_level* faster : FasterLevels(level)) {
    text += fmt::format(
        "{}-{} about {}", separator, faster->number,
        DurationText(seconds * faster->relative_time / RelativeTime(level)));
    separator = ", ";
  }
  return text;
}

std::string SpeedNotice(int level, double bytes_per_second) {
  std::string text =
      fmt::format("works at {:.0f} KB/s", bytes_per_second / 1e3);
  const char* separator = "; ";
  for (const lentil_level* faster : FasterLevels(level)) {
    text += fmt::format(
        "{}-{} at about {:.0f}", separator, faster->number,
        bytes_per_second / 1e3 * RelativeTime(level) / faster->relative_time);
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
  const uint64_t source = job_.compress ? bytes_in : bytes_out;
  if (source == 0) prepared_ = Seconds();
  const double seconds = Seconds() - prepared_;
  const uint64_t code = job_.compress ? bytes_out : bytes_in;
  if (!judged_ && seconds >= kJudgeAfter && source > 0 &&
      job_.source_total > 0) {
    judged_ = true;
    Judge(source, seconds);
  }
  if (!judged_ && seconds >= kLongJob && source > 0) {  // a pipe
    judged_ = true;
    talk_->Note(job_.name + ": " +
                SpeedNotice(Level(), static_cast<double>(source) / seconds));
  }
  if (talk_->ShowsProgress() && seconds >= next_line_) {
    next_line_ = seconds + kLineInterval;
    Show(source, code, seconds);
  }
}

// Whose speed this is; 0, which none is faster than, if no level's.
int Progress::Level() const {
  if (!job_.compress || job_.level < 0) return 0;
  return LevelOfSpeed(job_.level, lentil_codec_frame_kind(job_.codec));
}

void Progress::Judge(uint64_t source, double seconds) {
  const double total = seconds * static_cast<double>(job_.source_total) /
                       static_cast<double>(source);
  const std::string notice = LongJobNotice(Level(), total);
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
