// SPDX-License-Identifier: Apache-2.0
// Matrix products and attention for any target, around its two inner loops.
//
// Include from targets' files only (see rows-inl.h). Beyond that header T has
//   kPanelVectors  vectors of outputs that `linear` works on at once
//   kMaxTileRows   rows that fit the registers beside them
//   Rows           activations as its loops want them, made by Prepare
//   DotBytes       acc[r][v] += Σ int8 × int8 over a packed panel
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

template <class T>
void StoreY(Epilogue epilogue, typename T::F y, float* out) {
  switch (epilogue) {
    case Epilogue::kStore: break;
    case Epilogue::kAdd: y = T::Add(T::Load(out), y); break;
    case Epilogue::kSquaredRelu:
      y = T::Max(y, T::Set(0.0f));
      y = T::Mul(y, y);
      break;
  }
  T::Store(out, y);
}

// Rows `row` … row + R − 1 times one panel, whose first output is `column`.
template <class T, int R>
void LinearTile(const LinearArgs& a, const typename T::Rows& rows, size_t row,
                size_t column) {
  typename T::I acc[R][T::kPanelVectors];
  T::template Start<R, T::kPanelVectors>(rows, row, acc);
  T::template DotBytes<R, T::kPanelVectors>(a.packed + column * a.k, rows, row,
                                            a.k, acc);
  const auto* scale = reinterpret_cast<const float*>(
      a.packed + PaddedColumns<T>(a.n) * a.k) + column;
  const size_t valid = std::min(kPanelColumns<T>, a.n - column);
  for (int r = 0; r < R; ++r) {
    float* out = a.out + (row + r) * a.out_stride + column;
    alignas(kAlignment) float edge[kPanelColumns<T>];
    float* to = out;
    if (valid < kPanelColumns<T>) {  // work on a copy, past its end as well
      std::memcpy(edge, out, valid * sizeof(float));
      std::memset(edge + valid, 0, (kPanelColumns<T> - valid) * sizeof(float));
      to = edge;
    }
    const auto sigma = T::Set(a.sigma[row + r]);
    for (size_t v = 0; v < T::kPanelVectors; ++v) {
      const auto y = T::Mul(T::Mul(T::ToFloat(acc[r][v]), sigma),
                            T::Load(scale + v * T::kLanes));
      StoreY<T>(a.epilogue, y, to + v * T::kLanes);
    }
    if (to == edge) std::memcpy(out, edge, valid * sizeof(float));
  }
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
  for (size_t i = 0; i < k; ++i) {
    const size_t at = i / T::kGroup * kSlots + slot % kSlots;
    keys[at * T::kGroup + i % T::kGroup] = T::Stored(key[i]);
  }
  uint8_t* values = ring.data + ring.capacity * k;
  for (size_t i = 0; i < k; ++i) {
    const size_t panel = i / 16 * ring.capacity * 16;
    const size_t at = slot / T::kWideGroup * 16 + i % 16;
    values[panel + at * T::kWideGroup + slot % T::kWideGroup] =
        static_cast<uint8_t>(value[i]);
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

template <class T, int R>
void ScoreTile(const AttendArgs& a, const Window& w, size_t head,
               int32_t* score) {
  const size_t k = a.ring.head_width;
  uint8_t* scratch = a.scratch + ScratchBytes(0, 0) - 2048;
  const auto rows = T::Prepare(a.q + head * k, k, R, k, scratch);
  for (size_t s = 0; s < w.slots; s += kSlots) {
    const size_t slot = s < w.until_wrap ? w.slot + s : s - w.until_wrap;
    typename T::I acc[R][T::kVectors];
    T::template Start<R, T::kVectors>(rows, 0, acc);
    T::template DotBytes<R, T::kVectors>(a.ring.data + slot * k, rows, 0, k,
                                         acc);
    for (int r = 0; r < R; ++r) {
      for (size_t v = 0; v < T::kVectors; ++v) {
        T::StoreInt(score + r * kMaxSlots + s + v * T::kLanes, acc[r][v]);
      }
    }
  }
}

// Exponentials of one head's scores; returns Z. Slots outside the window
// repeat a score from it, which changes no maximum, and end as e = 0.
template <class T>
int32_t SoftmaxT(const Window& w, int32_t sink, float c, int32_t* score,
                 int16_t* e) {
  for (size_t s = 0; s < w.low; ++s) score[s] = score[w.low];
  for (size_t s = w.high; s < w.slots; ++s) score[s] = score[w.low];
  auto top = T::SetInt(sink);
  for (size_t s = 0; s < w.slots; s += T::kLanes) {
    top = T::MaxInt(top, T::LoadInt(score + s));
  }
  const int32_t maximum = T::LargestInt(top);
  top = T::SetInt(maximum);
  const auto weight = [&](typename T::I a) {
    return Exp2T<T, kAttendBits>(
        T::Mul(T::ToFloat(T::SubInt(top, a)), T::Set(c)));
  };
  auto sum = T::SetInt(0);
  for (size_t s = 0; s < w.slots; s += 16) {
    typename T::I block[T::kVectors];
    for (size_t v = 0; v < T::kVectors; ++v) {
      block[v] = weight(T::LoadInt(score + s + v * T::kLanes));
      sum = T::AddInt(sum, block[v]);
    }
    T::StoreInt16(e + s, block);
  }
  const auto outside = static_cast<int32_t>(w.slots - (w.high - w.low));
  const int32_t excess = outside * e[w.low];
  std::memset(e, 0, w.low * sizeof(*e));
  std::memset(e + w.high, 0, (w.slots - w.high) * sizeof(*e));
  return T::FirstInt(weight(T::SetInt(sink))) + T::SumInt(sum) - excess;
}

template <class T, int R>
void ValueTile(const AttendArgs& a, const Window& w, size_t head,
               const int16_t* e, const float* scale) {
  const size_t k = a.ring.head_width;
  const uint8_t* values = a.ring.data + a.ring.capacity * k;
  for (size_t i = 0; i < k; i += 16) {
    const uint8_t* panel = values + i * a.ring.capacity;
    typename T::I acc[R][T::kVectors];
    for (auto& row : acc) {
      for (auto& v : row) v = T::SetInt(0);
    }
    T::template DotWide<R>(panel + w.slot * 16, e, w.until_wrap, acc);
    if (w.until_wrap < w.slots) {
      T::template DotWide<R>(panel, e + w.until_wrap, w.slots - w.until_wrap,
                             acc);
    }
    for (int r = 0; r < R; ++r) {
      for (size_t v = 0; v < T::kVectors; ++v) {
        T::Store(a.out + (head + r) * k + i + v * T::kLanes,
                 T::Mul(T::ToFloat(acc[r][v]), T::Set(scale[r])));
      }
    }
  }
}

template <class T, int R>
void AttendTile(const AttendArgs& a, size_t head) {
  const Window w(a);
  auto* score = reinterpret_cast<int32_t*>(a.scratch);
  auto* e = reinterpret_cast<int16_t*>(score + kMaxTileHeads * kMaxSlots);
  float scale[R];
  ScoreTile<T, R>(a, w, head, score);
  for (int r = 0; r < R; ++r) {
    const int32_t total =
        SoftmaxT<T>(w, a.sink[head + r], a.c[head + r], score + r * kMaxSlots,
                    e + r * kMaxSlots);
    scale[r] = 1.0f / (static_cast<float>(total) * kHeadSteps);
  }
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
