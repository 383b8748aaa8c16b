// SPDX-License-Identifier: Apache-2.0
// Sizes from which a model pays, known by hand.

#include "bench/pay_off.h"

#include <gtest/gtest.h>

namespace lentil {
namespace {

TEST(PayOff, ModelBytesOverWhatASourceByteSaves) {
  // A tenth of a byte per byte: ten times the model.
  EXPECT_EQ(PayOffBytes({1000, 100, 50, 60}), 10000.0);
  EXPECT_EQ(PayOffBytes({973052, 1000000, 250000, 500000}), 4.0 * 973052);
}

TEST(PayOff, WholeBytesRoundedUp) {
  EXPECT_EQ(PayOffBytes({10, 1, 0, 3}), 4.0);
  EXPECT_EQ(PayOffBytes({9, 1, 0, 3}), 3.0);
}

TEST(PayOff, TheAdjustedSizesMeetThere) {
  // At twice the source: twice the code and the model = twice the rival's.
  const ModelSaving saving = {200, 1000, 300, 400};
  EXPECT_EQ(PayOffBytes(saving), 2000.0);
  EXPECT_EQ(2 * saving.code_bytes + saving.model_bytes, 2 * saving.rival_bytes);
}

TEST(PayOff, NeverWithoutAModelOrASaving) {
  EXPECT_EQ(PayOffBytes({0, 100, 50, 60}), std::nullopt);
  EXPECT_EQ(PayOffBytes({1000, 100, 60, 60}), std::nullopt);
  EXPECT_EQ(PayOffBytes({1000, 100, 61, 60}), std::nullopt);
  EXPECT_EQ(PayOffBytes({1000, 0, 30, 20}), std::nullopt);
}

TEST(PayOff, HugeOnesDoNotWrapAround) {
  const uint64_t huge = uint64_t{1} << 40;
  EXPECT_EQ(PayOffBytes({huge, huge, 1, 2}), 0x1p80);
}

}  // namespace
}  // namespace lentil
