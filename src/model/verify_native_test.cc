// SPDX-License-Identifier: Apache-2.0

#include "model/verify_native.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "model/selftest.h"

namespace lentil {
namespace {

TEST(VerifyNative, GoodModelsPassAndDamagedOnesDoNot) {
  const DecoderConfig config = {.d_model = 16,
                                .heads = 2,
                                .kv_heads = 1,
                                .head_dim = 16,
                                .d_mlp = 32,
                                .inputs = LastBytes(2),
                                .windows = {4, 8},
                                .rotary_base = 10000};
  const auto file = WriteNative(RandomModel(config, 1));
  ASSERT_TRUE(file.ok()) << file.status().message();
  std::vector<std::string> passed;
  const Status good = VerifyNative(*file, &passed);
  EXPECT_TRUE(good.ok()) << good.message();
  ASSERT_EQ(passed.size(), 2u);
  EXPECT_NE(passed[0].find(HashText(Hash64(*file))), std::string::npos);
  EXPECT_NE(passed[1].find("scalar"), std::string::npos);

  passed.clear();
  EXPECT_EQ(
      VerifyNative(std::span(*file).first(file->size() - 1), &passed).code(),
      Code::kCorrupt);
  EXPECT_TRUE(passed.empty());
}

}  // namespace
}  // namespace lentil
