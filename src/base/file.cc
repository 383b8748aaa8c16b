// SPDX-License-Identifier: Apache-2.0
// POSIX files. Every call that a signal may interrupt is repeated.

#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
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

Status WriteAll(int fd, std::span<const uint8_t> bytes, uint64_t* written) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus("cannot write", errno);
    if (written != nullptr) *written += static_cast<uint64_t>(n);
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

}  // namespace lentil
