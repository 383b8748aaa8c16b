// SPDX-License-Identifier: Apache-2.0

#include "weights/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>

namespace lentil {
namespace {

std::vector<uint8_t> File(const std::string& header, size_t data_size) {
  const uint64_t size = header.size();
  std::vector<uint8_t> file(sizeof(size) + size + data_size, 7);
  std::memcpy(file.data(), &size, sizeof(size));
  std::memcpy(file.data() + sizeof(size), header.data(), size);
  return file;
}

Code ParseCode(std::string header, size_t data_size) {
  const std::vector<uint8_t> file = File(std::move(header), data_size);
  return Safetensors::Parse(file).status().code();
}

std::vector<uint8_t> Sample() {
  static const float kFloats[] = {1.5f, -2.0f, 0.25f};
  static const int8_t kInts[] = {1, -2, 3, 4, 5, 6};
  const auto bytes = [](const auto& array) {
    return std::span(reinterpret_cast<const uint8_t*>(array), sizeof(array));
  };
  return *WriteSafetensors({{"a.weight", {DType::kI8, {2, 3}, bytes(kInts)}},
                            {"b", {DType::kF32, {3}, bytes(kFloats)}},
                            {"empty", {DType::kU8, {0, 9}, {}}}},
                           {{"k", "v\n\"quoted\" \xc3\xa9"}});
}

TEST(Safetensors, WhatIsWrittenIsRead) {
  const std::vector<uint8_t> file = Sample();
  EXPECT_EQ(file, Sample());
  const auto read = Safetensors::Parse(file);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(*read->Metadata("k"), "v\n\"quoted\" \xc3\xa9");
  EXPECT_EQ(read->Metadata("none").status().code(), Code::kCorrupt);
  EXPECT_EQ(read->tensors().size(), 3u);
  const auto a = read->Get("a.weight", DType::kI8, {2, 3});
  ASSERT_TRUE(a.ok());
  EXPECT_EQ(a->CopyAs<int8_t>(), (std::vector<int8_t>{1, -2, 3, 4, 5, 6}));
  const auto b = read->Get("b", DType::kF32, {3});
  ASSERT_TRUE(b.ok());
  EXPECT_EQ(b->CopyAs<float>(), (std::vector<float>{1.5f, -2.0f, 0.25f}));
  EXPECT_EQ((b->bytes.data() - file.data()) % 4, 0)
      << "larger elements come first";
}

TEST(Safetensors, GetSaysWhatDiffers) {
  const std::vector<uint8_t> file = Sample();
  const auto read = Safetensors::Parse(file);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->Get("b", DType::kF32, {4}).status().message(),
            "tensor 'b' is F32 [3], expected F32 [4]");
  EXPECT_EQ(read->Get("c", DType::kF32, {4}).status().message(),
            "no tensor 'c'");
}

TEST(Safetensors, TruncatedAtEveryByteReturnsCorrupt) {
  const std::vector<uint8_t> file = Sample();
  for (size_t size = 0; size < file.size(); ++size) {
    const auto read = Safetensors::Parse(std::span(file).first(size));
    EXPECT_EQ(read.status().code(), Code::kCorrupt) << size;
  }
}

TEST(Safetensors, LyingHeadersAreRefused) {
  const std::string good =
      R"({"a":{"dtype":"I8","shape":[2,3],"data_offsets":[0,6]}})";
  EXPECT_EQ(ParseCode(good, 6), Code::kOk);
  EXPECT_EQ(ParseCode(good, 7), Code::kCorrupt) << "a byte of no tensor";
  EXPECT_EQ(ParseCode(good, 5), Code::kCorrupt);
  EXPECT_EQ(ParseCode(good + "x", 6), Code::kCorrupt);
  for (
      const char* bad : {
          R"({"a":{"dtype":"I8","shape":[2,4],"data_offsets":[0,6]}})",
          R"({"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,6]}})",
          R"({"a":{"dtype":"I8","shape":[2,3],"data_offsets":[6,0]}})",
          R"({"a":{"dtype":"I8","shape":[2,3],"data_offsets":[0]}})",
          R"({"a":{"dtype":"I8","shape":[2,-3],"data_offsets":[0,6]}})",
          R"({"a":{"dtype":"I8","shape":[1.5],"data_offsets":[0,6]}})",
          R"({"a":{"dtype":"I8","shape":[4294967296,4294967296,6],"data_offsets":[0,0]}})",
          R"({"a":{"dtype":"I8","shape":[18446744073709551616],"data_offsets":[0,6]}})",
          R"({"a":{"dtype":3,"shape":[6],"data_offsets":[0,6]}})",
          R"({"a":{"shape":[6],"data_offsets":[0,6]}})",
          R"({"a":{"dtype":"I8","data_offsets":[0,6]}})",
          R"({"a":[]})",
          R"({"a":{"dtype":"I8","shape":[1,1,1,1,1,1,1,1,6],"data_offsets":[0,6]}})",
          R"({"a":{"dtype":"I8","shape":[4],"data_offsets":[0,4]},
               "b":{"dtype":"I8","shape":[4],"data_offsets":[2,6]}})",
          R"({"a":{"dtype":"I8","shape":[6],"data_offsets":[0,6]},
               "a":{"dtype":"I8","shape":[6],"data_offsets":[0,6]}})",
          R"({"a":{"dtype":"I8","shape":[[[[6]]]],"data_offsets":[0,6]}})",
          R"({"__metadata__":{"k":1},"a":{"dtype":"I8","shape":[6],"data_offsets":[0,6]}})",
          R"({"__metadata__":"v","a":{"dtype":"I8","shape":[6],"data_offsets":[0,6]}})",
      }) {
    EXPECT_EQ(ParseCode(bad, 6), Code::kCorrupt) << bad;
  }
}

TEST(Safetensors, UnknownDTypeIsNamed) {
  const auto file =
      File(R"({"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}})", 8);
  const auto read = Safetensors::Parse(file);
  EXPECT_EQ(read.status().code(), Code::kUnsupported);
  EXPECT_EQ(read.status().message(),
            "tensor 'a': dtype 'F8_E4M3' is not supported");
  EXPECT_EQ(
      ParseCode(R"({"a":{"dtype":"Q8_0","shape":[32],"data_offsets":[0,34]}})",
                34),
      Code::kUnsupported)
      << "blocks are GGUF's";
}

TEST(Safetensors, EveryPlainDTypeIsRead) {
  for (const auto& [name, dtype] : {std::pair("F64", DType::kF64),
                                    {"F32", DType::kF32},
                                    {"F16", DType::kF16},
                                    {"BF16", DType::kBf16},
                                    {"I64", DType::kI64},
                                    {"I32", DType::kI32},
                                    {"I16", DType::kI16},
                                    {"I8", DType::kI8},
                                    {"U32", DType::kU32},
                                    {"U8", DType::kU8},
                                    {"BOOL", DType::kBool}}) {
    const uint32_t size = 2 * DTypeBlock(dtype).bytes;
    const auto file = File(std::string(R"({"a":{"dtype":")") + name +
                               R"(","shape":[2],"data_offsets":[0,)" +
                               std::to_string(size) + "]}}",
                           size);
    const auto read = Safetensors::Parse(file);
    ASSERT_TRUE(read.ok()) << read.status().message();
    EXPECT_TRUE(read->Get("a", dtype, {2}).ok()) << name;
  }
}

TEST(Safetensors, IndexNamesPlainFilesOnly) {
  const auto good = ParseSafetensorsIndex(
      R"({"metadata":{"total_size":9},"weight_map":{"a":"x","b":"y..z"}})");
  ASSERT_TRUE(good.ok()) << good.status().message();
  EXPECT_EQ(*good,
            (std::map<std::string, std::string>{{"a", "x"}, {"b", "y..z"}}));
  for (const char* bad :
       {"", "[]", "{}", R"({"weight_map":[]})", R"({"weight_map":{"a":1}})",
        R"({"weight_map":{"a":""}})", R"({"weight_map":{"a":".."}})",
        R"({"weight_map":{"a":"../b"}})", R"({"weight_map":{"a":"/etc/b"}})",
        R"({"weight_map":{"a":"b\u0000c"}})",
        R"({"weight_map":{"a":"b","a":"c"}})"}) {
    EXPECT_EQ(ParseSafetensorsIndex(bad).status().code(), Code::kCorrupt)
        << bad;
  }
}

TEST(Safetensors, HugeHeaderAndDeepNestingAreRefused) {
  EXPECT_EQ(ParseCode("{" + std::string(kMaxSafetensorsHeader, ' ') + "}", 0),
            Code::kCorrupt);
  EXPECT_EQ(Safetensors::Parse(
                File("{" + std::string(kMaxSafetensorsHeader, ' ') + "}", 0),
                kMaxCheckpointHeader)
                .status()
                .code(),
            Code::kOk);
  EXPECT_EQ(ParseCode("{\"a\":" + std::string(500000, '['), 0), Code::kCorrupt);
}

// As many as the limit of entries lets through; quadratic work would take
// minutes.
TEST(Safetensors, ManyTensorsAreReadAsFastAsFew) {
  constexpr int kMany = 250'000;
  std::string header = "{";
  for (int i = 0; i < kMany; ++i) {
    header += (i == 0 ? "\"" : ",\"") + std::to_string(i) +
              R"(":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  }
  const auto file =
      Safetensors::Parse(File(header + "}", 0), kMaxCheckpointHeader);
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_EQ(file->tensors().size(), size_t{kMany});
}

TEST(Safetensors, WriterRefusesWhatDoesNotFit) {
  const uint8_t bytes[3] = {};
  EXPECT_EQ(
      WriteSafetensors({{"a", {DType::kF32, {1}, bytes}}}, {}).status().code(),
      Code::kInvalidArgument);
  EXPECT_EQ(
      WriteSafetensors({{"a", {DType::kQ8_0, {0}, {}}}}, {}).status().code(),
      Code::kInvalidArgument);
  EXPECT_EQ(WriteSafetensors({{"__metadata__", {DType::kI8, {3}, bytes}}}, {})
                .status()
                .code(),
            Code::kInvalidArgument);
}

}  // namespace
}  // namespace lentil
