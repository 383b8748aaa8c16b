// SPDX-License-Identifier: Apache-2.0
// Format version 1, held still: files written once decode for ever, and where
// no other library has a say the encoder writes the same bytes for ever.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/hash.h"
#include "base/output_file.h"
#include "codec/lane_frame.h"
#include "codec/record_frame.h"
#include "codec/record_prior.h"
#include "codec/stream_test_util.h"
#include "model/model.h"

namespace lentil {
namespace {

std::string PathOf(const std::string& name) {
  return std::string(LENTIL_SOURCE_DIR) + "/tests/golden/" + name;
}

Bytes Golden(const std::string& name) {
  const auto bytes = ReadFile(PathOf(name));
  EXPECT_TRUE(bytes.ok()) << name << ": " << bytes.status().message();
  return bytes.ok() ? *bytes : Bytes();
}

// What the encoder made is the golden. Until version 1 is released a change
// that is meant is written down with LENTIL_WRITE_GOLDENS=1, and fails once.
void ExpectGolden(const Bytes& made, const std::string& name) {
  if (std::getenv("LENTIL_WRITE_GOLDENS") != nullptr) {
    ASSERT_TRUE(WriteFile(PathOf(name), made).ok());
    FAIL() << name << " was written";
  }
  EXPECT_EQ(made, Golden(name)) << name;
}

Bytes Sentences() {
  Bytes text;
  for (int i = 0; i < 400; ++i) {
    for (const char c : std::string_view("the same words, again and again; ")) {
      text.push_back(static_cast<uint8_t>(c));
    }
  }
  return text;
}

Bytes Join(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

const FakeCoder kCoder;

TEST(GoldenV1, FilesDecode) {
  const std::pair<const char*, Bytes> files[] = {
      {"v1_empty.ltl", {}},
      {"v1_stored.ltl", RandomBytes(300)},
      {"v1_zstd.ltl", Sentences()},
      {"v1_coder.ltl", TextLike(10'000)},
      {"v1_mixed.ltl",
       Join({TextLike(4096), RandomBytes(4096), Sentences(), {1}})},
  };
  Bytes joined;
  Bytes sources;
  for (const auto& [name, source] : files) {
    const Bytes file = Golden(name);
    const auto back = DecodeAll(DecodeWith(kCoder), file);
    ASSERT_TRUE(back.ok()) << name << ": " << back.status().message();
    EXPECT_EQ(*back, source) << name;
    joined = Join({joined, file});
    sources = Join({sources, source});
  }
  EXPECT_EQ(DecodeAll(DecodeWith(kCoder), joined).value(), sources);
}

TEST(GoldenV1, EncoderWritesTheSameBytes) {
  EXPECT_EQ(EncodeAll(ZstdOptions(), {}).value(), Golden("v1_empty.ltl"));
  EXPECT_EQ(EncodeAll(ZstdOptions(), RandomBytes(300)).value(),
            Golden("v1_stored.ltl"));
  EXPECT_EQ(EncodeAll(ModelOptions(kCoder), TextLike(10'000)).value(),
            Golden("v1_coder.ltl"));
}

// Messages begin … end − 1, each with its newline.
Bytes Messages(int begin, int end) {
  std::string text;
  for (int i = begin; i < end; ++i) {
    text += "user " + std::to_string(i * 7 % 13) + " sent message " +
            std::to_string(i) + "\n";
  }
  return Bytes(text.begin(), text.end());
}

// The file `name` is the payload of the source, and decodes.
void ExpectPayload(const std::shared_ptr<const Model>& model,
                   const Bytes& source, const LaneParameters& parameters,
                   const std::string& name) {
  const FrameContext context;
  Bytes payload;
  ASSERT_TRUE(EncodeLanes(source, parameters, model, context, &payload).ok());
  ExpectGolden(payload, name);
  Bytes restored(source.size());
  ASSERT_TRUE(DecodeLanes(Golden(name), model, context, restored).ok()) << name;
  EXPECT_EQ(restored, source) << name;
}

// Every layout of the context models, and calls. The files hold payloads.
TEST(GoldenV1, MixingFramesStayTheSame) {
  using Kind = Layout::Kind;
  const Bytes source = Join({Messages(0, 30), TextLike(600)});
  const std::pair<const char*, LaneParameters> files[] = {
      {"v1_mixing_text", {3, 2, 10}},
      {"v1_mixing_fields", {1, 1, 8, {Kind::kFields, 4}, true}},
      {"v1_mixing_samples", {2, 1, 9, {Kind::kSamples, 300}}}};
  for (const auto& [name, parameters] : files) {
    ExpectPayload(nullptr, source, parameters, name);
  }
}

// The transformer alone, with context models, and in sections.
TEST(GoldenV1, ModelFramesStayTheSame) {
  const std::shared_ptr<const Model> model = MakeModel();
  const Bytes source = Join({Messages(0, 30), TextLike(9'000)});
  const std::pair<const char*, LaneParameters> files[] = {
      {"v1_model", {3, 2}},
      {"v1_model_mixing", {5, 5, 10}},
      {"v1_model_sections",
       {.lanes = 3,
        .lanes_per_group = 3,
        .table_bits = 10,
        .section_bits = 12}}};
  for (const auto& [name, parameters] : files) {
    ExpectPayload(model, source, parameters, name);
  }
}

TEST(GoldenV1, RecordsStayTheSame) {
  const auto prior =
      RecordPrior::Make(Messages(0, 50), RecordForm::kLines, nullptr);
  ASSERT_TRUE(prior.ok());
  const RecordFrameCoder coder(RecordForm::kLines, {*prior, nullptr});
  const Bytes source = Join({Messages(50, 90), {'e', 'n', 'd'}});
  EncodeOptions encode = ZstdOptions();
  encode.preferred = FrameKind::kRecords;
  encode.records = &coder;
  ExpectGolden(EncodeAll(encode, source).value(), "v1_records.ltl");
  DecodeOptions decode = DecodeWith(kCoder);
  decode.find_records =
      [&](const ContainerHeader& header) -> Result<const RecordFrameCoder*> {
    EXPECT_EQ(header, coder.Header());
    return &coder;
  };
  EXPECT_EQ(DecodeAll(decode, Golden("v1_records.ltl")).value(), source);
}

}  // namespace
}  // namespace lentil
