// SPDX-License-Identifier: Apache-2.0
// How far a job is, how long it will take, and what would be faster.

#ifndef LENTIL_CLI_PROGRESS_H_
#define LENTIL_CLI_PROGRESS_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/talk.h"
#include "lentil/lentil.h"

namespace lentil {

// Watches one input. On a terminal a line shows bytes, bits per byte so far,
// KB/s and time left. Once, after about a second, a job that will take longer
// than ten says so, terminal or not; one of unknown size tells its speed after
// ten.
class Progress {
 public:
  struct Job {
    std::string name;
    bool compress = true;
    uint64_t source_total = 0;  // bytes of source, 0 = unknown
    uint64_t code_total = 0;    // of a restoration with known source_total
    int level = 0;              // of a compression; -1 if a model was named
    const lentil_codec* codec = nullptr;  // of a compression
  };
  Progress(Talk* talk, Job job);

  void Update(uint64_t bytes_in, uint64_t bytes_out);
  double Seconds() const;

  // Update in the form of lentil_progress_fn; `user` is the Progress.
  static int Callback(void* user, uint64_t bytes_in, uint64_t bytes_out);

 private:
  int Level() const;
  void Judge(uint64_t source, double seconds);
  void Show(uint64_t source, uint64_t code, double seconds);

  Talk* talk_;
  Job job_;
  std::chrono::steady_clock::time_point start_;
  double next_line_ = 0;
  double prepared_ = 0;  // seconds before the first byte, e.g. for a sample
  bool judged_ = false;
};

// The level whose speed is that of a compression at `level` while its frames
// are of `frame_kind`: a lower one if they are not what the level prefers, and
// 0 if there is none.
int LevelOfSpeed(int level, int frame_kind);

// The notice for a job expected to take `seconds` at `level`: names the defined
// faster levels and what they would take; "" if it is short.
std::string LongJobNotice(int level, double seconds);

// The notice for a job of unknown size: its speed, and that of the defined
// faster levels.
std::string SpeedNotice(int level, double bytes_per_second);

}  // namespace lentil

#endif  // LENTIL_CLI_PROGRESS_H_
