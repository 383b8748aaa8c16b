// SPDX-License-Identifier: Apache-2.0
// Files: read whole, map, and write so that no half-written one is ever seen.
//
// Messages do not name the path (the caller does) but keep the system's words.

#ifndef LENTIL_BASE_FILE_H_
#define LENTIL_BASE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"

namespace lentil {

// kIo with "what: " and the text of errno, e.g. "cannot open: permission
// denied"; kExists for EEXIST.
Status ErrnoStatus(const std::string& what, int error_number);

// Reads an open descriptor until its end or until `limit` bytes have come;
// kResourceLimit if there are more.
Result<std::vector<uint8_t>> ReadAll(int fd, uint64_t limit = UINT64_MAX);

// Reads a regular file, pipe or device by name. A directory is kIo.
Result<std::vector<uint8_t>> ReadFile(const std::string& path,
                                      uint64_t limit = UINT64_MAX);

// Reads up to bytes.size() bytes; fewer only at the end of the file.
Result<size_t> ReadSome(int fd, std::span<uint8_t> bytes);

// Writes all of it, going on after signals and short writes.
Status WriteAll(int fd, std::span<const uint8_t> bytes);

// A file mapped read-only. Reading it after another program truncates it
// faults, so only for files that are ours (models).
class MappedFile {
 public:
  // kIo for what is not a regular file; a pipe is not waited for.
  static Result<MappedFile> Open(const std::string& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const uint8_t> bytes() const {
    return {static_cast<const uint8_t*>(data_), size_};
  }
  // The process gives up what it has read of it so far; reading it again costs
  // a page fault.
  void ReleasePages() const;

 private:
  MappedFile(void* data, size_t size) : data_(data), size_(size) {}

  void* data_ = nullptr;
  size_t size_ = 0;
};

// Writes under a temporary name in the same folder; Commit flushes it to the
// disk and renames it. Without Commit the destructor removes it.
class AtomicFile {
 public:
  // kExists if `path` is there and `overwrite` is false; checked again, without
  // a race, by Commit. `mode` as for open(2), before the umask.
  static Result<AtomicFile> Create(const std::string& path, bool overwrite,
                                   uint32_t mode = 0666);
  ~AtomicFile();
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;

  int fd() const { return fd_; }  // for fchmod, futimens
  const std::string& temporary_path() const { return temporary_; }
  Status Write(std::span<const uint8_t> bytes);
  // Flushes to the disk what was written; for a caller that wants this slow
  // part apart from Commit, which otherwise does it.
  Status Flush();
  // After it, successful or not, the object is empty.
  Status Commit();

 private:
  AtomicFile() = default;
  void Discard();

  int fd_ = -1;
  bool overwrite_ = false;
  bool flushed_ = false;
  std::string path_;
  std::string temporary_;
};

// AtomicFile in one call, overwriting.
Status WriteFileAtomically(const std::string& path,
                           std::span<const uint8_t> bytes);

}  // namespace lentil

#endif  // LENTIL_BASE_FILE_H_
