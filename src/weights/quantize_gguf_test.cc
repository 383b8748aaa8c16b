// SPDX-License-Identifier: Apache-2.0

#include "weights/quantize_gguf.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "base/fp_mode.h"
#include "weights/float_tensor.h"

namespace lentil {
namespace {

using Bytes = std::vector<uint8_t>;

// A float32 tensor and its bytes.
struct Tensor {
  Bytes bytes;
  TensorView view;

  explicit Tensor(std::vector<uint64_t> shape, float scale = 1) {
    uint64_t count = 1;
    for (const uint64_t n : shape) count *= n;
    for (uint64_t i = 0; i < count; ++i) {
      const float x = scale * std::sin(static_cast<float>(i) * 0.37f);
      const auto* at = reinterpret_cast<const uint8_t*>(&x);
      bytes.insert(bytes.end(), at, at + sizeof(x));
    }
    view = {DType::kF32, std::move(shape), bytes};
  }
};

class QuantizeGgufTest : public testing::Test {
 protected:
  QuantizeGgufTest() {
    GgufMetadata metadata;
    metadata.SetString("general.architecture", "llama");
    metadata.SetUint32("general.file_type", 0);
    const Result<Bytes> file =
        WriteGguf(metadata, {{"blk.0.attn_q.weight", matrix_.view},
                             {"blk.0.attn_norm.weight", vector_.view},
                             {"blk.0.odd.weight", odd_.view},
                             {"position_embd.weight", positions_.view}});
    EXPECT_TRUE(file.ok());
    source_ = *file;
  }

  // The file that comes out of `file`.
  Result<Bytes> Quantize(const Bytes& file, QuantizeOptions options) {
    Result<Gguf> gguf = Gguf::Parse(file);
    EXPECT_TRUE(gguf.ok());
    Bytes out;
    Result<QuantizeReport> report =
        QuantizeGguf(*gguf, options, [&](std::span<const uint8_t> bytes) {
          out.insert(out.end(), bytes.begin(), bytes.end());
          return Status();
        });
    if (!report.ok()) return report.status();
    report_ = *report;
    return out;
  }

  ScopedFpMode mode_;
  Tensor matrix_{{6, 64}}, vector_{{64}}, odd_{{3, 33}}, positions_{{8, 32}};
  Bytes source_;
  QuantizeReport report_;
};

TEST_F(QuantizeGgufTest, MatricesBecomeBlocksAndTheRestStays) {
  const Result<Bytes> out = Quantize(source_, {DType::kQ8_0});
  ASSERT_TRUE(out.ok());
  const Result<Gguf> gguf = Gguf::Parse(*out);
  ASSERT_TRUE(gguf.ok());
  EXPECT_EQ(*gguf->GetString("general.architecture"), "llama");
  EXPECT_EQ(*gguf->GetUint("general.file_type"), 7u);
  const auto& tensors = gguf->tensors();
  EXPECT_EQ(tensors.at("blk.0.attn_q.weight").dtype, DType::kQ8_0);
  EXPECT_EQ(tensors.at("blk.0.odd.weight").dtype, DType::kF16);
  EXPECT_EQ(report_.halved, std::vector<std::string>{"blk.0.odd.weight"});
  for (const char* name : {"blk.0.attn_norm.weight", "position_embd.weight"}) {
    EXPECT_EQ(tensors.at(name).dtype, DType::kF32) << name;
  }
  EXPECT_TRUE(std::equal(vector_.bytes.begin(), vector_.bytes.end(),
                         tensors.at("blk.0.attn_norm.weight").bytes.begin()));
  std::vector<float> before(6 * 64), after(6 * 64);
  ASSERT_TRUE(ReadFloats(matrix_.view, 0, before.size(), before.data()).ok());
  ASSERT_TRUE(ReadFloats(tensors.at("blk.0.attn_q.weight"), 0, after.size(),
                         after.data())
                  .ok());
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_NEAR(after[i], before[i], 0.005f);
  }
  EXPECT_EQ(report_.weights, 6u * 64 + 64 + 3 * 33 + 8 * 32);
  EXPECT_EQ(report_.bytes_after,
            6u * 64 / 32 * 34 + 64 * 4 + 3 * 33 * 2 + 8 * 32 * 4);
}

TEST_F(QuantizeGgufTest, BlocksAreNotQuantisedAgainUnasked) {
  const Result<Bytes> eight = Quantize(source_, {DType::kQ8_0});
  ASSERT_TRUE(eight.ok());
  EXPECT_EQ(*Quantize(*eight, {DType::kQ8_0}), *eight);
  const Result<Bytes> refused = Quantize(*eight, {DType::kQ4_0});
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.status().message().find("'blk.0.attn_q.weight' is Q8_0"),
            std::string::npos)
      << refused.status().message();
  const Result<Bytes> four = Quantize(*eight, {DType::kQ4_0, true});
  ASSERT_TRUE(four.ok());
  EXPECT_LT(four->size(), eight->size());
}

TEST_F(QuantizeGgufTest, WeightsThatAreNotFiniteAreNamed) {
  const float infinity = INFINITY;
  std::memcpy(&matrix_.bytes[40], &infinity, sizeof(infinity));
  matrix_.view.bytes = matrix_.bytes;
  const Result<Bytes> file =
      WriteGguf({}, {{"blk.0.attn_q.weight", matrix_.view}});
  ASSERT_TRUE(file.ok());
  const Result<Bytes> out = Quantize(*file, {DType::kQ4_1});
  ASSERT_FALSE(out.ok());
  EXPECT_NE(out.status().message().find("'blk.0.attn_q.weight'"),
            std::string::npos);
}

TEST_F(QuantizeGgufTest, NormsOfHeadsStayAndHalvesDoNotOverflow) {
  const auto norm = WriteGguf({}, {{"blk.0.attn_q_norm.weight", matrix_.view}});
  const Result<Bytes> out = Quantize(*norm, {DType::kQ8_0});
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(Gguf::Parse(*out)->tensors().at("blk.0.attn_q_norm.weight").dtype,
            DType::kF32);
  const Tensor large({3, 33}, 1e5f);  // no whole blocks, beyond float16
  const auto odd = WriteGguf({}, {{"blk.0.odd.weight", large.view}});
  EXPECT_EQ(Quantize(*odd, {DType::kQ8_0}).status().message(),
            "tensor 'blk.0.odd.weight': a weight is not finite or too large "
            "for F16");
}

}  // namespace
}  // namespace lentil
