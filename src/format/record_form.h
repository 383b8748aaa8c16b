// SPDX-License-Identifier: Apache-2.0
// How a file falls into records.

#ifndef LENTIL_FORMAT_RECORD_FORM_H_
#define LENTIL_FORMAT_RECORD_FORM_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"

namespace lentil {

// Values are stored in files and never change.
enum class RecordForm : uint8_t {
  kNone = 0,
  kLines = 1,  // each ends with a newline, which is not part of it
  kU32Le = 2,  // each follows its length in four bytes, little-endian
};

// The bytes of a record among others, without separator or length.
struct RecordPlace {
  uint32_t begin = 0;
  uint32_t size = 0;

  bool operator==(const RecordPlace&) const = default;
};

// Records of one frame at most.
inline constexpr size_t kMaxFrameRecords = size_t{1} << 20;

// The records at the front of `bytes` (less than 4 GiB), at most `most`.
// `*used` ← the bytes they take with newlines or lengths: what lies behind the
// last newline, or is cut, is no record and not counted.
std::vector<RecordPlace> WholeRecords(std::span<const uint8_t> bytes,
                                      RecordForm form, size_t most,
                                      size_t* used);

// All of `bytes`, where a last line may lack its newline; then `*open` is true.
// kInvalidArgument if lengths do not add up.
Result<std::vector<RecordPlace>> SplitRecords(std::span<const uint8_t> bytes,
                                              RecordForm form, bool* open);

}  // namespace lentil

#endif  // LENTIL_FORMAT_RECORD_FORM_H_
