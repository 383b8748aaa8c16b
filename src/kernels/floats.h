// SPDX-License-Identifier: Apache-2.0
// Arithmetic for checkpoints of other origin: float32 in a written order, and
// products of block-quantised weights. docs/numerics.md, "Checkpoints".
//
// One table of functions per instruction set, as in kernels.h and under the
// same rules: equal bits from every table, nothing checked, nothing allocated.
// Rows of floats are padded to a multiple of 16 by zeros unless said otherwise;
// "whole panels" are written, so outputs are padded likewise.

#ifndef LENTIL_KERNELS_FLOATS_H_
#define LENTIL_KERNELS_FLOATS_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace lentil {

inline constexpr size_t kPanel = 16;  // outputs, positions, lanes of a sum

constexpr size_t PadToPanel(size_t n) {
  return (n + kPanel - 1) / kPanel * kPanel;
}

// ---- matrix products ------------------------------------------------------

// How weights are stored: float16 and bfloat16 are widened when they are used,
// which is exact, so that they multiply as the float32 of the same value.
enum class FloatType : uint8_t { kFloat32, kFloat16, kBfloat16 };

// out[r][j] ← Σ_i W[j][i] x[r][i] for all rows r: one fused multiply-add per i,
// in order of i, from +0.
struct FloatLinearArgs {
  FloatType type = FloatType::kFloat32;
  const void*
      packed;  // [panels][k][16] of the type, see PackFloatPanel; finite
  size_t n;    // outputs; whole panels are written
  size_t k;
  const float* x;  // [rows] at distance x_stride
  size_t x_stride;
  size_t rows;
  float* out;  // [rows] at distance out_stride ≥ PadToPanel(n)
  size_t out_stride;
};

// 16 rows of weights [16, k] as a panel [k][16]; rows from `rows` on are zeros.
// W: float, or uint16_t for the types of 16 bits.
template <class W>
void PackFloatPanel(const W* weight, size_t rows, size_t k, W* panel) {
  for (size_t i = 0; i < k; ++i) {
    for (size_t j = 0; j < kPanel; ++j) {
      panel[i * kPanel + j] = j < rows ? weight[j * k + i] : W{};
    }
  }
}

// Weights as codes: w = scale × (code − offset) + minimum, where `block` of
// them share scale and minimum.
struct CodeFormat {
  uint32_t block = 32;  // 16 or 32
  uint32_t bits = 4;    // 4: codes are 0 … 15; 8: 0 … 255
  int32_t offset = 0;   // 0 … 255
  bool has_minimum = false;
  bool operator==(const CodeFormat&) const = default;
};

inline constexpr size_t kCodeRowBlock = 32;  // inputs that share a scale

// Bytes of a panel of 16 outputs; k is a multiple of 32.
size_t CodePanelBytes(const CodeFormat& format, size_t k);
// codes [rows, k], scale and minimum [rows, k ÷ block] (minimum null if there
// is none) of the panel's first `rows` ≤ 16 outputs; the others are zeros.
// `panel` is 64-byte aligned.
void PackCodePanel(const CodeFormat& format, const uint8_t* codes,
                   const float* scale, const float* minimum, size_t rows,
                   size_t k, uint8_t* panel);

// Rows of activations as int8, a scale for every 32.
struct CodeRows {
  int8_t* q;       // [rows, k]
  float* scale;    // [rows, k ÷ 32]
  int32_t* sum16;  // [rows, k ÷ 16]: Σ of each 16 q
};

// out[r][j] ← from +0, block after block: a fused multiply-add of
// float(Σ (code − offset) · q) and (scale of weights × scale of row), then, if
// there are minima, one of minimum and (scale of row × float(Σ q)).
struct CodeLinearArgs {
  CodeFormat format;
  const uint8_t* packed;  // panels one after the other
  size_t n;               // whole panels are written
  size_t k;
  CodeRows x;
  size_t rows;
  float* out;
  size_t out_stride;
};

// ---- attention ------------------------------------------------------------

// One query head of one row.
struct FloatQuery {
  const float* q;  // [K], finite
  float* out;      // [K], whole panels
  uint32_t first;  // positions first … last are seen
  uint32_t last;
  float slope;  // of ALiBi, or 0
};

// Queries that share a lane, a layer and a KV head. Per query, for j = first …
// last: s_j = (q · k_j, fused, in order of i) × scale, then cap × tanh(s ÷ cap)
// if cap > 0, then + slope × (j − last), or with
// rounded_alibi + bf16(slope × j) × scale; e_j = 2^((s_j − max) log2 e), Z = Σ
// e_j in the lane j mod 16; out = (Σ e_j v_j, fused, in order of j) × (1 ÷ Z).
struct FloatAttendArgs {
  const float* keys;  // panels of 16 positions: [⌈positions ÷ 16⌉][K][16]
  const float* values;  // [positions, PadToPanel(K)], finite as the keys
  size_t head_width;    // K
  float scale;
  float cap;
  bool rounded_alibi = false;  // bf16 to nearest even, as Falcon has it
  std::span<const FloatQuery> queries;
  float* scratch;  // FloatAttendScratch(positions) floats
};

// Queries that are worked on at once, at most.
inline constexpr size_t kMaxFloatRows = 12;

constexpr size_t FloatAttendScratch(size_t positions) {
  return kMaxFloatRows * PadToPanel(positions);
}

// ---- activations ----------------------------------------------------------

enum class Activation : uint8_t {
  kRelu,
  kSquaredRelu,
  kGelu,      // x Φ(x)
  kGeluTanh,  // its approximation by tanh, "gelu_new"
  kSilu,      // x σ(x)
};

// ---- frequencies ----------------------------------------------------------

inline constexpr int kTokenBits = 26;      // token weights are ≤ 2^26
inline constexpr size_t kTokenBlock = 32;  // tokens that share a sum

// ---- the table ------------------------------------------------------------

struct FloatKernels {
  void (*linear)(const FloatLinearArgs&);
  void (*code_linear)(const CodeLinearArgs&);

  // Rows of k floats, k a multiple of 32, as int8: QuantizeRow of every 32
  // (docs/numerics.md), scale m ÷ 127.
  void (*quantize)(const float* x, size_t x_stride, size_t rows, size_t k,
                   const CodeRows& out);

  void (*attend)(const FloatAttendArgs&);

  // out[i] ← f(x[i]), or f(x[i]) × gate[i] unless gate is null; n is a multiple
  // of 16. What is not finite counts as 0.
  void (*activate)(Activation f, const float* x, const float* gate, size_t n,
                   float* out);

  // x[i] ← cap × tanh(x[i] ÷ cap); n is a multiple of 16.
  void (*soft_cap)(float cap, size_t n, float* x);

  // w[i] ← round(2^26 · e^(l_i − max l)) and sums of every 32 of them; n is a
  // multiple of 32. What is not finite counts as 0; −FLT_MAX pads.
  void (*token_weights)(const float* logits, size_t n, uint32_t* w,
                        uint32_t* block_sum);
};

// ---- the same on every target: plain loops --------------------------------

// x without what is not a number: NaN and ±infinity become 0.
float Finite(float x);

// x, finite, with the 8 significant bits of bfloat16: to nearest, ties to even.
float RoundToBf16(float x);

// Σ x_i: x_i into lane i mod 16, in order; then lanes l and l + 8, + 4, + 2,
// + 1.
float LaneSum(const float* x, size_t n);

struct NormArgs {
  const float* x;  // [n]
  size_t n;        // padding is neither read nor counted
  bool centre;     // layer norm; else RMS norm
  float epsilon;
  const float* weight;  // [n] or null
  const float* bias;    // [n] or null
  float* out;           // [n], may be x
};
// m = centre ? LaneSum(x) ÷ n : 0; r = 1 ÷ √(LaneSum((x − m)²) ÷ n + ε);
// out = ((x − m) × r) × weight + bias.
void Norm(const NormArgs& args);

}  // namespace lentil

#endif  // LENTIL_KERNELS_FLOATS_H_
