// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and friends: remove the unfinished output and die of the signal.

#ifndef LENTIL_CLI_SIGNALS_H_
#define LENTIL_CLI_SIGNALS_H_

#include <signal.h>

#include <string>

namespace lentil {

// From now on SIGINT, SIGTERM and all other signals that somebody sends to end
// a process remove the registered file and end it at once by that signal (a
// shell sees 130, 143, …), whatever threads are doing. SIGPIPE and SIGXFSZ are
// ignored: writing reports them. Once, from main's thread, before others exist.
void InstallSignalHandlers();

// From now on those signals call `handler` instead, for verbs that clean up on
// their way out; ones that the caller had ignored stay ignored. A system call
// that one of them interrupts returns EINTR.
void ReplaceSignalHandlers(void (*handler)(int signal_number));

// Ends the process by this signal as if nobody handled it.
[[noreturn]] void DieOfSignal(int signal_number);

// The file that a signal removes: at most one at a time, "" for none. The path
// must be shorter than 4096 bytes; longer ones are not registered. Call it in a
// SignalBlock that also covers creating or renaming the file.
void RegisterUnfinishedFile(const std::string& path);

// Holds those signals back while in scope. For short steps of main's thread.
class SignalBlock {
 public:
  SignalBlock();
  ~SignalBlock();
  SignalBlock(const SignalBlock&) = delete;
  SignalBlock& operator=(const SignalBlock&) = delete;

 private:
  sigset_t saved_;
};

}  // namespace lentil

#endif  // LENTIL_CLI_SIGNALS_H_
