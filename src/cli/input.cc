// SPDX-License-Identifier: Apache-2.0
// Where a verb's bytes come from: the files named, or standard input.

#include "cli/input.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/file.h"

namespace lentil {

namespace fs = std::filesystem;

std::string_view DisplayName(std::string_view name) {
  return name == kStdin ? "standard input" : name;
}

Result<Input> Input::Open(const std::string& name) {
  const int fd =
      name == kStdin ? STDIN_FILENO : open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return ErrnoStatus("cannot open", errno);
  Input input(name, fd);
  if (fstat(fd, &input.stat_) != 0) return ErrnoStatus("cannot stat", errno);
  if (S_ISDIR(input.stat_.st_mode)) {
    return Status(Code::kIo, "is a directory");
  }
  LENTIL_ASSIGN_OR_RETURN(input.attributes_, AttributesOf(fd));
  return input;
}

Input::~Input() {
  if (fd_ >= 0 && !is_stdin()) close(fd_);
}

Input::Input(Input&& other) noexcept
    : name_(std::move(other.name_)),
      path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      stat_(other.stat_),
      attributes_(other.attributes_),
      bytes_read_(other.bytes_read_) {}

bool Input::IsNamed(const std::string& path) const {
  struct stat found = {};
  return is_regular() && ::stat(path.c_str(), &found) == 0 &&
         found.st_dev == stat_.st_dev && found.st_ino == stat_.st_ino;
}

bool NameOneFile(const std::string& a, const std::string& b) {
  struct stat first = {};
  struct stat second = {};
  return stat(a.c_str(), &first) == 0 && stat(b.c_str(), &second) == 0 &&
         S_ISREG(first.st_mode) && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

Result<size_t> Input::Read(std::span<uint8_t> buffer) {
  LENTIL_ASSIGN_OR_RETURN(const size_t got, ReadSome(fd_, buffer));
  bytes_read_ += got;
  return got;
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

// Adds the regular files under `root`, links not followed and unfinished
// outputs left out, and reports the directories that cannot be read.
void AddTree(const std::string& root,
             const std::function<bool(const std::string&)>& wants, Talk* talk,
             int* exit, std::vector<std::string>* files) {
  std::vector<std::string> folders = {root};
  const size_t first = files->size();
  while (!folders.empty()) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    std::error_code error;
    fs::directory_iterator it(folder, error);
    for (; !error && it != fs::directory_iterator(); it.increment(error)) {
      const std::string name = it->path().string();
      std::error_code gone;
      const fs::file_status status = it->symlink_status(gone);
      if (fs::is_directory(status)) folders.push_back(name);
      const bool is_whole = !IsUnfinishedName(it->path().filename().string());
      if (fs::is_regular_file(status) && is_whole && wants(name)) {
        files->push_back(name);
      }
    }
    if (error) {
      const Status status = ErrnoStatus("cannot read directory", error.value());
      *exit = std::max<int>(*exit, talk->Error(folder, status));
    }
  }
  std::sort(files->begin() + static_cast<ptrdiff_t>(first), files->end());
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
    if (!is_directory) {
      files.push_back(name);
    } else if (flags.recurse) {
      AddTree(name, wants, talk, exit, &files);
    } else {
      const Status status(Code::kIo, "is a directory, skipped");
      *exit = std::max<int>(*exit,
                            talk->Error(name, status, "pass -r to enter it"));
    }
  }
  return files;
}

}  // namespace lentil
