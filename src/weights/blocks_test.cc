// SPDX-License-Identifier: Apache-2.0
// Floats and codes of every type, against the Python package gguf
// (tools/block_goldens.py wrote the golden) and against each other.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <string>

#include "base/file.h"
#include "base/split_mix.h"
#include "weights/code_rows.h"
#include "weights/float_tensor.h"
#include "weights/gguf.h"
#include "weights/quantize.h"

namespace lentil {
namespace {

constexpr DType kBlockTypes[] = {
    DType::kQ8_0, DType::kQ4_0, DType::kQ4_1,  DType::kQ5_0,
    DType::kQ5_1, DType::kQ2K,  DType::kQ3K,   DType::kQ4K,
    DType::kQ5K,  DType::kQ6K,  DType::kIq4Nl, DType::kIq4Xs,
};

class BlocksGolden : public testing::Test {
 protected:
  void SetUp() override {
    auto file =
        ReadFile(std::string(LENTIL_SOURCE_DIR) + "/tests/golden/blocks.gguf");
    ASSERT_TRUE(file.ok()) << file.status().message();
    file_ = *std::move(file);
    auto gguf = Gguf::Parse(file_);
    ASSERT_TRUE(gguf.ok()) << gguf.status().message();
    gguf_ = *std::move(gguf);
  }

  const TensorView& Tensor(const std::string& name) const {
    return gguf_.tensors().at(name);
  }

  std::vector<uint8_t> file_;
  Gguf gguf_;
};

std::vector<float> Floats(const TensorView& tensor) {
  std::vector<float> floats(tensor.ElementCount());
  const Status status = ReadFloats(tensor, 0, floats.size(), floats.data());
  EXPECT_TRUE(status.ok()) << status.message();
  return floats;
}

std::vector<uint32_t> Bits(const std::vector<float>& floats) {
  std::vector<uint32_t> bits;
  for (float x : floats) bits.push_back(std::bit_cast<uint32_t>(x));
  return bits;
}

// A tensor of random blocks, scales that are not finite among them.
std::vector<uint8_t> RandomBlocks(DType dtype, size_t count, uint64_t seed) {
  std::vector<uint8_t> bytes(count * DTypeBlock(dtype).bytes);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(SplitMix64(&seed));
  return bytes;
}

// What ReadCodes gives for a row, put together again.
std::vector<float> FromCodes(const TensorView& tensor, uint64_t row) {
  const CodeLayout layout = *CodeLayoutOf(tensor.dtype);
  const size_t n = tensor.shape.back();
  std::vector<uint8_t> codes(n);
  std::vector<float> scale(n / layout.block), minimum(n / layout.block);
  const Status status =
      ReadCodes(tensor, row, codes.data(), scale.data(),
                layout.has_minimum ? minimum.data() : nullptr);
  EXPECT_TRUE(status.ok()) << status.message();
  std::vector<float> floats(n);
  for (size_t i = 0; i < n; ++i) {
    EXPECT_LT(codes[i], 1u << layout.bits);
    const size_t k = i / layout.block;
    floats[i] = scale[k] * static_cast<float>(codes[i] - layout.offset);
    if (layout.has_minimum) floats[i] = floats[i] + minimum[k];
  }
  return floats;
}

TEST_F(BlocksGolden, FloatsAreThoseOfThePackageBitForBit) {
  std::vector<std::string> names = {"F16", "BF16", "F64"};
  for (DType dtype : kBlockTypes) names.emplace_back(DTypeName(dtype));
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    EXPECT_EQ(DTypeName(Tensor(name).dtype), name);
    EXPECT_EQ(Bits(Floats(Tensor(name))),
              Bits(Floats(Tensor(name + ".floats"))));
  }
}

TEST_F(BlocksGolden, BlocksAreThoseOfThePackage) {
  const std::vector<float> source = Floats(Tensor("source"));
  for (DType dtype : {DType::kQ8_0, DType::kQ4_0, DType::kQ4_1}) {
    SCOPED_TRACE(DTypeName(dtype));
    std::vector<uint8_t> blocks;
    ASSERT_TRUE(QuantizeRow(dtype, source, &blocks).ok());
    const auto expected = Tensor(std::string(DTypeName(dtype))).bytes;
    EXPECT_EQ(blocks, std::vector(expected.begin(), expected.end()));
  }
}

TEST_F(BlocksGolden, MetadataIsThatOfThePackage) {
  EXPECT_EQ(*gguf_.GetUint("a.uint8"), 200u);
  EXPECT_EQ(*gguf_.GetInt("a.int8"), -100);
  EXPECT_EQ(*gguf_.GetUint("a.uint16"), 60000u);
  EXPECT_EQ(*gguf_.GetInt("a.int16"), -30000);
  EXPECT_EQ(*gguf_.GetUint("a.uint32"), 4000000000u);
  EXPECT_EQ(*gguf_.GetInt("a.int32"), -2000000000);
  EXPECT_EQ(*gguf_.GetUint("a.uint64"), UINT64_MAX);
  EXPECT_EQ(*gguf_.GetInt("a.int64"), INT64_MIN);
  EXPECT_EQ(*gguf_.GetFloat("a.float32"), 0.1f);
  EXPECT_EQ(*gguf_.GetFloat("a.float64"), 0.1);
  EXPECT_TRUE(*gguf_.GetBool("a.bool"));
  EXPECT_EQ(*gguf_.GetString("a.string"), "h\xc3\xa9");
  EXPECT_EQ(*gguf_.GetString("general.architecture"), "golden");
  EXPECT_EQ(*gguf_.GetInts("a.ints"), (std::vector<int64_t>{1, -2, 3}));
  EXPECT_EQ(*gguf_.GetFloats("a.floats"), (std::vector<double>{0.5, -0.25}));
  EXPECT_EQ(*gguf_.GetBools("a.bools"), (std::vector<bool>{true, false}));
  EXPECT_EQ(*gguf_.GetStrings("a.strings"),
            (std::vector<std::string_view>{"", "b", "cc"}));
}

TEST(Blocks, FloatsAndCodesAgree) {
  for (DType dtype : kBlockTypes) {
    SCOPED_TRACE(DTypeName(dtype));
    const uint64_t n = 3 * DTypeBlock(dtype).elements;
    const std::vector<uint8_t> bytes = RandomBlocks(dtype, 3 * 50, 1);
    const TensorView tensor = {dtype, {50, n}, bytes};
    for (uint64_t row = 0; row < 50; ++row) {
      const std::vector<float> codes = FromCodes(tensor, row);
      std::vector<float> floats(n);
      ASSERT_TRUE(ReadFloats(tensor, row * n, n, floats.data()).ok());
      for (size_t i = 0; i < n; ++i) {  // NaNs have no bits to speak of
        if (std::isnan(floats[i]) && std::isnan(codes[i])) continue;
        ASSERT_EQ(std::bit_cast<uint32_t>(floats[i]),
                  std::bit_cast<uint32_t>(codes[i]));
      }
    }
  }
}

TEST(Blocks, OnlyWhatIsThereIsRead) {
  const std::vector<uint8_t> bytes = RandomBlocks(DType::kQ4_0, 4, 1);
  const TensorView tensor = {DType::kQ4_0, {2, 64}, bytes};
  float floats[128];
  uint8_t codes[64];
  EXPECT_TRUE(ReadFloats(tensor, 96, 32, floats).ok());
  EXPECT_TRUE(ReadFloats(tensor, 128, 0, floats).ok());
  for (const auto& [first, count] : {std::pair<uint64_t, uint64_t>(96, 64),
                                     {160, 0},
                                     {32, UINT64_MAX - 31},
                                     {16, 32},
                                     {0, 16}}) {
    EXPECT_EQ(ReadFloats(tensor, first, count, floats).code(),
              Code::kInvalidArgument);
  }
  EXPECT_TRUE(ReadCodes(tensor, 1, codes, floats, nullptr).ok());
  EXPECT_EQ(ReadCodes(tensor, 2, codes, floats, nullptr).code(),
            Code::kInvalidArgument);
}

TEST(Blocks, OtherTypesAreRefusedByName) {
  const uint8_t bytes[8] = {};
  const TensorView integers = {DType::kI64, {1}, bytes};
  const TensorView floats = {DType::kF32, {2}, bytes};
  float out[2];
  EXPECT_EQ(ReadFloats(integers, 0, 1, out).message(), "I64 holds no weights");
  EXPECT_EQ(ReadCodes(floats, 0, nullptr, out, nullptr).message(),
            "F32 is not made of blocks");
  EXPECT_FALSE(CodeLayoutOf(DType::kBf16).has_value());
}

TEST(Quantize, RefusesWhatItCannotWrite) {
  std::vector<float> row(32, 1.0f);
  std::vector<uint8_t> out;
  EXPECT_TRUE(QuantizeRow(DType::kQ8_0, row, &out).ok());
  EXPECT_EQ(out.size(), 34u);
  for (float bad : {std::nanf(""), INFINITY, -65536.0f}) {
    row[7] = bad;
    EXPECT_EQ(QuantizeRow(DType::kQ4_1, row, &out).code(),
              Code::kInvalidArgument);
  }
  row[7] = -kMaxQuantized;
  EXPECT_TRUE(QuantizeRow(DType::kQ4_1, row, &out).ok());
  EXPECT_EQ(QuantizeRow(DType::kQ4_1, {row.data(), 31}, &out).code(),
            Code::kInvalidArgument);
  EXPECT_EQ(QuantizeRow(DType::kQ4K, row, &out).code(), Code::kInvalidArgument);
  EXPECT_EQ(out.size(), 34u + 20u) << "errors append nothing";
}

// Scales whose inverse is infinite or whose float16 is zero.
TEST(Quantize, TinyWeightsBecomeZero) {
  for (DType dtype : {DType::kQ8_0, DType::kQ4_0, DType::kQ4_1}) {
    for (float tiny : {1e-45f, 1e-39f, 1e-12f}) {
      std::vector<float> row(32, tiny);
      row[3] = -tiny;
      std::vector<uint8_t> blocks;
      ASSERT_TRUE(QuantizeRow(dtype, row, &blocks).ok());
      for (float x : Floats({dtype, {32}, blocks})) EXPECT_EQ(x, 0.0f);
    }
  }
}

TEST(Quantize, PlainTypesAreStoredToo) {
  const std::vector<float> row = {1.0f, -0.25f, 3.0f, 1e-3f};
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kBf16}) {
    std::vector<uint8_t> bytes;
    ASSERT_TRUE(StoreRow(dtype, row, &bytes).ok());
    const std::vector<float> read = Floats({dtype, {4}, bytes});
    EXPECT_TRUE(std::equal(read.begin(), read.begin() + 3, row.begin()));
    EXPECT_NEAR(read[3], row[3], dtype == DType::kF32 ? 0 : 4e-6);
  }
  std::vector<uint8_t> out;
  EXPECT_EQ(StoreRow(DType::kF16, std::vector<float>{1, 65520}, &out).message(),
            "a weight is not finite or too large for F16");
  EXPECT_FALSE(StoreRow(DType::kBf16, std::vector<float>{NAN}, &out).ok());
  EXPECT_FALSE(StoreRow(DType::kI8, row, &out).ok());
  EXPECT_TRUE(out.empty()) << "errors append nothing";
  EXPECT_TRUE(StoreRow(DType::kF32, std::vector<float>{NAN}, &out).ok());
}

}  // namespace
}  // namespace lentil
