// SPDX-License-Identifier: Apache-2.0
// Records as bytes, and back.

#include "format/record.h"

#include <cassert>

#include "base/endian.h"

namespace lentil {

void AppendRecord(const Record& record, RecordOptions options,
                  std::vector<uint8_t>* out) {
  assert(record.raw_size <= kMaxRecordSize);
  const uint64_t stored = record.stored ? 1 : 0;
  AppendVarint(options.size ? uint64_t{record.raw_size} * 2 + stored : stored,
               out);
  out->insert(out->end(), record.coded.begin(), record.coded.end());
  if (options.check) AppendLe(record.check, out);
}

Result<Record> ParseRecord(std::span<const uint8_t> bytes,
                           RecordOptions options, size_t raw_size) {
  size_t at = 0;
  uint64_t head = 0;
  if (ReadVarint(bytes, &at, &head) != VarintResult::kOk) {
    return Status(Code::kCorrupt, "record head is malformed");
  }
  const uint64_t size = options.size ? head >> 1 : raw_size;
  if (size > kMaxRecordSize || (!options.size && head > 1)) {
    return Status(Code::kCorrupt, "record head is malformed");
  }
  const size_t check_bytes = options.check ? 4 : 0;
  if (bytes.size() - at < check_bytes) {
    return Status(Code::kCorrupt, "record is truncated");
  }
  Record record;
  record.raw_size = static_cast<uint32_t>(size);
  record.stored = (head & 1) != 0;
  record.coded = bytes.subspan(at, bytes.size() - at - check_bytes);
  if (options.check) {
    record.check = LoadLe<uint32_t>(bytes.data() + bytes.size() - 4);
  }
  if (record.stored && record.coded.size() != size) {
    return Status(Code::kCorrupt, "stored record has another length");
  }
  return record;
}

}  // namespace lentil
