// SPDX-License-Identifier: Apache-2.0
// Where a verb's bytes go: a file that appears only when whole, or a stream.

#ifndef LENTIL_CLI_OUTPUT_H_
#define LENTIL_CLI_OUTPUT_H_

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/file.h"
#include "base/status.h"
#include "cli/talk.h"

namespace lentil {

// One output, used by main's thread.
class Output {
 public:
  // A new file, written under a temporary name next to it, which a signal or
  // the destructor removes; `mode` as for open(2). A link is followed. Devices,
  // pipes and open descriptors (/dev/fd/N) are written as they are.
  static Result<Output> ToFile(const std::string& path, bool overwrite,
                               uint32_t mode = 0666);
  static Output ToStdout() { return Output(Kind::kStdout); }
  static Output ToNothing() { return Output(Kind::kNothing); }
  ~Output();
  Output(Output&& other) noexcept;
  Output& operator=(Output&&) = delete;

  // A closed pipe is kCancelled without a message: whoever read has had enough.
  Status Write(std::span<const uint8_t> bytes);

  // The file gets the mode and times of `like` (if given), and for root its
  // owner; it is flushed to the disk and renamed. Nothing else may be called
  // afterwards.
  Status Commit(const struct stat* like);

  uint64_t written() const { return written_; }
  // A file of its own, which may replace the input.
  bool is_file() const { return kind_ == Kind::kAtomic; }
  // What an error leaves behind, for messages: "nothing was written" or so.
  std::string Remains() const;

 private:
  enum class Kind { kAtomic, kDevice, kStdout, kNothing };
  explicit Output(Kind kind) : kind_(kind) {}
  static Result<Output> ToDevice(int fd);
  void Forget();

  Kind kind_;
  std::optional<AtomicFile> file_;
  int device_ = -1;
  uint64_t written_ = 0;
};

struct TargetOptions {
  bool overwrite = false;
  uint32_t mode = 0666;  // as Output::ToFile has it
};

// A file that does not exist or that the user lets go, and that is not the
// input: kInvalidArgument then.
Result<Output> OpenTarget(const std::string& path, const TargetOptions& options,
                          const struct stat& input, Talk* talk);

}  // namespace lentil

#endif  // LENTIL_CLI_OUTPUT_H_
