// SPDX-License-Identifier: Apache-2.0
// What the program says on stderr, and how loudly.

#ifndef LENTIL_CLI_TALK_H_
#define LENTIL_CLI_TALK_H_

#include <string>
#include <string_view>

#include "base/status.h"
#include "cli/exit_code.h"

namespace lentil {

// What it is given may hold names from outside: all is made printable. Used by
// one thread. A progress line, if one stands on the terminal, is wiped
// before anything else is written.
class Talk {
 public:
  enum class Progress { kAuto, kOn, kOff };

  // `loudness`: 0 nothing, 1 errors, 2 summaries (the default), 3 details.
  // Progress shows at 2 and above, by itself only if stderr is a terminal.
  Talk(int loudness, Progress progress);
  ~Talk() { EndProgress(); }
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;

  // "lentil: FILE: message; next (exit N)". Returns the code for the status. A
  // cancelled status without a message is silent.
  ExitCode Error(std::string_view file, const Status& status,
                 std::string_view next = "");
  // "lentil: message" for warnings and notices; hidden by -q.
  void Note(std::string_view message);
  // "lentil: message" if -v was given.
  void Detail(std::string_view message);
  // A line as it is; hidden by -q.
  void Summary(std::string_view line);

  bool ShowsProgress() const { return shows_progress_; }
  // Replaces the progress line, cut to the width of the terminal.
  void ProgressLine(std::string_view line);
  // Wipes it.
  void EndProgress();

  // Asks on the terminal; false without one, if nothing may be said (-qq), or
  // if the answer is not yes.
  bool Confirm(std::string_view question);

 private:
  void Say(int loudness, std::string_view line);

  int loudness_;
  bool shows_progress_;
  bool line_stands_ = false;
};

// True if file descriptor `fd` is a terminal.
bool IsTerminal(int fd);

}  // namespace lentil

#endif  // LENTIL_CLI_TALK_H_
