// SPDX-License-Identifier: Apache-2.0
// What --rm does: look, take the file out of everybody's way, look again.

#include "cli/removal.h"

#include <fcntl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "base/file.h"
#include "cli/signals.h"

namespace lentil {
namespace {

Status Kept(const std::string& why) {
  return Status(Code::kIo, "not removed: " + why);
}

bool IsSame(const struct timespec& a, const struct timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool IsOneFile(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// On these a lease is refused for other reasons than a writer, too.
bool IsOfNetwork(int fd) {
  constexpr uint32_t kNfs = 0x6969;
  constexpr uint32_t kCifs = 0xFF534D42;
  constexpr uint32_t kSmb2 = 0xFE534D42;
  struct statfs found = {};
  if (fstatfs(fd, &found) != 0) return true;
  const auto type = static_cast<uint32_t>(found.f_type);
  return type == kNfs || type == kCifs || type == kSmb2;
}

// While it is held nobody has the file open for writing; who tries to waits
// until it is given back. Not every file system has leases, nor every user.
class WriterLease {
 public:
  explicit WriterLease(int fd) : fd_(fd) {
    // What tells of somebody waiting shall not end the program, as SIGIO would.
    (void)fcntl(fd_, F_SETSIG, SIGURG);
    is_held_ = fcntl(fd_, F_SETLEASE, F_RDLCK) == 0;
    has_writer_ = !is_held_ && errno == EAGAIN && !IsOfNetwork(fd_);
  }
  ~WriterLease() {
    if (is_held_) (void)fcntl(fd_, F_SETLEASE, F_UNLCK);
  }
  WriterLease(const WriterLease&) = delete;
  WriterLease& operator=(const WriterLease&) = delete;

  // Somebody writes, or waits to.
  bool HasWriter() const {
    return has_writer_ || (is_held_ && fcntl(fd_, F_GETLEASE) != F_RDLCK);
  }

 private:
  int fd_;
  bool is_held_ = false;
  bool has_writer_ = false;
};

// Renames without replacing anything.
bool Move(const std::string& from, const std::string& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(),
                RENAME_NOREPLACE) == 0) {
    return true;
  }
  if (errno != EINVAL && errno != ENOSYS) return false;
  struct stat found = {};
  return lstat(to.c_str(), &found) != 0 &&
         rename(from.c_str(), to.c_str()) == 0;
}

// "" if all that was read is all there is; else why not.
std::string ChangeOf(const Input& input, bool with_inode_times) {
  const struct stat& then = input.stat();
  struct stat now = {};
  if (fstat(input.fd(), &now) != 0) return "it cannot be looked at again";
  if (now.st_size != then.st_size ||
      input.bytes_read() != static_cast<uint64_t>(then.st_size)) {
    return "its size changed while it was read";
  }
  if (!IsSame(now.st_mtim, then.st_mtim) ||
      (with_inode_times && !IsSame(now.st_ctim, then.st_ctim))) {
    return "it changed while it was read";
  }
  return "";
}

// The same for its name.
std::string ChangeOfName(const Input& input, const std::string& path) {
  struct stat named = {};
  if (lstat(path.c_str(), &named) != 0) return "it is gone";
  if (S_ISLNK(named.st_mode)) return "it is a symbolic link";
  return IsOneFile(named, input.stat())
             ? ""
             : "another file has its name now; it is another's to remove";
}

std::string PathAside(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder =
      slash == std::string::npos ? "" : path.substr(0, slash + 1);
  return folder + ".lentil-" + std::to_string(getpid()) + ".removed";
}

}  // namespace

Status RemoveInput(const Input& input) {
  if (!input.is_regular()) return Kept("it is no regular file");
  const std::string& path = input.path();
  const SignalBlock block;
  const WriterLease lease(input.fd());
  std::string why = ChangeOfName(input, path);
  if (why.empty()) why = ChangeOf(input, /*with_inode_times=*/true);
  if (why.empty() && lease.HasWriter()) {
    why = "another program has it open for writing";
  }
  if (!why.empty()) return Kept(why);
  const std::string aside = PathAside(path);
  if (!Move(path, aside)) return ErrnoStatus("cannot remove", errno);
  why = ChangeOfName(input, aside);
  if (why.empty()) why = ChangeOf(input, /*with_inode_times=*/false);
  if (why.empty() && lease.HasWriter()) {
    why = "another program opened it for writing";
  }
  if (why.empty()) {
    if (unlink(aside.c_str()) == 0) return Status();
    why = ErrnoStatus("it cannot be", errno).message();
  }
  if (Move(aside, path)) return Kept(why);
  return Kept(why + "; it is now called " + aside);
}

}  // namespace lentil
