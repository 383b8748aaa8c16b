// SPDX-License-Identifier: Apache-2.0
// The trainer's engine with vectors of 4 floats.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "train/engine.h"
#include "train/engine_targets.h"

#define LENTIL_TRAIN_LANES 4

namespace lentil {
namespace {
namespace generic {

// clang-format off: in the order of their needs
#include "train/simd-inl.h"
#include "train/gemm-inl.h"
#include "train/attention-inl.h"
#include "train/layers-inl.h"
#include "train/network-inl.h"
// clang-format on

}  // namespace generic
}  // namespace

extern const Engine kGenericEngine = {"generic", 4, generic::Loss,
                                      generic::Gemm};

}  // namespace lentil
