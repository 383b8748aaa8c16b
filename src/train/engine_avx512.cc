// SPDX-License-Identifier: Apache-2.0
// The trainer's engine with vectors of 16 floats.

#if defined(__x86_64__)

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "train/engine.h"
#include "train/engine_targets.h"

#define LENTIL_TRAIN_LANES 16

namespace lentil {
namespace {
namespace avx512 {

// clang-format off: in the order of their needs
#include "train/simd-inl.h"
#include "train/gemm-inl.h"
#include "train/attention-inl.h"
#include "train/layers-inl.h"
#include "train/network-inl.h"
// clang-format on

}  // namespace avx512
}  // namespace

extern const Engine kAvx512Engine = {"avx512", 16, avx512::Loss, avx512::Gemm};

}  // namespace lentil

#endif  // __x86_64__
