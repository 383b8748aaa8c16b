// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and friends: remove the unfinished output and die of the signal.

#include "cli/signals.h"

#include <pthread.h>
#include <unistd.h>

#include <cstring>

namespace lentil {
namespace {

// All that end a process by default and can be caught, but for those that tell
// of a defect in it (SIGSEGV, SIGABRT, …) or of writing (SIGPIPE, SIGXFSZ).
constexpr int kNamed[] = {SIGINT,  SIGTERM,   SIGHUP,  SIGQUIT,
                          SIGXCPU, SIGALRM,   SIGUSR1, SIGUSR2,
                          SIGPROF, SIGVTALRM, SIGIO,   SIGPWR};

// Calls visit(number) for each of those, real-time signals included.
template <class Visit>
void ForEachFatal(const Visit& visit) {
  for (const int number : kNamed) visit(number);
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) visit(number);
}

char unfinished_path[4096];  // "" = none; changed with the signals blocked
pthread_t main_thread;

// Always finishes on main's thread, which blocks signals while it changes the
// path or creates and renames the file; so the handler never sees half of that.
// Only async-signal-safe calls.
void Die(int signal_number) {
  if (pthread_equal(pthread_self(), main_thread) == 0) {
    pthread_kill(main_thread, signal_number);
    return;
  }
  if (unfinished_path[0] != '\0') unlink(unfinished_path);
  signal(signal_number, SIG_DFL);
  raise(signal_number);  // taken when this handler returns
}

}  // namespace

void ReplaceSignalHandlers(void (*handler)(int signal_number)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigfillset(&action.sa_mask);
  ForEachFatal([&action](int number) {
    struct sigaction old = {};
    sigaction(number, nullptr, &old);
    // nohup and background jobs of plain shells stay immune.
    if (old.sa_handler != SIG_IGN) sigaction(number, &action, nullptr);
  });
}

void InstallSignalHandlers() {
  main_thread = pthread_self();
  ReplaceSignalHandlers(Die);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

void DieOfSignal(int signal_number) {
  signal(signal_number, SIG_DFL);
  raise(signal_number);
  _exit(128 + signal_number);  // it was blocked
}

void RegisterUnfinishedFile(const std::string& path) {
  const bool fits = path.size() < sizeof(unfinished_path);
  std::memcpy(unfinished_path, fits ? path.c_str() : "",
              fits ? path.size() + 1 : 1);
}

SignalBlock::SignalBlock() {
  sigset_t fatal;
  sigemptyset(&fatal);
  ForEachFatal([&fatal](int number) { sigaddset(&fatal, number); });
  pthread_sigmask(SIG_BLOCK, &fatal, &saved_);
}

SignalBlock::~SignalBlock() { pthread_sigmask(SIG_SETMASK, &saved_, nullptr); }

}  // namespace lentil
