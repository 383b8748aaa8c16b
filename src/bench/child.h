// SPDX-License-Identifier: Apache-2.0
// Other programs as child processes: run, timed, ended with us.

#ifndef LENTIL_BENCH_CHILD_H_
#define LENTIL_BENCH_CHILD_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"

namespace lentil {

// Ends children from outside. Request may be called by a signal handler or
// another thread; the object must outlive both.
class Interrupt {
 public:
  // Kills the child that runs, with its descendants, and every later one.
  void Request();
  bool requested() const { return requested_; }

 private:
  friend class RunningGroup;
  std::atomic<bool> requested_ = false;
  std::atomic<int> group_ = 0;  // process group of the child; 0 = none
};

// What to run. No shell is involved.
struct Command {
  std::vector<std::string> words;  // the program (a path, or found in PATH)
                                   // and its arguments
  std::string input;   // file to read as standard input; "" = an empty one
  std::string output;  // file for standard output; "" = thrown away
  std::string errors;  // file for standard error; "" = thrown away
  // "NAME=VALUE", instead of what our environment has under NAME.
  std::vector<std::string> environment;
  double time_limit = 0;  // seconds of wall time; 0 = none
};

// What a child took.
struct Usage {
  double wall_seconds = 0;
  double user_seconds = 0;    // of the child and descendants it waited for
  double system_seconds = 0;  // likewise
  uint64_t peak_bytes = 0;    // resident, of the largest process among them;
                              // at least what this process had at its peak
};

struct Outcome {
  int exit_code = 0;
  int signal = 0;          // that killed it; 0 = none
  bool timed_out = false;  // it was not over when its time was
  Usage usage;
};

// Runs a child in a process group of its own and waits for it. kIo if it could
// not be started, kCancelled if `interrupt` was requested. A child that fails
// or passes its time limit, upon which its group is killed, is no error here:
// see the outcome. From one thread at a time.
Result<Outcome> RunChild(const Command& command, Interrupt* interrupt);

// kIo unless the child returned 0: its exit code or signal, and the last lines
// of `errors` (of a file, which may be missing), made fit for a terminal.
Status CheckOutcome(const Outcome& outcome, const std::string& errors);

}  // namespace lentil

#endif  // LENTIL_BENCH_CHILD_H_
