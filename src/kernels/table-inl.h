// SPDX-License-Identifier: Apache-2.0
// The whole table of a target T; what T must have is said in the headers below.
// Include from targets' files only.

#ifndef LENTIL_KERNELS_TABLE_INL_H_
#define LENTIL_KERNELS_TABLE_INL_H_

#include "kernels/attention-inl.h"
#include "kernels/floats-inl.h"
#include "kernels/kernels.h"
#include "kernels/linear-inl.h"
#include "kernels/rows-inl.h"

namespace lentil {
namespace {

template <class T>
constexpr Kernels MakeKernels(const char* name,
                              const MatrixKernels& narrow = kMatrixT<T>,
                              const MatrixKernels& sparse = kMatrixT<T>) {
  return {
      .name = name,
      .linear = kMatrixT<T>,
      .narrow = narrow,
      .sparse = sparse,
      .quantize = QuantizeT<T>,
      .embed = EmbedT<T>,
      .rotary = RotaryT<T>,
      .head_norm = HeadNormT<T>,
      .ring_put = RingPutT<T>,
      .attend = AttendT<T>,
      .mix = MixT<T>,
      .train_mix = TrainMixT<T>,
      .frequencies = FrequenciesT<T>,
      .floats = kFloatsT<T>,
  };
}

}  // namespace
}  // namespace lentil

#endif  // LENTIL_KERNELS_TABLE_INL_H_
