// SPDX-License-Identifier: Apache-2.0
// Where a verb's bytes go: a file that appears only when whole, or a stream.

#include "cli/output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <memory>

#include "cli/signals.h"

namespace lentil {
namespace {

// N of /dev/fd/N and its like, -1 for other names. To open such a name would
// lose where the descriptor stands, and its O_APPEND.
int DescriptorOf(std::string_view path) {
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(folder)) continue;
    const std::string_view digits = path.substr(folder.size());
    const char* end = digits.data() + digits.size();
    int fd = -1;
    const auto [rest, error] = std::from_chars(digits.data(), end, fd);
    return error == std::errc() && rest == end ? fd : -1;
  }
  return -1;
}

// Where a link leads, so that it stays and what it names is replaced; other
// names as they are.
std::string FollowLink(const std::string& path) {
  struct stat found = {};
  if (lstat(path.c_str(), &found) != 0 || !S_ISLNK(found.st_mode)) return path;
  const std::unique_ptr<char, void (*)(void*)> real(
      realpath(path.c_str(), nullptr), &std::free);
  return real != nullptr ? real.get() : path;
}

}  // namespace

Result<Output> Output::ToDevice(int fd) {
  if (fd < 0) return ErrnoStatus("cannot open", errno);
  Output output(Kind::kDevice);
  output.device_ = fd;
  return output;
}

Result<Output> Output::ToFile(const std::string& path, bool overwrite,
                              uint32_t mode) {
  if (const int fd = DescriptorOf(path); fd >= 0) {
    return ToDevice(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  }
  struct stat found = {};
  const bool exists = stat(path.c_str(), &found) == 0;
  if (exists && S_ISDIR(found.st_mode)) {
    return Status(Code::kIo, "cannot write: is a directory");
  }
  if (exists && !S_ISREG(found.st_mode)) {
    return ToDevice(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  }
  Output output(Kind::kAtomic);
  const SignalBlock block;
  LENTIL_ASSIGN_OR_RETURN(
      output.file_, AtomicFile::Create(FollowLink(path), overwrite, mode));
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
    if (geteuid() == 0) {
      (void)!fchown(file_->fd(), like->st_uid, like->st_gid);
    }
    (void)!fchmod(file_->fd(), like->st_mode & 0777);
    (void)!futimens(file_->fd(), times);
  }
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
  const bool stays = kind_ == Kind::kStdout || kind_ == Kind::kDevice;
  if (kind_ == Kind::kNothing) return "";
  if (!stays || written_ == 0) return "nothing was written";
  return fmt::format("{} bytes were written", written_);
}

Result<Output> OpenTarget(const std::string& path, const TargetOptions& options,
                          const struct stat& input, Talk* talk) {
  struct stat found = {};
  if (stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode) &&
      found.st_dev == input.st_dev && found.st_ino == input.st_ino) {
    return Status(Code::kInvalidArgument, "is the input as well");
  }
  Result<Output> output = Output::ToFile(path, options.overwrite, options.mode);
  if (output.ok() || output.status().code() != Code::kExists ||
      !talk->Confirm(path + " already exists; overwrite it?")) {
    return output;
  }
  return Output::ToFile(path, /*overwrite=*/true, options.mode);
}

}  // namespace lentil
