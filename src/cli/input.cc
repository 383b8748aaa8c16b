// SPDX-License-Identifier: Apache-2.0
// Where a verb's bytes come from: the files named, or standard input.

#include "cli/input.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/file.h"

namespace lentil {

namespace fs = std::filesystem;

Result<Input> Input::Open(const std::string& name) {
  const bool is_stdin = name == kStdin;
  const int fd =
      is_stdin ? STDIN_FILENO : open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return ErrnoStatus("cannot open", errno);
  Input input(is_stdin ? "standard input" : name, fd, is_stdin);
  if (fstat(fd, &input.stat_) != 0) return ErrnoStatus("cannot stat", errno);
  if (S_ISDIR(input.stat_.st_mode)) {
    return Status(Code::kIo, "is a directory");
  }
  return input;
}

Input::~Input() {
  if (fd_ >= 0 && !is_stdin_) close(fd_);
}

Input::Input(Input&& other) noexcept
    : name_(std::move(other.name_)),
      fd_(other.fd_),
      is_stdin_(other.is_stdin_),
      stat_(other.stat_) {
  other.fd_ = -1;
}

Result<size_t> Input::Read(std::span<uint8_t> buffer) {
  return ReadSome(fd_, buffer);
}

Status Input::ReadAt(uint64_t offset, std::span<uint8_t> buffer) {
  while (!buffer.empty()) {
    const ssize_t got =
        pread(fd_, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus("cannot read", errno);
    if (got == 0) return Status(Code::kIo, "became shorter while being read");
    buffer = buffer.subspan(static_cast<size_t>(got));
    offset += static_cast<uint64_t>(got);
  }
  return Status();
}

namespace {

// Adds the regular files under `root`, links not followed.
Status AddTree(const std::string& root,
               const std::function<bool(const std::string&)>& wants,
               std::vector<std::string>* files) {
  std::error_code error;
  fs::recursive_directory_iterator it(root, error);
  const fs::recursive_directory_iterator end;
  const size_t first = files->size();
  while (!error && it != end) {
    const fs::file_status status = it->symlink_status(error);
    if (!error && fs::is_regular_file(status) && wants(it->path().string())) {
      files->push_back(it->path().string());
    }
    if (!error) it.increment(error);
  }
  std::sort(files->begin() + static_cast<ptrdiff_t>(first), files->end());
  if (error) return ErrnoStatus("cannot read directory", error.value());
  return Status();
}

}  // namespace

std::vector<std::string> ExpandInputs(
    const Flags& flags, const std::function<bool(const std::string&)>& wants,
    Talk* talk, int* exit) {
  if (flags.files.empty()) return {std::string(kStdin)};
  std::vector<std::string> files;
  for (const std::string& name : flags.files) {
    struct stat found = {};
    const bool is_directory = name != kStdin &&
                              stat(name.c_str(), &found) == 0 &&
                              S_ISDIR(found.st_mode);
    Status status;
    if (!is_directory) {
      files.push_back(name);
    } else if (flags.recurse) {
      status = AddTree(name, wants, &files);
    } else {
      status = Status(Code::kIo, "is a directory, skipped");
    }
    if (!status.ok()) {
      const char* next = flags.recurse ? "" : "pass -r to enter it";
      *exit = std::max<int>(*exit, talk->Error(name, status, next));
    }
  }
  return files;
}

}  // namespace lentil
