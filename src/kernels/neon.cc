// SPDX-License-Identifier: Apache-2.0
// NEON target with the dot product of ARMv8.2.

#include "kernels/targets.h"

#if defined(LENTIL_KERNELS_ARM)

#include <arm_neon.h>

#include "kernels/table-inl.h"

namespace lentil {
namespace {

struct Neon {
  using F = float32x4_t;
  using I = int32x4_t;
  static constexpr size_t kLanes = 4;
  static constexpr size_t kVectors = 4;

  static F Load(const float* p) { return vld1q_f32(p); }
  static void Store(float* p, F x) { vst1q_f32(p, x); }
  static F Set(float x) { return vdupq_n_f32(x); }
  static F Add(F a, F b) { return vaddq_f32(a, b); }
  static F Sub(F a, F b) { return vsubq_f32(a, b); }
  static F Mul(F a, F b) { return vmulq_f32(a, b); }
  static F Div(F a, F b) { return vdivq_f32(a, b); }
  static F Sqrt(F x) { return vsqrtq_f32(x); }
  static F Fma(F a, F b, F c) { return vfmaq_f32(c, a, b); }
  static F Min(F a, F b) { return vminq_f32(a, b); }
  static F Max(F a, F b) { return vmaxq_f32(a, b); }
  static F ToFloat(I x) { return vcvtq_f32_s32(x); }
  static I ToInt(F x) { return vcvtnq_s32_f32(x); }  // nearest even
  static I Bits(F x) { return vreinterpretq_s32_f32(x); }
  static F Float(I x) { return vreinterpretq_f32_s32(x); }

  static I LoadWords(const uint16_t* p) {
    return vreinterpretq_s32_u32(vmovl_u16(vld1_u16(p)));
  }
  static I LoadInt(const void* p) {
    return vld1q_s32(static_cast<const int32_t*>(p));
  }
  static void StoreInt(void* p, I x) { vst1q_s32(static_cast<int32_t*>(p), x); }
  static I SetInt(int32_t x) { return vdupq_n_s32(x); }
  static I AddInt(I a, I b) { return vaddq_s32(a, b); }
  static I SubInt(I a, I b) { return vsubq_s32(a, b); }
  static I MulInt(I a, I b) { return vmulq_s32(a, b); }
  static I MaxInt(I a, I b) { return vmaxq_s32(a, b); }
  static I MinInt(I a, I b) { return vminq_s32(a, b); }
  static I And(I a, I b) { return vandq_s32(a, b); }
  static I Xor(I a, I b) { return veorq_s32(a, b); }
  template <int kBits>
  static I ShiftLeft(I x) {
    return vshlq_n_s32(x, kBits);
  }
  template <int kBits>
  static I ShiftRight(I x) {
    return vreinterpretq_s32_u32(vshrq_n_u32(vreinterpretq_u32_s32(x), kBits));
  }
  template <int kBits>
  static I ShiftRightSigned(I x) {
    return vshrq_n_s32(x, kBits);
  }
  // (x × ratio) >> 30, unsigned, results < 2^32.
  static I MulShift30(I x, uint32_t ratio) {
    const uint32x4_t u = vreinterpretq_u32_s32(x);
    const uint32x2_t low = vshrn_n_u64(vmull_n_u32(vget_low_u32(u), ratio), 30);
    const uint32x2_t high =
        vshrn_n_u64(vmull_n_u32(vget_high_u32(u), ratio), 30);
    return vreinterpretq_s32_u32(vcombine_u32(low, high));
  }

  static int32_t FirstInt(I x) { return vgetq_lane_s32(x, 0); }
  static int32_t SumInt(I x) { return vaddvq_s32(x); }
  static int32_t LargestInt(I x) { return vmaxvq_s32(x); }
  static float Largest(F x) { return vmaxvq_f32(x); }

  static void LoadInt8(const int8_t* p, I (&x)[4]) {
    const int8x16_t bytes = vld1q_s8(p);
    const int16x8_t low = vmovl_s8(vget_low_s8(bytes));
    const int16x8_t high = vmovl_high_s8(bytes);
    x[0] = vmovl_s16(vget_low_s16(low));
    x[1] = vmovl_high_s16(low);
    x[2] = vmovl_s16(vget_low_s16(high));
    x[3] = vmovl_high_s16(high);
  }
  static int16x8_t Narrow(I a, I b) {
    return vcombine_s16(vmovn_s32(a), vmovn_s32(b));
  }
  static void StoreInt16(int16_t* p, const I* x) {
    vst1q_s16(p, Narrow(x[0], x[1]));
    vst1q_s16(p + 8, Narrow(x[2], x[3]));
  }
  static void StoreInt8(int8_t* p, const I (&x)[4]) {
    vst1q_s8(p, vcombine_s8(vmovn_s16(Narrow(x[0], x[1])),
                            vmovn_s16(Narrow(x[2], x[3]))));
  }
  static int32_t SumOfSquares(const int8_t* q, size_t n) {
    I sum = SetInt(0);
    for (size_t i = 0; i < n; i += 16) {
      const int8x16_t x = vld1q_s8(q + i);
      sum = vdotq_s32(sum, x, x);
    }
    return SumInt(sum);
  }

  // ---- products: four along the depth, activations as they are --------------

  static constexpr size_t kPanelVectors = 4;
  static constexpr int kMaxTileRows = 4;
  static constexpr int kMaxTallRows = 0;
  static constexpr int kSoftmaxHeads = 1;
  static constexpr size_t kGroup = 4;
  static constexpr size_t kWideGroup = 1;
  static uint8_t Stored(int8_t x) { return static_cast<uint8_t>(x); }

  struct Rows {
    const int8_t* data;
    size_t stride;
  };
  static Rows Prepare(const int8_t* q, size_t q_stride, size_t, size_t,
                      uint8_t*) {
    return {q, q_stride};
  }
  // One group of four inputs: bytes 4·kLane … of each row's x.
  template <int kLane, int R>
  static void DotLane(const int8_t* w, const int8x16_t (&x)[R],
                      I (&sum)[R][4]) {
    LENTIL_UNROLL
    for (int v = 0; v < 4; ++v) {
      const int8x16_t weights = vld1q_s8(w + kLane * 64 + v * 16);
      LENTIL_UNROLL
      for (int r = 0; r < R; ++r) {
        sum[r][v] = vdotq_laneq_s32(sum[r][v], weights, x[r], kLane);
      }
    }
  }
  template <int R, size_t V, size_t kWidth = V>
  static void DotBytes(const uint8_t* panel, const Rows& rows, size_t row,
                       size_t depth, I (&acc)[R][V]) {
    const auto* w = reinterpret_cast<const int8_t*>(panel);
    const int8_t* from = rows.data + row * rows.stride;
    I sum[R][4];  // a local array stays in registers
    LENTIL_UNROLL
    for (int j = 0; j < R * 4; ++j) sum[j / 4][j % 4] = SetInt(0);
    for (size_t i = 0; i < depth; i += 16) {
      int8x16_t x[R];
      LENTIL_UNROLL
      for (int r = 0; r < R; ++r) x[r] = vld1q_s8(from + r * rows.stride + i);
      DotLane<0>(w + i * 16, x, sum);
      DotLane<1>(w + i * 16, x, sum);
      DotLane<2>(w + i * 16, x, sum);
      DotLane<3>(w + i * 16, x, sum);
    }
    std::memcpy(&acc, &sum, sizeof(sum));
  }

  // One slot: 16 dimensions of its value times lane kLane of each row's e.
  template <int kLane, int R>
  static void WideLane(const int8_t* value, const int16x8_t (&e)[R],
                       I (&sum)[R][4]) {
    const int8x16_t bytes = vld1q_s8(value + kLane * 16);
    const int16x8_t low = vmovl_s8(vget_low_s8(bytes));
    const int16x8_t high = vmovl_high_s8(bytes);
    LENTIL_UNROLL
    for (int r = 0; r < R; ++r) {
      sum[r][0] = vmlal_laneq_s16(sum[r][0], vget_low_s16(low), e[r], kLane);
      sum[r][1] = vmlal_high_laneq_s16(sum[r][1], low, e[r], kLane);
      sum[r][2] = vmlal_laneq_s16(sum[r][2], vget_low_s16(high), e[r], kLane);
      sum[r][3] = vmlal_high_laneq_s16(sum[r][3], high, e[r], kLane);
    }
  }
  template <int R>
  static void DotWide(const uint8_t* panel, const int16_t* from, size_t depth,
                      I (&acc)[R][4]) {
    const auto* value = reinterpret_cast<const int8_t*>(panel);
    I sum[R][4];
    std::memcpy(&sum, &acc, sizeof(sum));
    for (size_t i = 0; i < depth; i += 8, value += 8 * 16) {
      int16x8_t e[R];
      LENTIL_UNROLL
      for (int r = 0; r < R; ++r) e[r] = vld1q_s16(from + r * kMaxSlots + i);
      WideLane<0>(value, e, sum);
      WideLane<1>(value, e, sum);
      WideLane<2>(value, e, sum);
      WideLane<3>(value, e, sum);
      WideLane<4>(value, e, sum);
      WideLane<5>(value, e, sum);
      WideLane<6>(value, e, sum);
      WideLane<7>(value, e, sum);
    }
    std::memcpy(&acc, &sum, sizeof(sum));
  }

  // ---- codes of checkpoints: in halves of 4 bits, which are signed bytes ----

  static constexpr int kFloatRows = 4;
  static constexpr int kCodeRows = 4;

  // sum += halves of the codes at `codes`, times four bytes of each row.
  template <int R>
  static void AddHalves(const uint8_t* codes, bool is_upper,
                        const int8_t* const* q, size_t at, I (&sum)[R][4]) {
    I x[R];
    LENTIL_UNROLL
    for (int r = 0; r < R; ++r) {
      int32_t four;
      std::memcpy(&four, q[r] + at, sizeof(four));
      x[r] = SetInt(four);
    }
    LENTIL_UNROLL
    for (int v = 0; v < 4; ++v) {
      const uint8x16_t c = vld1q_u8(codes + v * 16);
      const uint8x16_t half =
          is_upper ? vshrq_n_u8(c, 4) : vandq_u8(c, vdupq_n_u8(15));
      LENTIL_UNROLL
      for (int r = 0; r < R; ++r) {
        sum[r][v] = vdotq_s32(sum[r][v], vreinterpretq_s8_u8(half),
                              vreinterpretq_s8_s32(x[r]));
      }
    }
  }
  template <int R, int kBits, int kBlock>
  static void CodeDots(const uint8_t* codes, const int8_t* const* q,
                       I (&dot)[R][4]) {
    I sum[R][4], upper[R][4];
    for (int j = 0; j < R * 4; ++j) {
      sum[j / 4][j % 4] = upper[j / 4][j % 4] = SetInt(0);
    }
    for (int i = 0; i < kBlock; i += 32 / kBits, codes += 64) {
      AddHalves<R>(codes, false, q, i, sum);
      if constexpr (kBits == 4) AddHalves<R>(codes, true, q, i + 4, sum);
      if constexpr (kBits == 8) AddHalves<R>(codes, true, q, i, upper);
    }
    for (int j = 0; j < R * 4; ++j) {
      dot[j / 4][j % 4] =
          AddInt(sum[j / 4][j % 4], ShiftLeft<4>(upper[j / 4][j % 4]));
    }
  }
};

constexpr Kernels kNeon = MakeKernels<Neon>("neon");

}  // namespace

const Kernels& NeonKernels() { return kNeon; }

}  // namespace lentil

#endif  // LENTIL_KERNELS_ARM
