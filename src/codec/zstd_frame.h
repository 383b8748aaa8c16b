// SPDX-License-Identifier: Apache-2.0
// One frame through libzstd: a single zstd frame (RFC 8878) without dictionary
// or checksum. Equal bytes for equal library versions.

#ifndef LENTIL_CODEC_ZSTD_FRAME_H_
#define LENTIL_CODEC_ZSTD_FRAME_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"

namespace lentil {

inline constexpr int kMinZstdLevel = 1;
inline constexpr int kMaxZstdLevel = 22;

// Bytes that ZstdCompress takes besides source and result. Its tables are held
// to a size that fits the source, at about 1 % of the ratio: 7 MiB for 4 MiB.
uint64_t ZstdMemory(uint64_t raw_size, int level);

// Replaces `out`. Sets `*fits` to whether the result has at most `limit` bytes;
// if not, `out` is empty. Looks at `cancelled` (may be null) about every 128
// KiB of source: kCancelled.
Status ZstdCompress(std::span<const uint8_t> raw, int level, size_t limit,
                    const std::atomic<bool>* cancelled,
                    std::vector<uint8_t>* out, bool* fits);

// Fills `raw` exactly, or kCorrupt.
Status ZstdDecompress(std::span<const uint8_t> payload, std::span<uint8_t> raw);

}  // namespace lentil

#endif  // LENTIL_CODEC_ZSTD_FRAME_H_
