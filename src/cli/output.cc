// SPDX-License-Identifier: Apache-2.0
// Where a verb's bytes go: a file that appears only when whole, or a stream.

#include "cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/file.h"
#include "cli/signals.h"

namespace lentil {

Result<Output> Output::ToFile(const std::string& path, OutputOptions options) {
  Output output(Kind::kFile);
  const SignalBlock block;
  LENTIL_ASSIGN_OR_RETURN(output.file_, OutputFile::Open(path, options));
  RegisterUnfinishedFile(output.file_->temporary_path());
  return output;
}

Output::~Output() { Forget(); }

Output::Output(Output&& other) noexcept
    : kind_(other.kind_),
      file_(std::exchange(other.file_, std::nullopt)),
      written_(other.written_),
      is_cut_short_(other.is_cut_short_) {}

// Removes an uncommitted file.
void Output::Forget() {
  if (!file_) return;
  const SignalBlock block;
  file_.reset();
  RegisterUnfinishedFile("");
}

Status Output::WriteOut(std::span<const uint8_t> bytes) {
  if (kind_ == Kind::kFile) return file_->Write(bytes);
  if (kind_ == Kind::kStdout) return WriteAll(STDOUT_FILENO, bytes, &written_);
  written_ += bytes.size();
  return Status();
}

Status Output::Write(std::span<const uint8_t> bytes) {
  const uint64_t before = written();
  errno = 0;
  const Status status = WriteOut(bytes);
  if (status.ok()) return status;
  const int error = errno;
  is_cut_short_ = written() > before;
  if (kind_ == Kind::kStdout && error == EPIPE) {
    return Status(Code::kCancelled, "");
  }
  if (error == ENOSPC) {
    return Status(Code::kIo, status.message() + "; free some or use -o");
  }
  return status;
}

uint64_t Output::written() const { return file_ ? file_->written() : written_; }

Status Output::Commit(const FileAttributes* like) {
  if (!file_) return Status();
  if (like != nullptr) file_->TakeOver(*like);
  // The slow part, while signals are still obeyed.
  if (const Status status = file_->Flush(); !status.ok()) {
    Forget();
    return status;
  }
  const SignalBlock block;
  const Status status = file_->Commit();
  file_.reset();
  RegisterUnfinishedFile("");
  return status;
}

std::string Output::Remains() const {
  if (kind_ == Kind::kNothing) return "";
  if (is_file() || written() == 0) return "nothing was written";
  return fmt::format("{} bytes were written{}", written(),
                     is_cut_short_ ? ", the last frame not whole" : "");
}

Result<Output> OpenTarget(const std::string& path, const OutputOptions& options,
                          Talk* talk) {
  Result<Output> output = Output::ToFile(path, options);
  if (output.ok() || output.status().code() != Code::kExists ||
      !talk->Confirm(path + " already exists; overwrite it?")) {
    return output;
  }
  return Output::ToFile(path, {.overwrite = true, .mode = options.mode});
}

std::string_view OutputAdvice(const Status& status) {
  return status.code() == Code::kExists ? "pass -f to overwrite" : "";
}

}  // namespace lentil
