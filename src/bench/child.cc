// SPDX-License-Identifier: Apache-2.0
// posix_spawn, wait4, and a process group that can be killed at any time.

#include "bench/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <mutex>
#include <string_view>
#include <thread>

#include "base/file.h"

extern char** environ;

namespace lentil {

// Makes a child's process group known to an Interrupt while it runs. It stays
// known only as long as its number cannot belong to anybody else.
class RunningGroup {
 public:
  RunningGroup(Interrupt* interrupt, pid_t group) : interrupt_(interrupt) {
    interrupt_->group_ = group;
    // A request that came between the start and here saw no group.
    if (interrupt_->requested_) kill(-group, SIGKILL);
  }
  ~RunningGroup() { interrupt_->group_ = 0; }
  RunningGroup(const RunningGroup&) = delete;
  RunningGroup& operator=(const RunningGroup&) = delete;

 private:
  Interrupt* interrupt_;
};

void Interrupt::Request() {
  const int saved_errno = errno;
  requested_ = true;
  const int group = group_;
  if (group > 0) kill(-group, SIGKILL);
  errno = saved_errno;
}

namespace {

constexpr std::streamoff kErrorTail = 400;  // bytes of a child's last words

using Clock = std::chrono::steady_clock;

// The three standard streams, as posix_spawn wants them.
class Streams {
 public:
  explicit Streams(const Command& command) {
    posix_spawn_file_actions_init(&actions_);
    Open(STDIN_FILENO, command.input, O_RDONLY);
    Open(STDOUT_FILENO, command.output, O_WRONLY | O_CREAT | O_TRUNC);
    Open(STDERR_FILENO, command.errors, O_WRONLY | O_CREAT | O_TRUNC);
  }
  ~Streams() { posix_spawn_file_actions_destroy(&actions_); }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  void Open(int fd, const std::string& path, int flags) {
    posix_spawn_file_actions_addopen(
        &actions_, fd, path.empty() ? "/dev/null" : path.c_str(), flags, 0600);
  }
  posix_spawn_file_actions_t actions_;
};

// A group of its own, no signal blocked or ignored.
class Attributes {
 public:
  Attributes() {
    posix_spawnattr_init(&attributes_);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP |
                                               POSIX_SPAWN_SETSIGDEF |
                                               POSIX_SPAWN_SETSIGMASK);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

// True if `own` has an entry of the same name as `entry`.
bool Replaced(std::string_view entry, const std::vector<std::string>& own) {
  const std::string_view name = entry.substr(0, entry.find('=') + 1);
  for (const std::string& other : own) {
    if (other.starts_with(name)) return true;
  }
  return false;
}

std::vector<std::string> Environment(const std::vector<std::string>& own) {
  std::vector<std::string> all = own;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!Replaced(*entry, own)) all.emplace_back(*entry);
  }
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>* words) {
  std::vector<char*> pointers;
  for (std::string& word : *words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

Result<pid_t> Start(const Command& command) {
  const Streams streams(command);
  const Attributes attributes;
  std::vector<std::string> words = command.words;
  std::vector<std::string> environment = Environment(command.environment);
  pid_t pid = 0;
  const int error =
      posix_spawnp(&pid, words[0].c_str(), streams.get(), attributes.get(),
                   Pointers(&words).data(), Pointers(&environment).data());
  if (error != 0) return ErrnoStatus("cannot run " + words[0], error);
  return pid;
}

// Kills a process group when its time is over, from a thread of its own, since
// waitid knows no time limit. Must be stopped while the group's number cannot
// belong to anybody else.
class Deadline {
 public:
  Deadline(pid_t group, Clock::time_point start, double seconds) {
    if (seconds <= 0) return;
    const auto end = start + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(seconds));
    watcher_ = std::thread([this, group, end] {
      std::unique_lock lock(mutex_);
      if (changed_.wait_until(lock, end, [this] { return stopped_; })) return;
      passed_ = true;
      kill(-group, SIGKILL);
    });
  }
  ~Deadline() { Stop(); }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  // Nothing is killed from here on. Whether it was.
  bool Stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_one();
    if (watcher_.joinable()) watcher_.join();
    return passed_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  bool passed_ = false;
  std::thread watcher_;
};

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_usec) * 1e-6;
}

// The last words of a child in one line without control characters.
std::string LastWords(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file.tellg();
  if (size <= 0) return "";
  file.seekg(std::max<std::streamoff>(0, size - kErrorTail));
  std::string out = size > kErrorTail ? "..." : "";
  for (char c; file.get(c);) {
    const bool is_break = c == '\n' || c == '\r';
    const bool is_control = static_cast<uint8_t>(c) < 32 || c == 127;
    out += is_break ? ' ' : is_control ? '?' : c;
  }
  out.erase(out.find_last_not_of(' ') + 1);
  return out;
}

}  // namespace

Result<Outcome> RunChild(const Command& command, Interrupt* interrupt) {
  if (interrupt->requested()) return Status(Code::kCancelled, "");
  const Clock::time_point start = Clock::now();
  LENTIL_ASSIGN_OR_RETURN(const pid_t pid, Start(command));
  Outcome outcome;
  {
    // Waits without taking the child's number away from it.
    const RunningGroup group(interrupt, pid);
    Deadline deadline(pid, start, command.time_limit);
    siginfo_t info;
    while (waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) !=
               0 &&
           errno == EINTR) {
    }
    outcome.usage.wall_seconds =
        std::chrono::duration<double>(Clock::now() - start).count();
    outcome.timed_out = deadline.Stop();
    kill(-pid, SIGKILL);  // what it may have left behind
  }
  int status = 0;
  rusage used = {};
  while (wait4(pid, &status, 0, &used) < 0) {
    if (errno != EINTR) return ErrnoStatus("cannot wait", errno);
  }
  if (interrupt->requested()) return Status(Code::kCancelled, "");
  if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
  if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  outcome.usage.user_seconds = Seconds(used.ru_utime);
  outcome.usage.system_seconds = Seconds(used.ru_stime);
  outcome.usage.peak_bytes = static_cast<uint64_t>(used.ru_maxrss) * 1024;
  return outcome;
}

Status CheckOutcome(const Outcome& outcome, const std::string& errors) {
  if (outcome.signal == 0 && outcome.exit_code == 0) return Status();
  const std::string what =
      outcome.signal != 0
          ? fmt::format("killed by signal {} ({})", outcome.signal,
                        strsignal(outcome.signal))
          : fmt::format("exit code {}", outcome.exit_code);
  const std::string words = LastWords(errors);
  return Status(Code::kIo, words.empty() ? what : what + ": " + words);
}

}  // namespace lentil
