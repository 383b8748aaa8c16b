// SPDX-License-Identifier: Apache-2.0
// The trainer's engine with vectors of 8 floats.

#if defined(__x86_64__)

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "train/engine.h"
#include "train/engine_targets.h"

#define LENTIL_TRAIN_LANES 8

namespace lentil {
namespace {
namespace avx2 {

// clang-format off: in the order of their needs
#include "train/simd-inl.h"
#include "train/gemm-inl.h"
#include "train/attention-inl.h"
#include "train/layers-inl.h"
#include "train/network-inl.h"
// clang-format on

}  // namespace avx2
}  // namespace

extern const Engine kAvx2Engine = {"avx2", 8, avx2::Loss, avx2::Gemm};

}  // namespace lentil

#endif  // __x86_64__
