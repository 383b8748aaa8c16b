// SPDX-License-Identifier: Apache-2.0
// Numbers of docs/numerics.md that every target uses.

#ifndef LENTIL_KERNELS_CONSTANTS_H_
#define LENTIL_KERNELS_CONSTANTS_H_

#include <cstdint>

namespace lentil {

inline constexpr float kRounder = 12582912.0f;  // 1.5 · 2^23
inline constexpr float kTiny = 0x1p-60f;        // a smaller maximum is zero
inline constexpr uint32_t kInfinityBits = 0x7f800000;  // and above: not finite
inline constexpr float kMaxInt8 = 127.0f;
inline constexpr float kHeadSteps = 32.0f;  // int8 steps per unit of RMS
inline constexpr int kAttendBits = 14;      // e_j ≤ 2^14
inline constexpr int kFrequencyBits = 22;   // w_i ≤ 2^22
inline constexpr float kExp2Limit = 30.0f;

// 2^f on [−1/2, 1/2]: 1 + f (c1 + f (c2 + …)).
inline constexpr float kExp2C1 = 0.6931469f;
inline constexpr float kExp2C2 = 0.24022238f;
inline constexpr float kExp2C3 = 0.05550893f;
inline constexpr float kExp2C4 = 0.009671698f;
inline constexpr float kExp2C5 = 0.0013218672f;

// Sine and cosine on [−π/4, π/4].
inline constexpr float kPhaseToRadians = 1.46291807926715968e-9f;  // 2π / 2^32
inline constexpr float kSin1 = -0.166666546f;
inline constexpr float kSin2 = 0.00833216087f;
inline constexpr float kSin3 = -0.000195152959f;
inline constexpr float kCos0 = -0.5f;
inline constexpr float kCos1 = 0.0416666456f;
inline constexpr float kCos2 = -0.00138873163f;
inline constexpr float kCos3 = 0.0000244331571f;

inline constexpr float kLog2E = 1.44269504f;

// Activations of checkpoints.
inline constexpr float kSqrtHalf = 0.707106781f;
inline constexpr float kGeluScale = 1.59576912f;  // 2 √(2 ÷ π)
inline constexpr float kGeluCube = 0.044715f;
inline constexpr float kErfP = 0.3275911f;
inline constexpr float kErf1 = 0.254829592f;
inline constexpr float kErf2 = -0.284496736f;
inline constexpr float kErf3 = 1.421413741f;
inline constexpr float kErf4 = -1.453152027f;
inline constexpr float kErf5 = 1.061405429f;

}  // namespace lentil

#endif  // LENTIL_KERNELS_CONSTANTS_H_
