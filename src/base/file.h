// SPDX-License-Identifier: Apache-2.0
// Files: read whole, in pieces, or map. base/output_file.h writes them.
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

// Writes all of it, going on after signals and short writes. Adds to `*written`
// what went out, also if that was not all.
Status WriteAll(int fd, std::span<const uint8_t> bytes,
                uint64_t* written = nullptr);

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

}  // namespace lentil

#endif  // LENTIL_BASE_FILE_H_
