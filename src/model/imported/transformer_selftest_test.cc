// SPDX-License-Identifier: Apache-2.0

#include "model/imported/transformer_selftest.h"

#include <gtest/gtest.h>

#include "base/hash.h"

namespace lentil {
namespace {

TEST(TransformerSelftest, EveryTableGivesTheKnownAnswer) {
  for (const Kernels* kernels : AvailableKernels()) {
    const auto hash = RunTransformerSelftest(*kernels);
    ASSERT_TRUE(hash.ok()) << hash.status().message();
    EXPECT_EQ(HashText(*hash), HashText(kTransformerHash)) << kernels->name;
  }
}

}  // namespace
}  // namespace lentil
