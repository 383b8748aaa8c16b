// SPDX-License-Identifier: Apache-2.0
// Contenders on one file, in turns.

#include "bench/contest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "bench/temporary_folder.h"

namespace lentil {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPiece = size_t{1} << 16;  // bytes copied or compared at once

class OpenFile {
 public:
  OpenFile(const std::string& path, int flags)
      : fd_(open(path.c_str(), flags | O_CLOEXEC, 0600)), error_(errno) {}
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int get() const { return fd_; }
  Status Check() const {
    return fd_ >= 0 ? Status() : ErrnoStatus("cannot open", error_);
  }

 private:
  int fd_;
  int error_;
};

// Copies at most `limit` bytes and returns how many. A pipe that says nothing
// does not outlast an interrupt.
Result<uint64_t> CopyStart(const std::string& from, const std::string& to,
                           uint64_t limit, const Interrupt& interrupt) {
  const OpenFile in(from, O_RDONLY);
  if (interrupt.requested()) return Status(Code::kCancelled, "");
  LENTIL_RETURN_IF_ERROR(in.Check());
  const OpenFile out(to, O_WRONLY | O_CREAT | O_EXCL);
  LENTIL_RETURN_IF_ERROR(out.Check());
  std::vector<uint8_t> buffer(kPiece);
  uint64_t copied = 0;
  while (copied < limit) {
    const auto wanted = std::min<uint64_t>(kPiece, limit - copied);
    const ssize_t got =
        read(in.get(), buffer.data(), static_cast<size_t>(wanted));
    const int error = errno;
    if (interrupt.requested()) return Status(Code::kCancelled, "");
    if (got < 0 && error == EINTR) continue;
    if (got < 0) return ErrnoStatus("cannot read", error);
    if (got == 0) break;
    const auto size = static_cast<size_t>(got);
    LENTIL_RETURN_IF_ERROR(WriteAll(out.get(), std::span(buffer).first(size)));
    copied += size;
  }
  return copied;
}

// kVerifyFailed with the place of the first difference.
Status CompareFiles(const std::string& source, const std::string& restored) {
  const OpenFile a(source, O_RDONLY);
  LENTIL_RETURN_IF_ERROR(a.Check());
  const OpenFile b(restored, O_RDONLY);
  if (b.get() < 0) return Status(Code::kVerifyFailed, "restored nothing");
  std::vector<uint8_t> left(kPiece), right(kPiece);
  for (uint64_t offset = 0;; offset += kPiece) {
    LENTIL_ASSIGN_OR_RETURN(const size_t n, ReadSome(a.get(), left));
    LENTIL_ASSIGN_OR_RETURN(const size_t m, ReadSome(b.get(), right));
    const size_t both = std::min(n, m);
    const auto at =
        std::mismatch(left.begin(), left.begin() + static_cast<ptrdiff_t>(both),
                      right.begin());
    const auto same = static_cast<size_t>(at.first - left.begin());
    if (same < both || n != m) {
      return Status(Code::kVerifyFailed,
                    fmt::format("what it restored differs from byte {} on",
                                offset + same));
    }
    if (n < kPiece) return Status();
  }
}

// The file "code", whatever suffix the program gave it.
Result<std::string> FindCode(const std::string& folder) {
  std::error_code error;
  std::string found;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name == "code") return entry.path().string();
    if (name.starts_with("code.")) found = entry.path().string();
  }
  if (found.empty()) return Status(Code::kIo, "it wrote no output");
  return found;
}

// One run of one contender.
struct Trial {
  uint64_t code_bytes = 0;
  Usage compress;
  Usage decompress;
};

// Where the contest takes place.
struct Arena {
  std::string source;  // what is compressed
  std::string folder;  // emptied for every trial
  double time_limit;   // seconds for each command, 0 = none
  Interrupt* interrupt;
};

Result<Usage> RunFilled(const CommandTemplate& pattern, const Gaps& gaps,
                        const Arena& arena) {
  Command command = Fill(pattern, gaps);
  command.errors = arena.folder + "/errors";
  command.environment = {"TMPDIR=" + arena.folder};
  command.time_limit = arena.time_limit;
  LENTIL_ASSIGN_OR_RETURN(const Outcome outcome,
                          RunChild(command, arena.interrupt));
  if (outcome.timed_out) {
    return Status(
        Code::kResourceLimit,
        fmt::format("killed after {:g} s, the time limit", arena.time_limit));
  }
  LENTIL_RETURN_IF_ERROR(CheckOutcome(outcome, command.errors));
  return outcome.usage;
}

// `announce(true)` before it compresses, `announce(false)` before it restores.
Result<Trial> RunTrial(const Contender& contender, const Arena& arena,
                       const std::function<void(bool)>& announce) {
  std::error_code error;
  fs::remove_all(arena.folder, error);
  if (!fs::create_directory(arena.folder, error)) {
    return ErrnoStatus("cannot make a folder", error.value());
  }
  Trial trial;
  Gaps gaps = {arena.source, arena.folder + "/code", arena.source,
               contender.threads};
  announce(true);
  Result<Usage> usage = RunFilled(contender.compress, gaps, arena);
  if (!usage.ok()) return usage.status().WithContext("compressing");
  trial.compress = *usage;
  LENTIL_ASSIGN_OR_RETURN(gaps.in, FindCode(arena.folder));
  trial.code_bytes = fs::file_size(gaps.in, error);
  if (error) return ErrnoStatus("cannot use its output", error.value());
  gaps.out = arena.folder + "/restored";
  announce(false);
  usage = RunFilled(contender.decompress, gaps, arena);
  if (!usage.ok()) return usage.status().WithContext("restoring");
  trial.decompress = *usage;
  LENTIL_RETURN_IF_ERROR(CompareFiles(arena.source, gaps.out));
  return trial;
}

// The middle one, or the mean of the two in the middle.
double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

Timing Summarize(const std::vector<Trial>& trials, Usage Trial::*direction) {
  std::vector<double> wall, user, system;
  Timing timing;
  for (const Trial& trial : trials) {
    const Usage& usage = trial.*direction;
    wall.push_back(usage.wall_seconds);
    user.push_back(usage.user_seconds);
    system.push_back(usage.system_seconds);
    timing.peak_bytes = std::max(timing.peak_bytes, usage.peak_bytes);
  }
  timing.seconds = Median(wall);
  timing.min_seconds = *std::min_element(wall.begin(), wall.end());
  timing.max_seconds = *std::max_element(wall.begin(), wall.end());
  timing.user_seconds = Median(user);
  timing.system_seconds = Median(system);
  return timing;
}

void Summarize(const std::vector<Trial>& trials, Standing* standing) {
  std::vector<double> sizes;
  for (const Trial& trial : trials) {
    sizes.push_back(static_cast<double>(trial.code_bytes));
  }
  standing->code_bytes = static_cast<uint64_t>(Median(sizes));
  standing->compress = Summarize(trials, &Trial::compress);
  standing->decompress = Summarize(trials, &Trial::decompress);
}

void Add(const Timing& part, Timing* sum) {
  sum->seconds += part.seconds;
  sum->min_seconds += part.min_seconds;
  sum->max_seconds += part.max_seconds;
  sum->user_seconds += part.user_seconds;
  sum->system_seconds += part.system_seconds;
  sum->peak_bytes = std::max(sum->peak_bytes, part.peak_bytes);
}

// Every contender that has not failed yet runs once. Only an interrupt is an
// error here.
Status RunTurn(const Arena& arena, const ContestOptions& options, int run,
               std::vector<Standing>* standings,
               std::vector<std::vector<Trial>>* trials) {
  for (size_t i = 0; i < standings->size(); ++i) {
    Standing& standing = (*standings)[i];
    if (!standing.status.ok()) continue;
    const auto announce = [&](bool compress) {
      if (!options.on_step) return;
      options.on_step({standing.contender.name, compress, run, i + 1});
    };
    Result<Trial> trial = RunTrial(standing.contender, arena, announce);
    if (options.interrupt->requested()) return Status(Code::kCancelled, "");
    standing.status = trial.status();
    if (trial.ok()) (*trials)[i].push_back(*trial);
  }
  return Status();
}

}  // namespace

Result<std::vector<Standing>> RunContest(const std::string& path,
                                         std::span<const Contender> contenders,
                                         const ContestOptions& options) {
  LENTIL_ASSIGN_OR_RETURN(const TemporaryFolder folder,
                          TemporaryFolder::Create());
  const Arena arena = {folder.path() + "/source", folder.path() + "/run",
                       options.time_limit, options.interrupt};
  LENTIL_ASSIGN_OR_RETURN(
      const uint64_t bytes,
      CopyStart(path, arena.source, options.limit, *options.interrupt));
  std::vector<Standing> standings;
  for (const Contender& contender : contenders) {
    standings.emplace_back();
    standings.back().contender = contender;
    standings.back().source_bytes = bytes;
  }
  std::vector<std::vector<Trial>> trials(contenders.size());
  for (int run = 1; run <= options.runs; ++run) {
    LENTIL_RETURN_IF_ERROR(RunTurn(arena, options, run, &standings, &trials));
  }
  for (size_t i = 0; i < standings.size(); ++i) {
    if (standings[i].status.ok()) Summarize(trials[i], &standings[i]);
  }
  return standings;
}

Standing SumStandings(std::span<const Standing> standings) {
  Standing sum;
  sum.contender = standings[0].contender;
  for (const Standing& standing : standings) {
    if (sum.status.ok()) sum.status = standing.status;
    sum.source_bytes += standing.source_bytes;
    sum.code_bytes += standing.code_bytes;
    Add(standing.compress, &sum.compress);
    Add(standing.decompress, &sum.decompress);
  }
  return sum;
}

}  // namespace lentil
