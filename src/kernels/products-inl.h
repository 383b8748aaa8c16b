// SPDX-License-Identifier: Apache-2.0
// Matrix products and attention for any target, around its two inner loops.
//
// Include from targets' files only (see rows-inl.h). Beyond that header T has
//   kPanelVectors  vectors of outputs that `linear` works on at once
//   kMaxTileRows   rows that fit the registers beside them
//   kSoftmaxHeads  heads whose exponentials are worked on at once
//   Rows           activations as its loops want them, made by Prepare
//   DotBytes       acc[r][v] = Σ int8 × int8 over a packed panel
//   DotWide        acc[r][v] += Σ int16 × int8 over slots of a value ring
// A panel is [depth ÷ kGroup][columns][kGroup] bytes; see PackPanel.

#ifndef LENTIL_KERNELS_PRODUCTS_INL_H_
#define LENTIL_KERNELS_PRODUCTS_INL_H_

#include <algorithm>
#include <cstring>

#include "kernels/kernels.h"
#include "kernels/rows-inl.h"

namespace lentil {
namespace {

// ---- packing --------------------------------------------------------------

template <class T>
constexpr size_t kPanelColumns = T::kPanelVectors * T::kLanes;

template <class T>
size_t PaddedColumns(size_t n) {
  return (n + kPanelColumns<T> - 1) / kPanelColumns<T> * kPanelColumns<T>;
}

template <class T>
size_t PackedBytesT(size_t n, size_t k) {
  return PaddedColumns<T>(n) * (k + sizeof(float));
}

// Panels one after the other, then the scales; missing outputs are zeros.
template <class T>
void PackT(const int8_t* weight, const float* scale, size_t n, size_t k,
           uint8_t* packed) {
  const size_t columns = PaddedColumns<T>(n);
  for (size_t j = 0; j < columns; ++j) {
    uint8_t* panel = packed + j / kPanelColumns<T> * kPanelColumns<T> * k;
    const size_t column = j % kPanelColumns<T>;
    for (size_t i = 0; i < k; ++i) {
      const size_t at = i / T::kGroup * kPanelColumns<T> + column;
      panel[at * T::kGroup + i % T::kGroup] =
          T::Stored(j < n ? weight[j * k + i] : int8_t{0});
    }
  }
  auto* scales = reinterpret_cast<float*>(packed + columns * k);
  for (size_t j = 0; j < columns; ++j) scales[j] = j < n ? scale[j] : 0.0f;
}

// ---- linear ---------------------------------------------------------------

// out[r][j] = op(out[r][j], y[r][j]) for a tile whose sums are in registers.
template <class T, int R, class Op>
[[gnu::always_inline]] inline void FinishWith(const typename T::I (&acc)[R][T::kPanelVectors],
                const float* sigma, const float* scale, float* out,
                size_t stride, Op op) {
  constexpr int kV = T::kPanelVectors;
  LENTIL_UNROLL
  for (int i = 0; i < R * kV; ++i) {
    const int r = i / kV;
    const int v = i % kV;
    float* at = out + r * stride + v * T::kLanes;
    const auto y = T::Mul(T::ToFloat(acc[r][v]), T::Set(sigma[r]));
    T::Store(at, op(at, T::Mul(y, T::Load(scale + v * T::kLanes))));
  }
}

template <class T, int R>
[[gnu::always_inline]] inline void FinishTile(const typename T::I (&acc)[R][T::kPanelVectors],
                const float* sigma, const float* scale, float* out,
                size_t stride, Epilogue epilogue) {
  using F = typename T::F;
  switch (epilogue) {
    case Epilogue::kStore:
      return FinishWith<T, R>(acc, sigma, scale, out, stride,
                              [](const float*, F y) { return y; });
    case Epilogue::kAdd:
      return FinishWith<T, R>(acc, sigma, scale, out, stride,
                              [](const float* old, F y) {
                                return T::Add(T::Load(old), y);
                              });
    case Epilogue::kSquaredRelu:
      return FinishWith<T, R>(acc, sigma, scale, out, stride,
                              [](const float*, F y) {
                                y = T::Max(y, T::Set(0.0f));
                                return T::Mul(y, y);
                              });
  }
}

// The same where a panel has more columns than are left: on a copy.
template <class T, int R>
[[gnu::noinline]] void FinishEdge(
    const typename T::I (&acc)[R][T::kPanelVectors], const float* sigma,
    const float* scale, float* out, size_t stride, size_t columns,
    Epilogue epilogue) {
  constexpr size_t kColumns = kPanelColumns<T>;
  float edge[R * kColumns] = {};
  for (int r = 0; r < R; ++r) {
    std::memcpy(edge + r * kColumns, out + r * stride, columns * sizeof(float));
  }
  FinishTile<T, R>(acc, sigma, scale, edge, kColumns, epilogue);
  for (int r = 0; r < R; ++r) {
    std::memcpy(out + r * stride, edge + r * kColumns, columns * sizeof(float));
  }
}

// Rows `row` … row + R − 1 times one panel, whose first output is `column`.
template <class T, int R>
[[gnu::noinline]] void LinearTile(const LinearArgs& a, const typename T::Rows& rows, size_t row,
                size_t column) {
  constexpr size_t kColumns = kPanelColumns<T>;
  typename T::I acc[R][T::kPanelVectors];
  T::template DotBytes<R, T::kPanelVectors>(a.packed + column * a.k, rows, row,
                                            a.k, acc);
  const auto* scale = reinterpret_cast<const float*>(
      a.packed + PaddedColumns<T>(a.n) * a.k) + column;
  float* const out = a.out + row * a.out_stride + column;
  if (column + kColumns <= a.n) {
    return FinishTile<T, R>(acc, a.sigma + row, scale, out, a.out_stride,
                            a.epilogue);
  }
  FinishEdge<T, R>(acc, a.sigma + row, scale, out, a.out_stride,
                   a.n - column, a.epilogue);
}

// Calls f<R>() for R = rows ≤ kMax.
template <int kMax, class Function>
void WithRows(size_t rows, Function f) {
  if constexpr (kMax > 1) {
    if (rows < kMax) return WithRows<kMax - 1>(rows, f);
  }
  f.template operator()<kMax>();
}

// A block of rows stays in the caches while each panel of weights passes once.
template <class T>
void LinearT(const LinearArgs& whole) {
  for (size_t done = 0; done < whole.rows; done += kLinearRows) {
    LinearArgs a = whole;
    a.rows = std::min(kLinearRows, whole.rows - done);
    a.q += done * a.q_stride;
    a.sigma += done;
    a.out += done * a.out_stride;
    const auto rows = T::Prepare(a.q, a.q_stride, a.rows, a.k, a.scratch);
    const size_t tiles = (a.rows + T::kMaxTileRows - 1) / T::kMaxTileRows;
    for (size_t column = 0; column < a.n; column += kPanelColumns<T>) {
      for (size_t t = 0, row = 0; t < tiles; ++t) {
        const size_t end = (t + 1) * a.rows / tiles;  // even sizes
        WithRows<T::kMaxTileRows>(end - row, [&]<int R>() {
          LinearTile<T, R>(a, rows, row, column);
        });
        row = end;
      }
    }
  }
}

// ---- attention ------------------------------------------------------------
// Keys [capacity ÷ 16] panels of 16 slots and depth K; values [K ÷ 16] panels
// of 16 dimensions and depth `capacity`.

inline constexpr size_t kSlots = 16;        // per block
inline constexpr size_t kMaxSlots = 1088;   // of a window, in whole blocks
inline constexpr int kMaxTileHeads = 4;

template <class T>
void RingPutT(const KvRing& ring, uint32_t position, const int8_t* key,
              const int8_t* value) {
  const size_t slot = position % ring.capacity;
  const size_t k = ring.head_width;
  uint8_t* keys = ring.data + slot / kSlots * kSlots * k;
  uint8_t* values = ring.data + ring.capacity * k;
  for (size_t i = 0; i < k; i += T::kGroup) {
    uint8_t group[T::kGroup];
    for (size_t g = 0; g < T::kGroup; ++g) group[g] = T::Stored(key[i + g]);
    std::memcpy(keys + i * kSlots + slot % kSlots * T::kGroup, group,
                T::kGroup);
  }
  for (size_t i = 0; i < k; i += 16) {
    uint8_t* group = values + i * ring.capacity +
                     slot / T::kWideGroup * T::kWideGroup * 16;
    uint8_t* to = group + slot % T::kWideGroup;
    for (size_t d = 0; d < 16; ++d) {
      to[d * T::kWideGroup] = static_cast<uint8_t>(value[i + d]);
    }
  }
}

// 16 lanes from any offset: masked before the window, kept in it, masked after.
// From kSlots − n the first n lanes are masked, from kSlots + n the last n.
inline constexpr int32_t kMaskTable[3 * kSlots] = {
    0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0};
inline constexpr int32_t kMasked = -(1 << 28);

template <class T>
void MaskBlock(int32_t* score, const int32_t* keep) {
  const auto masked = T::SetInt(kMasked);
  for (size_t s = 0; s < kSlots; s += T::kLanes) {
    const auto changed = T::Xor(T::LoadInt(score + s), masked);
    T::StoreInt(score + s,
                T::Xor(masked, T::And(changed, T::LoadInt(keep + s))));
  }
}

// The window in whole blocks of slots, which the ring may cut in two.
struct Window {
  explicit Window(const AttendArgs& a)
      : start(a.first / kSlots * kSlots),
        low(a.first - start),
        high(a.last - start + 1),
        slots((high + kSlots - 1) / kSlots * kSlots),
        slot(start % a.ring.capacity),
        until_wrap(std::min<size_t>(slots, a.ring.capacity - slot)) {}
  uint32_t start;     // position of the first slot
  size_t low, high;   // the window within `slots`
  size_t slots;
  size_t slot;        // in the ring
  size_t until_wrap;  // then goes on in slot 0
};

// Scores of R heads for all slots; those outside the window become so small
// that their e is 0: (M − kMasked) × kMinTemperature > kExp2Limit.
template <class T, int R>
[[gnu::noinline]] void ScoreTile(const AttendArgs& a, const Window& w, size_t head,
               int32_t* score) {
  constexpr int kV = T::kVectors;
  const size_t k = a.ring.head_width;
  uint8_t* scratch = a.scratch + ScratchBytes(0, 0) - 2048;
  const auto rows = T::Prepare(a.q + head * k, k, R, k, scratch);
  for (size_t s = 0; s < w.slots; s += kSlots) {
    const size_t slot = s < w.until_wrap ? w.slot + s : s - w.until_wrap;
    typename T::I acc[R][T::kVectors];
    T::template DotBytes<R, T::kVectors>(a.ring.data + slot * k, rows, 0, k,
                                         acc);
    LENTIL_UNROLL
    for (int i = 0; i < R * kV; ++i) {
      T::StoreInt(score + i / kV * kMaxSlots + s + i % kV * T::kLanes,
                  acc[i / kV][i % kV]);
    }
  }
  for (int r = 0; r < R; ++r) {
    int32_t* row = score + r * kMaxSlots;
    MaskBlock<T>(row, kMaskTable + kSlots - w.low);
    MaskBlock<T>(row + w.slots - kSlots,
                 kMaskTable + kSlots + w.slots - w.high);
  }
}

template <class T>
int32_t LargestScore(const int32_t* score, size_t slots, int32_t sink) {
  typename T::I largest[T::kVectors];
  for (auto& v : largest) v = T::SetInt(sink);
  for (size_t s = 0; s < slots; s += kSlots) {
    LENTIL_UNROLL
    for (size_t v = 0; v < T::kVectors; ++v) {
      largest[v] = T::MaxInt(largest[v], T::LoadInt(score + s + v * T::kLanes));
    }
  }
  for (const auto& v : largest) largest[0] = T::MaxInt(largest[0], v);
  return T::LargestInt(largest[0]);
}

// e of H heads' scores, and the sum of each.
template <class T, int H>
[[gnu::always_inline]] inline void WeightRows(const int32_t* score,
                                              size_t slots, const int32_t* top,
                                              const float* c, int16_t* e,
                                              int32_t* total) {
  constexpr int kV = T::kVectors;
  typename T::I sum[H];
  LENTIL_UNROLL
  for (int h = 0; h < H; ++h) sum[h] = T::SetInt(0);
  for (size_t s = 0; s < slots; s += kSlots) {
    typename T::F y[H * kV];
    typename T::I weight[H * kV];
    LENTIL_UNROLL
    for (int i = 0; i < H * kV; ++i) {
      const auto x = T::LoadInt(score + i / kV * kMaxSlots + s +
                                i % kV * T::kLanes);
      const auto below = T::SubInt(T::SetInt(top[i / kV]), x);
      y[i] = T::Mul(T::ToFloat(below), T::Set(c[i / kV]));
    }
    Exp2T<T, kAttendBits>(y, weight);
    LENTIL_UNROLL
    for (int i = 0; i < H * kV; ++i) {
      sum[i / kV] = T::AddInt(sum[i / kV], weight[i]);
    }
    LENTIL_UNROLL
    for (int h = 0; h < H; ++h) {
      T::StoreInt16(e + h * kMaxSlots + s, weight + h * kV);
    }
  }
  LENTIL_UNROLL
  for (int h = 0; h < H; ++h) total[h] = T::SumInt(sum[h]);
}

// Exponentials of R heads' scores and the scale 1 ÷ (32 Z) of each.
template <class T, int R>
[[gnu::noinline]] void SoftmaxTile(const AttendArgs& a, const Window& w,
                                   size_t head, const int32_t* score,
                                   int16_t* e, float* scale) {
  constexpr size_t kPadded = 16;  // heads, one per lane
  int32_t top[kPadded] = {};
  int32_t sink[kPadded] = {};
  int32_t total[kPadded] = {};
  float c[kPadded] = {};
  for (int r = 0; r < R; ++r) {
    sink[r] = a.sink[head + r];
    c[r] = a.c[head + r];
    top[r] = LargestScore<T>(score + r * kMaxSlots, w.slots, sink[r]);
  }
  constexpr int kH = std::min(R, T::kSoftmaxHeads);
  for (int r = 0; r + kH <= R; r += kH) {
    WeightRows<T, kH>(score + r * kMaxSlots, w.slots, top + r, c + r,
                      e + r * kMaxSlots, total + r);
  }
  if constexpr (R % kH != 0) {
    constexpr int r = R - R % kH;
    WeightRows<T, R % kH>(score + r * kMaxSlots, w.slots, top + r, c + r,
                          e + r * kMaxSlots, total + r);
  }
  const typename T::F y[] = {
      T::Mul(T::ToFloat(T::SubInt(T::LoadInt(top), T::LoadInt(sink))),
             T::Load(c))};
  typename T::I of_sink[1];
  Exp2T<T, kAttendBits>(y, of_sink);
  const auto z = T::ToFloat(T::AddInt(T::LoadInt(total), of_sink[0]));
  T::Store(scale, T::Div(T::Set(1.0f), T::Mul(z, T::Set(kHeadSteps))));
}

template <class T, int R>
[[gnu::noinline]] void ValueTile(const AttendArgs& a, const Window& w, size_t head,
               const int16_t* e, const float* scale) {
  constexpr int kV = T::kVectors;
  const size_t k = a.ring.head_width;
  const uint8_t* values = a.ring.data + a.ring.capacity * k;
  for (size_t i = 0; i < k; i += 16) {
    const uint8_t* panel = values + i * a.ring.capacity;
    typename T::I acc[R][T::kVectors];
    LENTIL_UNROLL
    for (int j = 0; j < R * kV; ++j) acc[j / kV][j % kV] = T::SetInt(0);
    T::template DotWide<R>(panel + w.slot * 16, e, w.until_wrap, acc);
    T::template DotWide<R>(panel, e + w.until_wrap, w.slots - w.until_wrap,
                           acc);
    LENTIL_UNROLL
    for (int j = 0; j < R * kV; ++j) {
      const auto sum = T::ToFloat(acc[j / kV][j % kV]);
      T::Store(a.out + (head + j / kV) * k + i + j % kV * T::kLanes,
               T::Mul(sum, T::Set(scale[j / kV])));
    }
  }
}

template <class T, int R>
void AttendTile(const AttendArgs& a, size_t head) {
  const Window w(a);
  auto* score = reinterpret_cast<int32_t*>(a.scratch);
  auto* e = reinterpret_cast<int16_t*>(score + kMaxTileHeads * kMaxSlots);
  float scale[16];
  ScoreTile<T, R>(a, w, head, score);
  SoftmaxTile<T, R>(a, w, head, score, e, scale);
  ValueTile<T, R>(a, w, head, e, scale);
}

template <class T>
void AttendT(const AttendArgs& a) {
  for (size_t head = 0; head < a.heads; head += kMaxTileHeads) {
    WithRows<kMaxTileHeads>(
        std::min<size_t>(kMaxTileHeads, a.heads - head),
        [&]<int R>() { AttendTile<T, R>(a, head); });
  }
}

// ---- the table ------------------------------------------------------------

template <class T>
constexpr Kernels MakeKernels(const char* name) {
  return {
      .name = name,
      .packed_bytes = PackedBytesT<T>,
      .pack = PackT<T>,
      .linear = LinearT<T>,
      .quantize = QuantizeT<T>,
      .embed = EmbedT<T>,
      .rotary = RotaryT<T>,
      .head_norm = HeadNormT<T>,
      .ring_put = RingPutT<T>,
      .attend = AttendT<T>,
      .frequencies = FrequenciesT<T>,
  };
}

}  // namespace
}  // namespace lentil

#endif  // LENTIL_KERNELS_PRODUCTS_INL_H_
