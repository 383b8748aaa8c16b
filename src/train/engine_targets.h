// SPDX-License-Identifier: Apache-2.0
// The engines that exist; engine.cc picks one.

#ifndef LENTIL_TRAIN_ENGINE_TARGETS_H_
#define LENTIL_TRAIN_ENGINE_TARGETS_H_

#include "train/engine.h"

namespace lentil {

extern const Engine kGenericEngine;
extern const Engine kAvx2Engine;    // AVX2 and FMA
extern const Engine kAvx512Engine;  // AVX-512 F

}  // namespace lentil

#endif  // LENTIL_TRAIN_ENGINE_TARGETS_H_
