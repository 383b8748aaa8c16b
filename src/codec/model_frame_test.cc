// SPDX-License-Identifier: Apache-2.0

#include "codec/model_frame.h"

#include <gtest/gtest.h>

#include <random>

#include "base/thread_pool.h"
#include "codec/stream_test_util.h"

namespace lentil {
namespace {

const ModelFrameCoder& Coder() {
  static const auto* const kCoder = new ModelFrameCoder(MakeModel());
  return *kCoder;
}

std::vector<uint8_t> Text(size_t n) {
  std::mt19937 random(static_cast<uint32_t>(n));
  std::vector<uint8_t> text(n);
  for (uint8_t& byte : text) byte = static_cast<uint8_t>(random() % 50);
  return text;
}

std::vector<uint8_t> Encoded(std::span<const uint8_t> raw,
                             LaneParameters layout) {
  std::vector<uint8_t> payload;
  const Status status =
      Coder().EncodeWith(raw, layout, FrameContext{}, &payload);
  EXPECT_TRUE(status.ok()) << status.message();
  return payload;
}

TEST(ModelFrame, EveryLayoutIsRestored) {
  for (size_t size : {0, 1, 2, 63, 700, 1500, 15000}) {
    const std::vector<uint8_t> raw = Text(size);
    for (const LaneParameters layout :
         {LaneParameters{1, 1}, LaneParameters{2, 2}, LaneParameters{7, 3},
          LaneParameters{40, 32, 8}, LaneParameters{9, 4, 12},
          LaneParameters{40, 32}, LaneParameters{63, 1},
          LaneParameters{.lanes = 3,
          .lanes_per_group = 2,
          .table_bits = 9,
          .section_bits = 12}}) {
      if (!IsAllowed(layout, size, /*has_model=*/true)) continue;
      const std::vector<uint8_t> payload = Encoded(raw, layout);
      std::vector<uint8_t> restored(size, 0xff);
      ASSERT_TRUE(Coder().Decode(payload, FrameContext{}, restored).ok());
      EXPECT_EQ(restored, raw) << size << " in " << layout.lanes;
    }
  }
}

TEST(ModelFrame, ASmallFrameCannotAskForMuchMemory) {
  const auto allows = [](size_t size, uint32_t table_bits) {
    return IsAllowed({.table_bits = table_bits}, size, /*has_model=*/true);
  };
  EXPECT_TRUE(allows(0, 8));
  EXPECT_FALSE(allows(63, 9));
  EXPECT_TRUE(allows(1 << 20, 22));
  EXPECT_FALSE(allows((1 << 19) - 1, 22));
  EXPECT_FALSE(allows(kMaxFrameSize, 23));
}

TEST(ModelFrame, EncodeAppendsAndChoosesALayout) {
  const std::vector<uint8_t> raw = Text(40000);
  std::vector<uint8_t> payload = {1, 2, 3};
  ASSERT_TRUE(Coder().Encode(raw, {}, FrameContext{}, &payload).ok());
  EXPECT_EQ(payload[0] + payload[1] + payload[2], 6);
  std::vector<uint8_t> restored(raw.size());
  ASSERT_TRUE(
      Coder()
          .Decode(std::span(payload).subspan(3), FrameContext{}, restored)
          .ok());
  EXPECT_EQ(restored, raw);
}

TEST(ModelFrame, LayoutFollowsTheLength) {
  const auto lanes = [](uint64_t raw_size, uint32_t most) {
    return ChooseParameters(raw_size, {.lanes = most}).lanes;
  };
  EXPECT_EQ(lanes(0, 16), 1u);
  EXPECT_EQ(lanes(2048, 16), 1u);
  EXPECT_EQ(lanes(1 << 20, 16), 16u);
  EXPECT_EQ(lanes(1 << 20, 4), 4u);
  EXPECT_EQ(lanes(1 << 20, 0), 1u);
  EXPECT_EQ(ChooseParameters(4 << 20, {.table_bits = 19}).table_bits, 19u);
  for (uint64_t size = 1; size <= kMaxFrameSize; size += 1 + size / 3) {
    const auto most = static_cast<uint32_t>(size % 40);
    const LaneParameters chosen = ChooseParameters(size, {.lanes = most});
    EXPECT_TRUE(IsAllowed(chosen, size, false)) << size;
    EXPECT_EQ(chosen.groups(), 1u);
  }
}

// Groups, and the parts of a group that `threads` deals its lanes to.
TEST(ModelFrame, ThreadsAndKernelsDoNotChangeTheBytes) {
  const std::vector<uint8_t> raw = Text(3000);
  for (const LaneParameters layout :
       {LaneParameters{24, 20, 10}, LaneParameters{22, 22, 10},
        LaneParameters{22, 22, 0}}) {
    const std::vector<uint8_t> expected = Encoded(raw, layout);
    for (const int threads : {2, 5}) {
      ThreadPool pool(threads - 1);
      FrameContext context;
      context.threads = static_cast<size_t>(threads);
      context.parallel_for = [&](size_t n,
                                 const std::function<void(size_t)>& t) {
        pool.ParallelFor(n, t);
      };
      for (const Kernels* kernels : AvailableKernels()) {
        const ModelFrameCoder coder(MakeModel(kernels));
        std::vector<uint8_t> payload;
        ASSERT_TRUE(coder.EncodeWith(raw, layout, context, &payload).ok());
        EXPECT_EQ(payload, expected) << kernels->name << ", " << threads;
        std::vector<uint8_t> restored(raw.size());
        ASSERT_TRUE(coder.Decode(payload, context, restored).ok());
        EXPECT_EQ(restored, raw) << kernels->name << ", " << threads;
      }
    }
  }
}

TEST(ModelFrame, LyingParametersAreRefused) {
  const std::vector<uint8_t> raw = Text(10);
  std::vector<uint8_t> restored(10);
  const auto code = [&](std::vector<uint8_t> payload) {
    return Coder().Decode(payload, FrameContext{}, restored).code();
  };
  EXPECT_EQ(code({}), Code::kCorrupt);
  EXPECT_EQ(code({1}), Code::kCorrupt);
  EXPECT_EQ(code({0, 1}), Code::kCorrupt) << "no lanes";
  EXPECT_EQ(code({1, 0}), Code::kCorrupt) << "empty groups";
  EXPECT_EQ(code({11, 16}), Code::kCorrupt) << "more lanes than bytes";
  EXPECT_EQ(code({1, 33}), Code::kCorrupt) << "too wide a group";
  EXPECT_EQ(code({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 16}), Code::kCorrupt);
  EXPECT_EQ(code({2, 1, 9, 0, 0}), Code::kCorrupt) << "stream beyond the end";
  EXPECT_EQ(code({3, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,
                  1, 0}),
            Code::kCorrupt)
      << "sizes that overflow";
  std::vector<uint8_t> payload;
  EXPECT_EQ(Coder().EncodeWith(raw, {11, 1}, FrameContext{}, &payload).code(),
            Code::kInvalidArgument);
}

TEST(ModelFrame, TruncatedAtEveryByteIsNeverTheSame) {
  const std::vector<uint8_t> raw = Text(60);
  for (const uint32_t table_bits : {0, 8}) {
    const std::vector<uint8_t> payload = Encoded(raw, {4, 2, table_bits});
    for (size_t n = 0; n < payload.size(); ++n) {
      std::vector<uint8_t> restored(raw.size());
      const Status status =
          Coder().Decode(std::span(payload).first(n), FrameContext{}, restored);
      EXPECT_TRUE(!status.ok() || restored != raw) << n;
    }
  }
}

TEST(ModelFrame, FlippedBitsAreSafe) {
  const std::vector<uint8_t> raw = Text(40);
  std::vector<uint8_t> payload = Encoded(raw, {3, 2, 8});
  int harmless = 0;  // the last bits of a stream may be free
  for (size_t bit = 0; bit < 8 * payload.size(); ++bit) {
    payload[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    std::vector<uint8_t> restored(raw.size());
    const Status status = Coder().Decode(payload, FrameContext{}, restored);
    harmless += status.ok() && restored == raw;
    payload[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
  EXPECT_LE(harmless, 2 * 8);
}

TEST(ModelFrame, CancelStopsAndProgressCounts) {
  const std::vector<uint8_t> raw = Text(1000);
  std::atomic<uint64_t> done = 0;
  std::atomic<bool> cancelled = false;
  FrameContext context = FrameContext{};
  context.bytes_done = &done;
  context.cancelled = &cancelled;
  std::vector<uint8_t> payload;
  ASSERT_TRUE(Coder().Encode(raw, {}, context, &payload).ok());
  EXPECT_EQ(done, raw.size());
  cancelled = true;
  std::vector<uint8_t> restored(raw.size());
  EXPECT_EQ(Coder().Encode(raw, {}, context, &payload).code(),
            Code::kCancelled);
  EXPECT_EQ(Coder().Decode(payload, context, restored).code(),
            Code::kCancelled);
}

TEST(ModelFrame, RecordsAreRestoredWithoutOverhead) {
  for (size_t size : {0, 1, 5, 300}) {
    const std::vector<uint8_t> raw = Text(size);
    std::vector<uint8_t> record;
    ASSERT_TRUE(Coder().EncodeRecord(raw, &record).ok());
    EXPECT_EQ(record.size() + 3, Encoded(raw, {1, 1}).size());
    std::vector<uint8_t> restored(size);
    ASSERT_TRUE(Coder().DecodeRecord(record, restored).ok());
    EXPECT_EQ(restored, raw);
  }
}

TEST(ModelFrame, MemoryIsReported) {
  const auto encode = [](int table_bits) {
    return Coder().EncodeMemory(1 << 20, {.table_bits = table_bits}, 1);
  };
  EXPECT_GT(encode(18), 32u << 18);
  EXPECT_GT(encode(20), 32u << 20);
  // As far as the payload tells: this one has no context models.
  const std::vector<uint8_t> payload = Encoded(Text(300), {2, 2});
  const uint64_t decode = Coder().DecodeMemory(300, payload, 1);
  EXPECT_GE(decode, Coder().DecodeMemory(300, {}, 1));
  EXPECT_LT(decode, encode(18));
}

}  // namespace
}  // namespace lentil
