// SPDX-License-Identifier: Apache-2.0
// For tests of streams and archives: a frame coder without a model, data of
// several kinds, and whole buffers in one call.

#ifndef LENTIL_CODEC_STREAM_TEST_UTIL_H_
#define LENTIL_CODEC_STREAM_TEST_UTIL_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "codec/frame_coder.h"
#include "codec/stream.h"
#include "model/model.h"

namespace lentil {

using Bytes = std::vector<uint8_t>;

// Codes TextLike data in a little over half their size, where zstd needs three
// quarters, in four groups that may run in parallel.
class FakeCoder final : public FrameCoder {
 public:
  explicit FakeCoder(uint64_t hash = 0x1122334455667788) : hash_(hash) {}

  uint32_t numerics_version() const override { return 1; }
  uint64_t model_hash() const override { return hash_; }
  uint64_t EncodeMemory(uint64_t, const LaneLimits&,
                        int threads) const override {
    return static_cast<uint64_t>(threads) << 20;
  }
  uint64_t DecodeMemory(uint64_t, std::span<const uint8_t>,
                        int threads) const override {
    return static_cast<uint64_t>(threads) * decode_memory;
  }
  Status Encode(std::span<const uint8_t> raw, const LaneLimits& limits,
                const FrameContext& context,
                std::vector<uint8_t>* payload) const override;
  Status Decode(std::span<const uint8_t> payload, const FrameContext& context,
                std::span<uint8_t> raw) const override;

  bool decodes_wrongly = false;                // to see verification work
  bool is_slow = false;                        // takes forever, until cancelled
  uint64_t decode_memory = uint64_t{1} << 20;  // that it claims, per thread
  mutable std::atomic<int> frames_encoded{0};
  mutable std::atomic<int> frames_at_work{0};  // of those decoded
  mutable std::atomic<int> most_at_work{0};
  mutable std::atomic<size_t> most_threads{0};

 private:
  Status DecodeGroups(std::span<const uint8_t> payload,
                      const FrameContext& context,
                      std::span<uint8_t> raw) const;

  const uint64_t hash_;
};

Bytes TextLike(size_t n, uint32_t seed = 1);     // the fake coder's delight
Bytes RandomBytes(size_t n, uint32_t seed = 1);  // nobody's

// A model of random weights, small enough for tests.
std::shared_ptr<const Model> MakeModel(const Kernels* kernels = nullptr);

// Options with small frames, all in one call.
EncodeOptions ModelOptions(const FakeCoder& coder, uint32_t frame_size = 4096,
                           int threads = 1);
EncodeOptions ZstdOptions(uint32_t frame_size = 4u << 20, int threads = 1);
DecodeOptions DecodeWith(const FakeCoder& coder, int threads = 1);

// Whole buffers; `piece` bytes per Write.
Result<Bytes> EncodeAll(const EncodeOptions& options,
                        std::span<const uint8_t> source,
                        size_t piece = SIZE_MAX);
// `partial`, if given, receives what reached the sink, even after an error.
Result<Bytes> DecodeAll(const DecodeOptions& options,
                        std::span<const uint8_t> file, size_t piece = SIZE_MAX,
                        Bytes* partial = nullptr);

}  // namespace lentil

#endif  // LENTIL_CODEC_STREAM_TEST_UTIL_H_
