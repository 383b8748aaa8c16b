// SPDX-License-Identifier: Apache-2.0
// Where a verb's bytes go: a file that appears only when whole, or a stream.

#ifndef LENTIL_CLI_OUTPUT_H_
#define LENTIL_CLI_OUTPUT_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/output_file.h"
#include "base/status.h"
#include "cli/talk.h"

namespace lentil {

// One output, used by main's thread.
class Output {
 public:
  // An OutputFile, of which a signal leaves nothing behind.
  static Result<Output> ToFile(const std::string& path, OutputOptions options);
  static Output ToStdout() { return Output(Kind::kStdout); }
  static Output ToNothing() { return Output(Kind::kNothing); }
  ~Output();
  Output(Output&& other) noexcept;
  Output& operator=(Output&&) = delete;

  // A closed pipe is kCancelled without a message: whoever read has had enough.
  Status Write(std::span<const uint8_t> bytes);

  // The file takes over `like`, if given; it is flushed to the disk and
  // appears. Nothing else may be called afterwards.
  Status Commit(const FileAttributes* like);

  // Bytes that went out, those of a failed Write included.
  uint64_t written() const;
  // A file of its own, which may replace the input.
  bool is_file() const { return file_ && file_->is_file(); }
  // What an error leaves behind, for messages: "nothing was written" or so.
  std::string Remains() const;

 private:
  enum class Kind { kFile, kStdout, kNothing };
  explicit Output(Kind kind) : kind_(kind) {}
  Status WriteOut(std::span<const uint8_t> bytes);
  void Forget();

  Kind kind_;
  std::optional<OutputFile> file_;
  uint64_t written_ = 0;       // to what is no file
  bool is_cut_short_ = false;  // a Write went out in part
};

// A file that does not exist or that the user lets go.
Result<Output> OpenTarget(const std::string& path, const OutputOptions& options,
                          Talk* talk);

// The step that mends a failure to open or write an output, for messages; "" if
// none is known.
std::string_view OutputAdvice(const Status& status);

}  // namespace lentil

#endif  // LENTIL_CLI_OUTPUT_H_
