// SPDX-License-Identifier: Apache-2.0
// The arithmetic of docs/numerics.md, one table of functions per instruction
// set. Every table gives the same bits; scalar.cc is the one to read.
//
// All functions are pure except for what their arguments point to, thread-safe
// for different outputs, allocate nothing and check nothing: the model's reader
// has checked shapes. They expect the floating-point mode of base/fp_mode.h.
//
// Letters: D width, H heads, G KV heads, K head width, F MLP width, W window.
// Limits: D, F, H·K, K multiples of 16; D, F, H·K ≤ 4096; K ≤ 128; W ≤ 1024.

#ifndef LENTIL_KERNELS_KERNELS_H_
#define LENTIL_KERNELS_KERNELS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/status.h"
#include "kernels/aligned.h"
#include "kernels/floats.h"

namespace lentil {

inline constexpr uint32_t kNumericsVersion = 1;
inline constexpr size_t kMaxWidth = 4096;     // D, F, H·K
inline constexpr size_t kMaxHeadWidth = 128;  // K
inline constexpr size_t kMaxWindow = 1024;    // W
inline constexpr int32_t kMaxSink = 1 << 24;  // |sink_h|: M − a_j fits int32
inline constexpr float kMinTemperature = 0x1p-20f;  // least c_h
inline constexpr size_t kMaxBatch = 32;  // positions of a lane per batch

// ---- frequencies ----------------------------------------------------------

inline constexpr int kTotalBits = 24;  // frequencies sum to 2^24

// Each frequency ≥ 1, sum 2^kTotalBits. `block[b]` = sum of those before 16·b.
struct alignas(kAlignment) FrequencyTable {
  uint32_t frequency[256];
  uint32_t block[16];
};

// ---- matrix products ------------------------------------------------------

// Which scale a quantised row carries.
enum class ScaleKind : uint8_t {
  kRms,  // 1 ÷ RMS of the integers: the row is RMS-normalised
  kMax,  // max |x| ÷ 127: the row keeps its size
};

// What becomes of y = Linear(q, σ).
enum class Epilogue : uint8_t {
  kStore,        // out = y
  kAdd,          // out = out + y
  kSquaredRelu,  // out = max(y, 0)²
};

// out[r][j] ← (float(Σ_i W[j][i] q[r][i]) × σ[r]) × s[j] for all rows r.
struct LinearArgs {
  const uint8_t* packed;  // from `pack` of the same kernels, 64-byte aligned
  size_t n;               // outputs, any number
  size_t k;               // inputs, a multiple of 16
  const int8_t* q;        // [rows, k] at distance `q_stride`, in [−127, 127]
  size_t q_stride;
  const float* sigma;  // [rows]
  size_t rows;         // any number; the result of a row never depends on it
  float* out;          // [rows, n] at distance `out_stride`
  size_t out_stride;
  Epilogue epilogue;
  uint8_t* scratch;  // ScratchBytes(rows, k), 64-byte aligned
};

// Weights that some targets multiply faster.
inline constexpr int32_t kNarrowWeight = 31;

// A product and the layout of the weights that it wants.
struct MatrixKernels {
  // Size and contents of a matrix [n, k] with a scale per output. `weight` is
  // row-major, in [−127, 127].
  size_t (*packed_bytes)(size_t n, size_t k);
  void (*pack)(const int8_t* weight, const float* scale, size_t n, size_t k,
               uint8_t* packed);
  void (*apply)(const LinearArgs&);
};

// ---- attention ------------------------------------------------------------

// Keys and values of one lane, layer and KV head. The layout belongs to the
// table. Position p lives in slot p mod capacity.
struct KvRing {
  uint8_t* data;      // KvRingBytes(capacity, K), 64-byte aligned, initialised
  uint32_t capacity;  // KvRingCapacity(W)
  uint32_t head_width;
};

constexpr uint32_t KvRingCapacity(uint32_t window) {
  return (window + 31 + 31) / 32 * 32;
}
constexpr size_t KvRingBytes(size_t capacity, size_t head_width) {
  return 2 * capacity * head_width;
}

// Attention of one row (one lane, one position) for all query heads that share
// a KV head: out[h] = Σ_j e_j v_j ÷ (32 Z), j = first … last.
struct AttendArgs {
  KvRing ring;          // holds positions first … last
  uint32_t first;       // max(0, last − W + 1)
  uint32_t last;        // this row's own position
  const int8_t* q;      // [heads, K], after head_norm
  size_t heads;         // H ÷ G
  const float* c;       // [heads], temperatures, kMinTemperature … 1
  const int32_t* sink;  // [heads], |sink| ≤ kMaxSink
  float* out;           // [heads, K]
  uint8_t* scratch;     // ScratchBytes(0, 0), 64-byte aligned
};

// Rows that `linear` keeps in scratch at a time.
inline constexpr size_t kLinearRows = 48;

// Bytes of scratch that serve `linear` of this shape, and `attend`.
constexpr size_t ScratchBytes(size_t rows, size_t k) {
  return std::max<size_t>(32768, std::min(rows, kLinearRows) * (2 * k + 64));
}

// ---- mixing log-odds ------------------------------------------------------

inline constexpr int32_t kMaxMixWeight = (1 << 18) - 1;  // 1.0 is 2^16

// ---- the table ------------------------------------------------------------

struct Kernels {
  const char* name;  // "scalar", "avx2", "avx512", "neon"

  MatrixKernels linear;  // of any rows and weights
  MatrixKernels narrow;  // the same where no |weight| is above kNarrowWeight
  MatrixKernels sparse;  // of rows ≥ 0, fast where most are 0; the same results

  // QuantizeRow: q = round(x · 127 ÷ max |x|); returns the scale σ of the row.
  // n is a multiple of 16. A row that is tiny or not finite becomes zeros with
  // σ = 0.
  float (*quantize)(const float* x, size_t n, ScaleKind, int8_t* q);

  // h[i] = Σ_k float(rows[k][i]) × scale[k], i < d, k < count in order.
  void (*embed)(const int8_t* const* rows, const float* scale, size_t count,
                size_t d, float* h);

  // cos and sin of the phases uint32(position × step[i]), i < half = K ÷ 2.
  void (*rotary)(uint32_t position, const uint32_t* step, size_t half,
                 float* cosine, float* sine);

  // Head norm of x [heads, k] to int8 [heads, k], rotated by cosine and sine
  // [k ÷ 2] unless these are null.
  void (*head_norm)(const float* x, size_t heads, size_t k, const float* cosine,
                    const float* sine, int8_t* out);

  // Writes key and value [K] of a position into its slot.
  void (*ring_put)(const KvRing&, uint32_t position, const int8_t* key,
                   const int8_t* value);
  void (*attend)(const AttendArgs&);

  // Σ_i w_i x_i ÷ 2^16, as (Σ (w_i x_i) >> 6) >> 10, i < n: n ≤ 32 and a
  // multiple of 16, |w_i| ≤ kMaxMixWeight, |x_i| < 2^12.
  int32_t (*mix)(const int32_t* w, const int32_t* x, size_t n);

  // w_i ← w_i + (x_i · error + 2^15) >> 16, held to kMaxMixWeight; |error| ≤
  // 2^17.
  void (*train_mix)(int32_t* w, const int32_t* x, int32_t error, size_t n);

  // Frequencies of 256 finite logits, whose unit is bits.
  void (*frequencies)(const float* logits, FrequencyTable*);

  FloatKernels floats;
};

// The reference; always there.
const Kernels& ScalarKernels();

// Every table this build has and this machine can run, slowest first.
std::span<const Kernels* const> AvailableKernels();

// The fastest of them, or the one that the environment variable LENTIL_KERNELS
// names; kInvalidArgument if that is unknown here. Chosen once.
Result<const Kernels*> DefaultKernels();

// By name. kInvalidArgument names those available.
Result<const Kernels*> FindKernels(std::string_view name);

// A matrix [n, k] packed for its kernels, which must outlive it.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  PackedMatrix(const MatrixKernels& kernels, const int8_t* weight,
               const float* scale, size_t n, size_t k);
  const MatrixKernels& kernels() const { return *kernels_; }
  const uint8_t* data() const { return bytes_.data(); }
  size_t n() const { return n_; }
  size_t k() const { return k_; }
  size_t bytes() const { return bytes_.size(); }

 private:
  const MatrixKernels* kernels_ = nullptr;
  size_t n_ = 0;
  size_t k_ = 0;
  AlignedBytes bytes_;
};

// ---- using frequencies ----------------------------------------------------

struct SymbolRange {
  uint32_t cumulative;  // sum of the frequencies of lower symbols
  uint32_t frequency;
};

inline SymbolRange RangeOf(const FrequencyTable& table, uint32_t symbol) {
  uint32_t cumulative = table.block[symbol / 16];
  for (uint32_t s = symbol / 16 * 16; s < symbol; ++s) {
    cumulative += table.frequency[s];
  }
  return {cumulative, table.frequency[symbol]};
}

// The symbol whose range holds `target` < 2^kTotalBits.
inline uint32_t FindSymbol(const FrequencyTable& table, uint32_t target,
                           SymbolRange* range) {
  uint32_t block = 0;
  for (uint32_t b = 1; b < 16; ++b) block += table.block[b] <= target;
  uint32_t symbol = block * 16;
  uint32_t cumulative = table.block[block];
  while (target - cumulative >= table.frequency[symbol]) {
    cumulative += table.frequency[symbol++];
  }
  *range = {cumulative, table.frequency[symbol]};
  return symbol;
}

}  // namespace lentil

#endif  // LENTIL_KERNELS_KERNELS_H_
