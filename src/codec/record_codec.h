// SPDX-License-Identifier: Apache-2.0
// Small buffers coded by a prior, a model or zstd, whichever both sides agreed
// on.

#ifndef LENTIL_CODEC_RECORD_CODEC_H_
#define LENTIL_CODEC_RECORD_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "codec/frame_coder.h"
#include "codec/record_lanes.h"
#include "format/record.h"

namespace lentil {

// How records are coded. The decoder must be given the same.
struct RecordCodec {
  const ModelCoder* coder = nullptr;  // nullptr: zstd
  // Goes before both; then the coder does not matter.
  std::shared_ptr<const RecordPrior> prior;
  RecordOptions options;
};

// Appends one record; stores the bytes where coding does not help. `verify`
// decodes it and compares. kInvalidArgument beyond kMaxRecordSize.
Status EncodeRecord(const RecordCodec& codec, std::span<const uint8_t> raw,
                    bool verify, std::vector<uint8_t>* out);

// Source length of a record: the stored one, or `known_size` without one.
Result<size_t> RecordSourceSize(const RecordCodec& codec,
                                std::span<const uint8_t> record,
                                size_t known_size);

// Fills `raw`, whose size is RecordSourceSize. kCorrupt if the record lies.
Status DecodeRecord(const RecordCodec& codec, std::span<const uint8_t> record,
                    std::span<uint8_t> raw);

}  // namespace lentil

#endif  // LENTIL_CODEC_RECORD_CODEC_H_
