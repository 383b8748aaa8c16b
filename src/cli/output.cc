// SPDX-License-Identifier: Apache-2.0
// Where a verb's bytes go: a file that appears only when whole, or a stream.

#include "cli/output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "cli/signals.h"

namespace lentil {

Result<Output> Output::ToFile(const std::string& path, bool overwrite) {
  struct stat found = {};
  const bool exists = stat(path.c_str(), &found) == 0;
  if (exists && S_ISDIR(found.st_mode)) {
    return Status(Code::kIo, "cannot write: is a directory");
  }
  if (exists && !S_ISREG(found.st_mode)) {
    Output output(Kind::kDevice);
    output.device_ = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (output.device_ < 0) return ErrnoStatus("cannot open", errno);
    return output;
  }
  Output output(Kind::kAtomic);
  const SignalBlock block;
  LENTIL_ASSIGN_OR_RETURN(output.file_, AtomicFile::Create(path, overwrite));
  RegisterUnfinishedFile(output.file_->temporary_path());
  return output;
}

Output::~Output() {
  if (device_ >= 0) close(device_);
  Forget();
}

Output::Output(Output&& other) noexcept
    : kind_(other.kind_),
      file_(std::move(other.file_)),
      device_(other.device_),
      written_(other.written_) {
  other.device_ = -1;
  other.file_.reset();
}

// Removes an uncommitted file.
void Output::Forget() {
  if (!file_) return;
  const SignalBlock block;
  file_.reset();
  RegisterUnfinishedFile("");
}

Status Output::Write(std::span<const uint8_t> bytes) {
  Status status;
  errno = 0;
  switch (kind_) {
    case Kind::kNothing:
      break;
    case Kind::kAtomic:
      status = file_->Write(bytes);
      break;
    case Kind::kDevice:
      status = WriteAll(device_, bytes);
      break;
    case Kind::kStdout:
      status = WriteAll(STDOUT_FILENO, bytes);
      if (!status.ok() && errno == EPIPE) return Status(Code::kCancelled, "");
      break;
  }
  if (status.ok()) written_ += bytes.size();
  if (!status.ok() && errno == ENOSPC) {
    return Status(Code::kIo, status.message() + "; free some or use -o");
  }
  return status;
}

Status Output::Commit(const struct stat* like) {
  if (kind_ != Kind::kAtomic) return Status();
  if (like != nullptr) {
    // Kept where the file system can; a failure loses no data.
    const struct timespec times[2] = {like->st_atim, like->st_mtim};
    (void)!fchmod(file_->fd(), like->st_mode & 0777);
    (void)!futimens(file_->fd(), times);
  }
  // The slow part, while signals are still obeyed. Commit reports its failure.
  (void)!fsync(file_->fd());
  const SignalBlock block;
  const Status status = file_->Commit();
  file_.reset();
  RegisterUnfinishedFile("");
  return status;
}

std::string Output::Remains() const {
  const bool stays = kind_ == Kind::kStdout || kind_ == Kind::kDevice;
  if (kind_ == Kind::kNothing) return "";
  if (!stays || written_ == 0) return "nothing was written";
  return fmt::format("{} bytes were written", written_);
}

}  // namespace lentil
