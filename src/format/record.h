// SPDX-License-Identifier: Apache-2.0
// Small buffers: one coded piece without container. Model, numerics and kind of
// coding are agreed elsewhere; a record says only what changes from one to the
// next.
//
//   with a size:    varint(size * 2 + stored) | coded | check?
//   without:        one byte 0 or 1 (stored)  | coded | check?

#ifndef LENTIL_FORMAT_RECORD_H_
#define LENTIL_FORMAT_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"

namespace lentil {

inline constexpr uint32_t kMaxRecordSize = (1u << 27) - 1;  // head <= 4 bytes

struct RecordOptions {
  bool size = true;    // store the length of the source
  bool check = false;  // store Hash32 of the source, 4 bytes
};

// A record's parts; `coded` points into the bytes it was parsed from.
struct Record {
  uint32_t raw_size = 0;
  bool stored = false;  // `coded` is the source itself
  std::span<const uint8_t> coded;
  uint32_t check = 0;  // only with RecordOptions::check
};

// Appends head, coded bytes and check: at most 4 bytes and 4 for the check.
// raw_size <= kMaxRecordSize.
void AppendRecord(const Record& record, RecordOptions options,
                  std::vector<uint8_t>* out);

// `bytes` is one whole record. Without a stored size, `raw_size` says it; with
// one it is ignored. kCorrupt if the bytes cannot be a record.
Result<Record> ParseRecord(std::span<const uint8_t> bytes,
                           RecordOptions options, size_t raw_size);

}  // namespace lentil

#endif  // LENTIL_FORMAT_RECORD_H_
