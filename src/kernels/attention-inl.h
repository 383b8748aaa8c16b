// SPDX-License-Identifier: Apache-2.0
// Attention for any target: two small matrix products and a softmax.
//
// A ring is a packed matrix that grows: keys are [capacity ÷ 16] panels of 16
// slots and depth K; values, behind them, are [K ÷ 16] panels of 16 dimensions
// and depth `capacity`. Beyond linear-inl.h T has
//   kWideGroup     slots that stand together in a panel of values
//   kSoftmaxHeads  heads whose exponentials are worked on at once
//   DotWide        acc[r][v] += Σ int16 × int8 over slots of such a panel

#ifndef LENTIL_KERNELS_ATTENTION_INL_H_
#define LENTIL_KERNELS_ATTENTION_INL_H_

#include <algorithm>
#include <cstring>

#include "kernels/kernels.h"
#include "kernels/linear-inl.h"
#include "kernels/rows-inl.h"

namespace lentil {
namespace {

inline constexpr size_t kSlots = 16;       // per block
inline constexpr size_t kMaxSlots = 1088;  // of a window, in whole blocks
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
    uint8_t* group =
        values + i * ring.capacity + slot / T::kWideGroup * T::kWideGroup * 16;
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
  uint32_t start;    // position of the first slot
  size_t low, high;  // the window within `slots`
  size_t slots;
  size_t slot;        // in the ring
  size_t until_wrap;  // then goes on in slot 0
};

// Scores of R heads for all slots; those outside the window become so small
// that their e is 0: (M − kMasked) × kMinTemperature > kExp2Limit.
template <class T, int R>
[[gnu::noinline]] void ScoreTile(const AttendArgs& a, const Window& w,
                                 size_t head, int32_t* score) {
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
      const auto x =
          T::LoadInt(score + i / kV * kMaxSlots + s + i % kV * T::kLanes);
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
  const typename T::F y[] = {T::Mul(
      T::ToFloat(T::SubInt(T::LoadInt(top), T::LoadInt(sink))), T::Load(c))};
  typename T::I of_sink[1];
  Exp2T<T, kAttendBits>(y, of_sink);
  const auto z = T::ToFloat(T::AddInt(T::LoadInt(total), of_sink[0]));
  T::Store(scale, T::Div(T::Set(1.0f), T::Mul(z, T::Set(kHeadSteps))));
}

template <class T, int R>
[[gnu::noinline]] void ValueTile(const AttendArgs& a, const Window& w,
                                 size_t head, const int16_t* e,
                                 const float* scale) {
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
    WithRows<kMaxTileHeads>(std::min<size_t>(kMaxTileHeads, a.heads - head),
                            [&]<int R>() { AttendTile<T, R>(a, head); });
  }
}

}  // namespace
}  // namespace lentil

#endif  // LENTIL_KERNELS_ATTENTION_INL_H_
