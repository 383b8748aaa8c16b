// SPDX-License-Identifier: Apache-2.0

#include "weights/gguf.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/endian.h"
#include "weights/gguf_writer.h"

namespace lentil {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint8_t kFloats[12] = {0, 0, 128, 63};  // 1.0f, 0, 0
constexpr uint8_t kBlocks[2 * 34] = {1, 2, 3};

GgufMetadata SampleMetadata() {
  const std::string_view strings[] = {"", "b", "\xff\n"};
  const int32_t ints[] = {1, -2};
  const float floats[] = {0.5f};
  GgufMetadata metadata;
  metadata.SetUint32("uint", 0);
  metadata.SetUint32("uint", 7);
  metadata.SetFloat32("float", 1e-5f);
  metadata.SetBool("bool", true);
  metadata.SetString("string", "text");
  metadata.SetStrings("strings", strings);
  metadata.SetInt32s("ints", ints);
  metadata.SetFloat32s("floats", floats);
  return metadata;
}

Bytes Sample() {
  return *WriteGguf(SampleMetadata(),
                    {{"a", {DType::kF32, {3}, kFloats}},
                     {"b", {DType::kQ8_0, {2, 32}, kBlocks}}});
}

std::string Message(const Bytes& file) {
  return Gguf::Parse(file).status().message();
}

// A file by hand: `pairs` and `infos` are what stands behind the counts.
struct Recipe {
  uint32_t version = 3;
  uint64_t tensor_count = 0;
  uint64_t pair_count = 0;
  Bytes pairs;
  Bytes infos;
  size_t data = 0;  // bytes behind the padding

  void Text(std::string_view text, Bytes* out) {
    AppendLe<uint64_t>(text.size(), out);
    out->insert(out->end(), text.begin(), text.end());
  }
  Recipe& Pair(std::string_view key, const std::vector<uint32_t>& words) {
    ++pair_count;
    Text(key, &pairs);
    for (uint32_t word : words) AppendLe(word, &pairs);
    return *this;
  }
  // Dimensions in the file's order.
  Recipe& Tensor(std::string_view name, const std::vector<uint64_t>& dims,
                 uint32_t type, uint64_t offset) {
    ++tensor_count;
    Text(name, &infos);
    AppendLe(static_cast<uint32_t>(dims.size()), &infos);
    for (uint64_t dim : dims) AppendLe(dim, &infos);
    AppendLe(type, &infos);
    AppendLe(offset, &infos);
    return *this;
  }
  Recipe& Data(size_t size) {
    data = size;
    return *this;
  }
  Bytes File() const {
    Bytes file = {'G', 'G', 'U', 'F'};
    AppendLe(version, &file);
    AppendLe(tensor_count, &file);
    AppendLe(pair_count, &file);
    file.insert(file.end(), pairs.begin(), pairs.end());
    file.insert(file.end(), infos.begin(), infos.end());
    file.resize((file.size() + 31) / 32 * 32 + data);
    return file;
  }
  std::string Error() const { return Message(File()); }
};

TEST(Gguf, WhatIsWrittenIsRead) {
  const Bytes file = Sample();
  EXPECT_EQ(file, Sample());
  EXPECT_TRUE(IsGguf(file));
  const auto read = Gguf::Parse(file);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(*read->GetUint("uint"), 7u);
  EXPECT_EQ(*read->GetInt("uint"), 7);
  EXPECT_EQ(*read->GetFloat("float"), 1e-5f);
  EXPECT_TRUE(*read->GetBool("bool"));
  EXPECT_EQ(*read->GetString("string"), "text");
  EXPECT_EQ(*read->GetStrings("strings"),
            (std::vector<std::string_view>{"", "b", "\xff\n"}));
  EXPECT_EQ(*read->GetInts("ints"), (std::vector<int64_t>{1, -2}));
  EXPECT_EQ(*read->GetInts("uint"), (std::vector<int64_t>{7}));
  EXPECT_EQ(*read->GetFloats("floats"), (std::vector<double>{0.5}));

  ASSERT_EQ(read->tensors().size(), 2u);
  const TensorView& b = read->tensors().at("b");
  EXPECT_EQ(b.dtype, DType::kQ8_0);
  EXPECT_EQ(b.shape, (std::vector<uint64_t>{2, 32}));
  EXPECT_EQ(Bytes(b.bytes.begin(), b.bytes.end()),
            Bytes(std::begin(kBlocks), std::end(kBlocks)));
  EXPECT_EQ((b.bytes.data() - file.data()) % 32, 0);
  EXPECT_EQ(read->tensors().at("a").CopyAs<float>(),
            (std::vector<float>{1, 0, 0}));
}

TEST(Gguf, CopiedMetadataIsTheSame) {
  const Bytes file = Sample();
  const auto read = Gguf::Parse(file);
  ASSERT_TRUE(read.ok());
  GgufMetadata copy;
  for (const auto& [key, value] : read->metadata()) copy.Set(key, value);
  EXPECT_EQ(*WriteGguf(copy, read->tensors()), file);
}

TEST(Gguf, AlignmentIsKept) {
  GgufMetadata metadata;
  metadata.SetUint32(kGgufAlignmentKey, 128);
  const std::map<std::string, TensorView> tensors = {
      {"a", {DType::kF32, {3}, kFloats}}, {"b", {DType::kF32, {3}, kFloats}}};
  const Bytes file = *WriteGguf(metadata, tensors);
  const auto read = Gguf::Parse(file);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ((read->tensors().at("b").bytes.data() - file.data()) % 128, 0);
  metadata.SetUint32(kGgufAlignmentKey, 48);
  EXPECT_EQ(WriteGguf(metadata, tensors).status().code(),
            Code::kInvalidArgument);
}

TEST(Gguf, GettersNameTheKey) {
  const Bytes file = Sample();
  const auto read = Gguf::Parse(file);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->GetUint("none").status().message(), "no key 'none'");
  EXPECT_EQ(read->GetUint("string").status().message(),
            "key 'string' is not an unsigned integer");
  EXPECT_EQ(read->GetUint("ints").status().code(), Code::kCorrupt);
  EXPECT_EQ(read->GetFloat("uint").status().code(), Code::kCorrupt);
  EXPECT_EQ(read->GetBool("uint").status().code(), Code::kCorrupt);
  EXPECT_EQ(read->GetStrings("ints").status().message(),
            "key 'ints' is not strings");
}

TEST(Gguf, IntegersFitOrAreRefused) {
  const auto file = Recipe()
                        .Pair("minus", {5, 0xffffffff})
                        .Pair("most", {10, 0xffffffff, 0xffffffff})
                        .File();
  const auto read = Gguf::Parse(file);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(*read->GetInt("minus"), -1);
  EXPECT_FALSE(read->GetUint("minus").ok());
  EXPECT_EQ(*read->GetUint("most"), UINT64_MAX);
  EXPECT_FALSE(read->GetInt("most").ok());
}

// Zeros behind the last tensor may be missing.
TEST(Gguf, TruncatedAtEveryByteReturnsCorrupt) {
  const Bytes file = Sample();
  const size_t end = file.size() - (96 - sizeof(kBlocks));
  for (size_t size = 0; size < end; ++size) {
    const auto read = Gguf::Parse(std::span(file).first(size));
    EXPECT_EQ(read.status().code(), Code::kCorrupt) << size;
  }
  EXPECT_TRUE(Gguf::Parse(std::span(file).first(end)).ok());
}

TEST(Gguf, OtherVersionsAreRefused) {
  Recipe recipe;
  EXPECT_EQ(recipe.Error(), "");
  recipe.version = 2;
  EXPECT_EQ(recipe.Error(), "");
  recipe.version = 1;
  EXPECT_EQ(recipe.Error(), "GGUF version 1 is not supported");
  recipe.version = 4;
  EXPECT_EQ(recipe.Error(), "GGUF version 4 is not supported");
  recipe.version = 0x03000000;
  EXPECT_EQ(recipe.Error(), "big-endian GGUF is not supported");
  EXPECT_EQ(Message({'G', 'G', 'M', 'L'}), "not a GGUF file");
}

TEST(Gguf, LyingMetadataIsRefused) {
  Recipe many;
  many.pair_count = UINT64_MAX;
  EXPECT_EQ(many.Error(),
            "more tensors or metadata than the file has room for");
  EXPECT_EQ(Recipe().Pair("k", {13}).Error(),
            "key 'k': has the unknown type 13");
  EXPECT_EQ(Recipe().Pair("k", {9, 9, 1, 0}).Error(),
            "key 'k': is an array of arrays");
  EXPECT_EQ(Recipe().Pair("k", {9, 12, 0, 0x80000000}).Error(),
            "key 'k': is longer than the file");
  EXPECT_EQ(Recipe().Pair("k", {9, 0, 1000, 0}).Error(),
            "key 'k': truncated at byte 49");
  EXPECT_EQ(Recipe().Pair("k", {9, 8, 0xffffffff, 0xffffffff}).Error(),
            "key 'k': truncated at byte 57");
  EXPECT_EQ(Recipe().Pair("k", {4, 1}).Pair("k", {4, 1}).Error(),
            "key 'k' is there twice");
  EXPECT_EQ(Recipe().Pair(kGgufAlignmentKey, {4, 0}).Error(),
            "alignment 0 is no power of two");
  EXPECT_EQ(Recipe().Pair(kGgufAlignmentKey, {6, 0}).Error(),
            "key 'general.alignment' is not an unsigned integer");
}

TEST(Gguf, LyingTensorsAreRefused) {
  const uint64_t huge = uint64_t{1} << 62;
  EXPECT_EQ(Recipe().Tensor("t", {8}, 0, 0).Data(32).Error(), "");
  EXPECT_EQ(Recipe().Tensor("t", {8}, 0, 0).Data(31).Error(),
            "tensor 't' lies outside the file");
  EXPECT_EQ(Recipe().Tensor("t", {8}, 0, huge).Data(32).Error(),
            "tensor 't' lies outside the file");
  EXPECT_EQ(Recipe().Tensor("t", {4}, 0, 16).Data(32).Error(),
            "tensor 't' is unaligned");
  EXPECT_EQ(Recipe().Tensor("t", {huge, 4}, 0, 0).Error(),
            "tensor 't': cannot be F32 [4, 4611686018427387904]");
  EXPECT_EQ(Recipe().Tensor("t", {16}, 8, 0).Data(64).Error(),
            "tensor 't': cannot be Q8_0 [16]");
  EXPECT_EQ(Recipe().Tensor("t", {huge, 0}, 0, 0).Error(),
            "tensor 't': cannot be F32 [0, 4611686018427387904]");
  EXPECT_EQ(Recipe().Tensor("t", {1, 1, 1, 1, 1}, 0, 0).Data(64).Error(),
            "tensor 't': too many dimensions");
  EXPECT_EQ(
      Recipe().Tensor("t", {16}, 0, 0).Tensor("u", {8}, 0, 32).Data(96).Error(),
      "tensor 'u' overlaps another");
  EXPECT_EQ(
      Recipe().Tensor("t", {8}, 0, 0).Tensor("t", {8}, 0, 32).Data(96).Error(),
      "tensor 't' is there twice");
}

TEST(Gguf, UnknownTypesAreNamed) {
  const auto read =
      Gguf::Parse(Recipe().Tensor("t", {256}, 16, 0).Data(96).File());
  EXPECT_EQ(read.status().code(), Code::kUnsupported);
  EXPECT_EQ(read.status().message(),
            "tensor 't': is IQ2_XXS, which is not supported");
  EXPECT_EQ(Recipe().Tensor("t", {256}, 99, 0).Data(96).Error(),
            "tensor 't': is of type 99, which is not supported");
}

TEST(Gguf, WriterRefusesWhatDoesNotFit) {
  for (const TensorView& bad :
       {TensorView{DType::kF32, {2}, kFloats}, TensorView{DType::kF32, {0}, {}},
        TensorView{DType::kBool, {12}, kFloats},
        TensorView{DType::kF32, {1, 1, 1, 1, 3}, kFloats}}) {
    const auto file = WriteGguf({}, {{"t", bad}});
    EXPECT_EQ(file.status().message(),
              "tensor 't': cannot be written: bad dtype, rank or size");
  }
}

TEST(Gguf, MetadataAreReadWithoutAFile) {
  GgufMetadata metadata;
  metadata.SetFloat64("d", 0.1);
  metadata.SetFloat64s("ds", std::vector<double>{0.1, -2});
  metadata.SetBools("bs", {true, false});
  metadata.SetString("s", "text");
  const Gguf gguf = Gguf::Of(metadata.Values(), {});
  EXPECT_EQ(gguf.GetFloat("d").value(), 0.1);
  EXPECT_EQ(gguf.GetFloats("ds").value(), (std::vector<double>{0.1, -2}));
  EXPECT_EQ(gguf.GetBools("bs").value(), (std::vector<bool>{true, false}));
  EXPECT_EQ(gguf.GetString("s").value(), "text");
  const auto file = WriteGguf(metadata, {});
  const auto read = Gguf::Parse(*file);
  ASSERT_TRUE(read.ok()) << read.status().message();
  for (const auto& [key, value] : read->metadata()) {
    const GgufValue& ours = gguf.metadata().at(key);
    EXPECT_EQ(ours.type, value.type);
    EXPECT_EQ(ours.is_array, value.is_array);
    EXPECT_EQ(ours.count, value.count);
    EXPECT_TRUE(std::ranges::equal(ours.bytes, value.bytes)) << key;
  }
}

}  // namespace
}  // namespace lentil
