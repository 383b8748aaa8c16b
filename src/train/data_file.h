// SPDX-License-Identifier: Apache-2.0
// Data files as streams of bytes, .xz and .zst unpacked on the way, and how
// much of them may be held at once.
//
// A small file can unpack to any size; so what unpacks, or comes from a pipe,
// has a ceiling of its own, below that of files that are seen to be large.

#ifndef LENTIL_TRAIN_DATA_FILE_H_
#define LENTIL_TRAIN_DATA_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace lentil {

// What unpacking may take by itself: xz -9 asks for 65 MiB, a .zst of --long=27
// for the other.
inline constexpr uint64_t kMostXzMemory = uint64_t{136} << 20;
inline constexpr int kMostZstdWindow = 27;  // bits: 128 MiB

// Most data that are held of files whose size can be seen, unless a user says
// otherwise.
inline constexpr uint64_t kMostData = uint64_t{4} << 30;

// One open file, unpacked if its name ends in .xz or .zst. Memory: what is said
// above, and a buffer.
class DataFile {
 public:
  // kIo if it cannot be opened. Messages of this class do not name the file.
  static Result<DataFile> Open(const std::string& path);
  // Standard input, as it is.
  static DataFile Stdin();
  ~DataFile();
  DataFile(DataFile&& other) noexcept;
  DataFile& operator=(DataFile&& other) noexcept;

  // A regular file, which can be opened and read again.
  bool is_regular() const { return is_regular_; }
  // Bytes of a regular file, read as they are: what they cost is seen from
  // outside.
  bool is_plain() const { return has_size_ && unpacker_ == nullptr; }

  // Fills `bytes`; fewer come only at the end. kCorrupt if a packed file is
  // damaged or cut, kResourceLimit if unpacking it would take more than above.
  Result<size_t> Read(std::span<uint8_t> bytes);

  // What unpacks, defined in the .cc file.
  class Unpacker;

 private:
  DataFile(int fd, bool is_owned);

  int fd_ = -1;
  bool is_owned_ = false;
  bool is_regular_ = false;
  bool has_size_ = false;
  std::unique_ptr<Unpacker> unpacker_;  // nullptr: the file as it is
};

// Bytes of data that a verb holds, and the most it may.
struct DataBudget {
  // For what users say with -M, 0 if they did not: then the most that comes of
  // packed files and pipes is `unpacked`. `advice` is the next step beyond it.
  static DataBudget Of(uint64_t memory_limit, uint64_t unpacked,
                       std::string_view advice);

  uint64_t most = UINT64_MAX;
  uint64_t most_unpacked = UINT64_MAX;
  std::string advice = {};
  uint64_t held = 0;
  uint64_t held_unpacked = 0;

  // Counts bytes that are to be held; kResourceLimit, and nothing is counted,
  // if they are too many. The message does not name the file.
  Status Take(uint64_t bytes, bool is_plain);
};

// The first bytes of a file, at most `first`, which count in the budget; of
// what lies behind nothing is unpacked. Memory: the bytes, and 80 MiB for a
// moment.
Result<std::vector<uint8_t>> ReadData(DataFile* file, uint64_t first,
                                      DataBudget* budget);

// "256 MiB" or "100 bytes", for messages.
std::string AmountText(uint64_t bytes);

}  // namespace lentil

#endif  // LENTIL_TRAIN_DATA_FILE_H_
