// SPDX-License-Identifier: Apache-2.0
// Frames whose checksums are right and whose claims are not: refused before
// anything is done for them, or as soon as a stream is behind its end. And what
// is as small as the format allows is not taken for one.
#include <gtest/gtest.h>

#include "base/endian.h"
#include "base/hash.h"
#include "codec/lane_frame.h"
#include "codec/record_lanes.h"
#include "codec/record_prior.h"
#include "codec/stream_test_util.h"
#include "format/container.h"
#include "format/size_bound.h"

namespace lentil {
namespace {

constexpr uint32_t kGroups = 1024;

// Groups of one lane each, with the largest tables: the streams of all but the
// last have `each` bytes, the last has `last`, all 0.
Bytes ManyGroups(size_t each, size_t last) {
  Bytes payload;
  LaneParameters parameters;
  parameters.lanes = kGroups;
  parameters.table_bits = 22;
  AppendParameters(parameters, &payload);
  for (uint32_t i = 0; i + 1 < kGroups; ++i) AppendVarint(each, &payload);
  payload.resize(payload.size() + (kGroups - 1) * each + last);
  return payload;
}

// A container of one mixing frame.
Bytes FileOf(const Bytes& payload, uint32_t raw_size) {
  Bytes file;
  AppendContainerHeader({}, &file);
  const auto header_size = static_cast<uint32_t>(file.size());
  Bytes frame = {static_cast<uint8_t>(FrameKind::kMixing)};
  AppendVarint(raw_size, &frame);
  AppendVarint(payload.size(), &frame);
  AppendLe(Hash32(payload), &frame);
  AppendLe<uint32_t>(0, &frame);
  AppendLe(Hash32(frame), &frame);
  frame.insert(frame.end(), payload.begin(), payload.end());
  file.insert(file.end(), frame.begin(), frame.end());
  IndexBuilder index;
  index.Add({raw_size, static_cast<uint32_t>(frame.size())});
  EXPECT_TRUE(index.AppendFooter(header_size, 0, &file).ok());
  return file;
}

// Counts the groups that decoding a payload begins.
size_t GroupsBegun(const Bytes& payload, size_t raw_size, Status* status) {
  size_t begun = 0;
  FrameContext context;
  context.parallel_for = [&](size_t n,
                             const std::function<void(size_t)>& task) {
    begun += n;
    RunHere(n, task);
  };
  Bytes raw(raw_size);
  *status = DecodeLanes(payload, nullptr, context, raw);
  return begun;
}

TEST(HostileFrame, AThousandEmptyGroupsAreRefusedByTheirHeader) {
  const Bytes file = FileOf(ManyGroups(0, 4), kMaxFrameSize);
  EXPECT_LT(file.size(), 1108u);
  const auto result = DecodeAll(DecodeOptions(), file);
  EXPECT_EQ(result.status().code(), Code::kCorrupt);
  EXPECT_NE(result.status().message().find("impossible frame size"),
            std::string::npos)
      << result.status().message();
}

// The payload is long enough as a whole, but most groups have nothing.
TEST(HostileFrame, AGroupThatIsTooShortIsRefusedByTheParser) {
  const Bytes payload = ManyGroups(0, 2000);
  const auto result =
      DecodeAll(DecodeOptions(), FileOf(payload, kMaxFrameSize));
  EXPECT_NE(result.status().message().find("too short for its lanes"),
            std::string::npos)
      << result.status().message();
  Status status;
  EXPECT_EQ(GroupsBegun(payload, kMaxFrameSize, &status), 0u);
  EXPECT_EQ(status.code(), Code::kCorrupt);
  // One byte for each suffices for the parser, and the first group's failure
  // for the frame.
  EXPECT_EQ(GroupsBegun(ManyGroups(1, 1), 1 << 20, &status), kGroups);
  EXPECT_EQ(status.code(), Code::kCorrupt);
}

// What a decoder has written before it gave up.
size_t BytesTouched(const std::shared_ptr<const Model>& model,
                    const LaneParameters& parameters) {
  constexpr uint8_t kUntouched = 0xAA;
  Bytes payload;
  AppendParameters(parameters, &payload);
  Bytes raw(8000, kUntouched);
  EXPECT_EQ(DecodeLanes(payload, model, FrameContext(), raw).code(),
            Code::kCorrupt);
  return static_cast<size_t>(raw.size() -
                             std::count(raw.begin(), raw.end(), kUntouched));
}

TEST(HostileFrame, DecodingStopsAtTheEndOfItsStream) {
  EXPECT_LE(BytesTouched(nullptr, {.table_bits = 12}), 32u);
  EXPECT_LE(BytesTouched(MakeModel(), {}), 32u);
  EXPECT_LE(BytesTouched(MakeModel(),
                         {.lanes = 4, .lanes_per_group = 4, .table_bits = 12}),
            32u);
}

TEST(HostileFrame, RecordsStopAtTheEndOfTheirStreams) {
  Bytes raw(40'000, 0xAA);
  const std::vector<RecordPlace> places = {{0, 20'000}, {20'000, 20'000}};
  const std::vector<std::span<const uint8_t>> streams(2);
  const RecordPredictor predictor = {nullptr, MakeModel()};
  EXPECT_EQ(
      DecodeRecords(streams, places, predictor, FrameContext(), raw).code(),
      Code::kCorrupt);
  EXPECT_GT(std::count(raw.begin(), raw.end(), 0xAA), 39'900);
}

TEST(HostileFrame, ARecordThatIsTooShortIsRefused) {
  Bytes raw(kSymbolsPerByte + 1);
  const RecordPlace place = {0, static_cast<uint32_t>(raw.size())};
  const std::span<const uint8_t> nothing;
  const RecordPredictor predictor = {nullptr, MakeModel()};
  EXPECT_EQ(
      DecodeRecords({&nothing, 1}, {&place, 1}, predictor, FrameContext(), raw)
          .message(),
      "a record's code is too short");
  EXPECT_EQ(DecodeOneLane({}, MakeModel(), raw).message(),
            "a record's code is too short");
}

// As small as context models can make it: one byte again and again.
TEST(HostileFrame, TheMostCompressibleDataPass) {
  const std::pair<size_t, LaneParameters> cases[] = {
      {size_t{1} << 17, {.table_bits = 18}},
      {size_t{1} << 16,
       {.lanes = 16,
        .lanes_per_group = 16,
        .table_bits = 18,
        .section_bits = 12}},
      {size_t{1} << 16, {.lanes = 8, .lanes_per_group = 1, .table_bits = 10}}};
  for (const uint8_t byte : {0x00, 0xff}) {
    for (const auto& [size, parameters] : cases) {
      const Bytes source(size, byte);
      Bytes payload;
      ASSERT_TRUE(
          EncodeLanes(source, parameters, nullptr, FrameContext(), &payload)
              .ok());
      EXPECT_TRUE(HoldsMixedBytes(payload.size() - 3, size));
      Bytes restored(size);
      ASSERT_TRUE(DecodeLanes(payload, nullptr, FrameContext(), restored).ok());
      EXPECT_EQ(restored, source);
    }
  }
}

TEST(HostileFrame, ARecordThatTheSampleForetellsPasses) {
  const Bytes sample(200'000, 'a');
  const auto prior = RecordPrior::Make(sample, RecordForm::kLines, nullptr);
  ASSERT_TRUE(prior.ok());
  const RecordPredictor predictor = {*prior, nullptr};
  const Bytes source(100'000, 'a');
  const RecordPlace place = {0, 100'000};
  Bytes stream;
  ASSERT_TRUE(EncodeRecords(source, {&place, 1}, predictor, FrameContext(),
                            {&stream, 1})
                  .ok());
  EXPECT_LT(stream.size(), 20u);
  Bytes restored(source.size());
  const std::span<const uint8_t> code = stream;
  ASSERT_TRUE(DecodeRecords({&code, 1}, {&place, 1}, predictor, FrameContext(),
                            restored)
                  .ok());
  EXPECT_EQ(restored, source);
}

}  // namespace
}  // namespace lentil
