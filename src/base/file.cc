// SPDX-License-Identifier: Apache-2.0
// POSIX files. Every call that a signal may interrupt is repeated.

#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace lentil {
namespace {

constexpr size_t kReadPiece = size_t{1} << 20;

// Closes at the end of a scope.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

int OpenForReading(const std::string& path, int more_flags = 0) {
  int fd;
  do {
    fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | more_flags);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

// A rename is on the disk only when its folder is. Not every file system can.
void SyncFolder(const std::string& path) {
  const std::string folder = FolderOf(path);
  const Descriptor fd(OpenForReading(folder.empty() ? "." : folder));
  if (fd.get() >= 0) (void)fsync(fd.get());
}

}  // namespace

Status ErrnoStatus(const std::string& what, int error_number) {
  std::string reason = std::strerror(error_number);
  if (!reason.empty()) {
    reason[0] = static_cast<char>(std::tolower(reason[0]));
  }
  return Status(error_number == EEXIST ? Code::kExists : Code::kIo,
                what + ": " + reason);
}

Result<size_t> ReadSome(int fd, std::span<uint8_t> bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = read(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus("cannot read", errno);
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

Status WriteAll(int fd, std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus("cannot write", errno);
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
  return Status();
}

Result<std::vector<uint8_t>> ReadAll(int fd, uint64_t limit) {
  std::vector<uint8_t> bytes;
  while (true) {
    const size_t old_size = bytes.size();
    bytes.resize(old_size + kReadPiece);
    LENTIL_ASSIGN_OR_RETURN(const size_t n,
                            ReadSome(fd, std::span(bytes).subspan(old_size)));
    bytes.resize(old_size + n);
    if (bytes.size() > limit) {
      return Status(Code::kResourceLimit,
                    "larger than " + std::to_string(limit) + " bytes");
    }
    if (n < kReadPiece) return bytes;
  }
}

Result<std::vector<uint8_t>> ReadFile(const std::string& path, uint64_t limit) {
  const Descriptor fd(OpenForReading(path));
  if (fd.get() < 0) return ErrnoStatus("cannot open", errno);
  return ReadAll(fd.get(), limit);
}

Result<MappedFile> MappedFile::Open(const std::string& path) {
  const Descriptor fd(OpenForReading(path, O_NONBLOCK));  // a pipe would wait
  if (fd.get() < 0) return ErrnoStatus("cannot open", errno);
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return ErrnoStatus("cannot stat", errno);
  if (!S_ISREG(info.st_mode)) return Status(Code::kIo, "not a regular file");
  const auto size = static_cast<size_t>(info.st_size);
  if (size == 0) return MappedFile(nullptr, 0);
  void* data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (data == MAP_FAILED) return ErrnoStatus("cannot map", errno);
  return MappedFile(data, size);
}

void MappedFile::ReleasePages() const {
  // Advice: that it may fail changes nothing.
  if (size_ > 0) (void)madvise(data_, size_, MADV_DONTNEED);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(data_, size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Result<AtomicFile> AtomicFile::Create(const std::string& path, bool overwrite,
                                      uint32_t mode) {
  static std::atomic<uint32_t> counter{0};
  struct stat info;
  if (lstat(path.c_str(), &info) == 0) {
    if (S_ISDIR(info.st_mode)) return Status(Code::kIo, "is a directory");
    if (!overwrite) return Status(Code::kExists, "already exists");
  }
  AtomicFile file;
  file.path_ = path;
  file.overwrite_ = overwrite;
  const std::string stem =
      FolderOf(path) + ".lentil-" + std::to_string(getpid()) + "-";
  do {  // never the user's name: it may be as long as names can be
    file.temporary_ = stem + std::to_string(counter.fetch_add(1)) + ".tmp";
    file.fd_ = open(file.temporary_.c_str(),
                    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  } while (file.fd_ < 0 && (errno == EINTR || errno == EEXIST));
  if (file.fd_ < 0) return ErrnoStatus("cannot create", errno);
  return file;
}

AtomicFile::~AtomicFile() { Discard(); }

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      overwrite_(other.overwrite_),
      flushed_(other.flushed_),
      path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this != &other) {
    Discard();
    fd_ = std::exchange(other.fd_, -1);
    overwrite_ = other.overwrite_;
    flushed_ = other.flushed_;
    path_ = std::move(other.path_);
    temporary_ = std::move(other.temporary_);
  }
  return *this;
}

void AtomicFile::Discard() {
  if (fd_ < 0) return;
  close(fd_);
  unlink(temporary_.c_str());
  fd_ = -1;
}

Status AtomicFile::Write(std::span<const uint8_t> bytes) {
  flushed_ = false;
  return WriteAll(fd_, bytes);
}

// Once: the system tells of a failure once, and calls the next flush a success.
Status AtomicFile::Flush() {
  if (flushed_) return Status();
  int failed = 0;
  do {
    failed = fsync(fd_);
  } while (failed != 0 && errno == EINTR);
  if (failed != 0 && errno != EINVAL && errno != EROFS) {
    return ErrnoStatus("cannot flush to disk", errno);
  }
  flushed_ = true;
  return Status();
}

Status AtomicFile::Commit() {
  Status status = Flush();
  if (close(std::exchange(fd_, -1)) != 0 && status.ok()) {
    status = ErrnoStatus("cannot close", errno);
  }
  if (status.ok() && overwrite_ &&
      rename(temporary_.c_str(), path_.c_str()) != 0) {
    status = ErrnoStatus("cannot rename", errno);
  }
  // link(2) refuses an existing name, which rename(2) would replace. File
  // systems without hard links fall back to it, having looked once more.
  if (status.ok() && !overwrite_ &&
      link(temporary_.c_str(), path_.c_str()) != 0) {
    if (errno == EEXIST || access(path_.c_str(), F_OK) == 0) {
      status = Status(Code::kExists, "already exists");
    } else if (rename(temporary_.c_str(), path_.c_str()) != 0) {
      status = ErrnoStatus("cannot rename", errno);
    }
  }
  if (!status.ok() || !overwrite_) unlink(temporary_.c_str());
  if (status.ok()) SyncFolder(path_);
  return status;
}

Status WriteFileAtomically(const std::string& path,
                           std::span<const uint8_t> bytes) {
  LENTIL_ASSIGN_OR_RETURN(AtomicFile file,
                          AtomicFile::Create(path, /*overwrite=*/true));
  LENTIL_RETURN_IF_ERROR(file.Write(bytes));
  return file.Commit();
}

}  // namespace lentil
