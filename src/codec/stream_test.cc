// SPDX-License-Identifier: Apache-2.0
// Round trips, sizes, sameness, memory, cancelling. Damage: damage_test.cc.
#include "codec/stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "codec/stream_test_util.h"
#include "format/container.h"

namespace lentil {
namespace {

const FakeCoder kCoder;

Bytes Mixed() {  // changes kind in the middle
  Bytes bytes = TextLike(20000);
  const Bytes noise = RandomBytes(30000);
  bytes.insert(bytes.end(), noise.begin(), noise.end());
  bytes.insert(bytes.end(), 50000, 0);
  return bytes;
}

void ExpectRoundTrip(const EncodeOptions& options, const Bytes& source) {
  const auto file = EncodeAll(options, source);
  ASSERT_TRUE(file.ok()) << file.status().message();
  for (int threads : {1, 3}) {
    const auto back = DecodeAll(DecodeWith(kCoder, threads), *file);
    ASSERT_TRUE(back.ok()) << back.status().message();
    EXPECT_EQ(*back, source);
  }
}

TEST(Stream, EveryKindOfDataRoundTrips) {
  const std::vector<Bytes> sources = {{},
                                      {42},
                                      TextLike(4095),
                                      TextLike(4096),
                                      TextLike(4097),
                                      TextLike(100'000),
                                      RandomBytes(100'000),
                                      Bytes(100'000, 0),
                                      Mixed()};
  for (const Bytes& source : sources) {
    ExpectRoundTrip(ModelOptions(kCoder), source);
    ExpectRoundTrip(ModelOptions(kCoder, 1 << 20), source);
    ExpectRoundTrip(ZstdOptions(), source);
    ExpectRoundTrip(ZstdOptions(4096), source);
    EncodeOptions stored = ZstdOptions();
    stored.preferred = FrameKind::kStored;
    ExpectRoundTrip(stored, source);
  }
}

TEST(Stream, ModelFramesAreUsedWhereTheyAreSmaller) {
  const Bytes source = TextLike(100'000);
  const auto file = EncodeAll(ModelOptions(kCoder, 1 << 20), source);
  EXPECT_LT(file->size(), source.size() * 52 / 100);  // 4.01 of 8 bits
  EXPECT_EQ((*file)[22], static_cast<uint8_t>(FrameKind::kModel));
}

TEST(Stream, AnyThreadsAndAnyPiecesGiveTheSameBytes) {
  const Bytes source = Mixed();
  const Bytes file = EncodeAll(ModelOptions(kCoder), source).value();
  for (int threads : {2, 5}) {
    EXPECT_EQ(EncodeAll(ModelOptions(kCoder, 4096, threads), source).value(),
              file);
  }
  for (size_t piece : {1, 7, 4096, 4097, 65536}) {
    EXPECT_EQ(EncodeAll(ModelOptions(kCoder), source, piece).value(), file);
    EXPECT_EQ(DecodeAll(DecodeWith(kCoder, 2), file, piece).value(), source);
  }
}

TEST(Stream, ConcatenatedContainersDecodeAsOne) {
  Bytes file;
  Bytes source;
  for (const Bytes& part : {TextLike(9000), Bytes(), RandomBytes(50)}) {
    for (const auto& options : {ModelOptions(kCoder), ZstdOptions()}) {
      const Bytes one = EncodeAll(options, part).value();
      file.insert(file.end(), one.begin(), one.end());
      source.insert(source.end(), part.begin(), part.end());
    }
  }
  EXPECT_EQ(DecodeAll(DecodeWith(kCoder, 2), file).value(), source);
  EXPECT_EQ(DecodeAll(DecodeWith(kCoder, 2), file, 3).value(), source);
}

TEST(Stream, RandomDataGrowByTenThousandthAnd64BytesAtMost) {
  for (size_t n : {0, 1, 100, 16383, 16384, 20'000, 100'000, 1'000'000}) {
    const Bytes source = RandomBytes(n);
    for (const auto& options :
         {ModelOptions(kCoder, 4u << 20), ZstdOptions()}) {
      const size_t size = EncodeAll(options, source)->size();
      EXPECT_LE(size, n + n / 10000 + 64) << n;
    }
  }
  const size_t n = 9u << 20;  // several frames, and the model named
  EXPECT_LE(EncodeAll(ModelOptions(kCoder, 4u << 20), RandomBytes(n))->size(),
            n + n / 10000 + 64);
}

TEST(Stream, ThreeMegabytesOfZerosAreTinyAndLeftToZstd) {
  const FakeCoder coder;
  const Bytes zeros(3'000'000, 0);
  EXPECT_LE(EncodeAll(ModelOptions(coder, 4u << 20), zeros)->size(), 600u);
  EXPECT_EQ(coder.frames_encoded, 0);
}

TEST(Stream, IncompressibleDataNeverReachTheModel) {
  const FakeCoder coder;
  ASSERT_TRUE(
      EncodeAll(ModelOptions(coder, 4u << 20), RandomBytes(5u << 20)).ok());
  EXPECT_EQ(coder.frames_encoded, 0);
}

TEST(Stream, OnlyFrameWithoutModelNamesNone) {
  const Bytes noise = RandomBytes(50'000);
  const Bytes one = EncodeAll(ModelOptions(kCoder, 1 << 20), noise).value();
  EXPECT_EQ(one[5], 0);
  EXPECT_EQ(DecodeAll(DecodeOptions(), one).value(), noise);
  const Bytes several = EncodeAll(ModelOptions(kCoder, 4096), noise).value();
  EXPECT_EQ(several[5], 1);
  // A frame exactly full is still the only one.
  const Bytes full =
      EncodeAll(ModelOptions(kCoder, 4096), RandomBytes(4096)).value();
  EXPECT_EQ(full[5], 0);
}

TEST(Stream, VerificationFindsWhatTheDecoderGetsWrong) {
  FakeCoder bad;
  bad.decodes_wrongly = true;
  EncodeOptions options = ModelOptions(bad);
  EXPECT_EQ(EncodeAll(options, TextLike(5000)).status().code(),
            Code::kVerifyFailed);
  options.verify = false;
  const auto file = EncodeAll(options, TextLike(5000));
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(DecodeAll(DecodeWith(bad), *file).status().code(), Code::kCorrupt);
}

TEST(Stream, FramesWithoutModelNeedNone) {
  Bytes source = RandomBytes(4096);
  source.resize(8192, 9);
  const Bytes file = EncodeAll(ModelOptions(kCoder), source).value();
  EXPECT_EQ(file[5], 1);  // a model is named
  EXPECT_EQ(DecodeAll(DecodeWith(FakeCoder(7)), file).value(), source);

  source = TextLike(4096);
  source.insert(source.begin(), 4096, 9);
  const Bytes second = EncodeAll(ModelOptions(kCoder), source).value();
  Bytes out;
  EXPECT_EQ(DecodeAll(DecodeWith(FakeCoder(7)), second, SIZE_MAX, &out)
                .status()
                .code(),
            Code::kWrongModel);
  EXPECT_EQ(out, Bytes(4096, 9));
}

TEST(Stream, UnknownModelAndNumericsAreRefusedBeforeAByteIsWritten) {
  const Bytes file = EncodeAll(ModelOptions(kCoder), Mixed()).value();
  Bytes out;
  const FakeCoder other(7);
  auto result = DecodeAll(DecodeWith(other), file, SIZE_MAX, &out);
  EXPECT_EQ(result.status().code(), Code::kWrongModel);
  EXPECT_EQ(result.status().message(), "needs model 1122334455667788");
  EXPECT_TRUE(out.empty());

  Bytes later;
  AppendContainerHeader({true, 99, kCoder.model_hash()}, &later);
  later.insert(later.end(), file.begin() + 22, file.end());
  result = DecodeAll(DecodeWith(kCoder), later, SIZE_MAX, &out);
  EXPECT_EQ(result.status().code(), Code::kUnsupported);
  EXPECT_TRUE(out.empty());
}

TEST(Stream, SinkErrorsComeBack) {
  const auto full = [](std::span<const uint8_t>) {
    return Status(Code::kIo, "disk full");
  };
  auto encoder = StreamEncoder::Create(ZstdOptions(4096), full);
  const Bytes source = TextLike(100'000);
  Status status = (*encoder)->Write(source);
  if (status.ok()) status = (*encoder)->Finish();
  EXPECT_EQ(status.message(), "disk full");
  EXPECT_EQ((*encoder)->Write(source).message(), "disk full");  // it stays

  const Bytes file = EncodeAll(ZstdOptions(4096), source).value();
  auto decoder = StreamDecoder::Create({}, full);
  status = (*decoder)->Write(file);
  if (status.ok()) status = (*decoder)->Finish();
  EXPECT_EQ(status.message(), "disk full");
}

TEST(Stream, OptionsAreChecked) {
  const auto code = [](const EncodeOptions& options) {
    return EncodeAll(options, {}).status().code();
  };
  EncodeOptions options;
  EXPECT_EQ(code(options), Code::kInvalidArgument);  // no model
  EXPECT_EQ(code(ZstdOptions(4095)), Code::kInvalidArgument);
  EXPECT_EQ(code(ZstdOptions((64u << 20) + 1)), Code::kInvalidArgument);
  EXPECT_EQ(code(ZstdOptions(4096, 0)), Code::kInvalidArgument);
  options = ZstdOptions();
  options.zstd_level = 23;
  EXPECT_EQ(code(options), Code::kInvalidArgument);
}

TEST(Stream, MemoryLimitLowersThreadsThenRefuses) {
  EncodeOptions options = ZstdOptions(4u << 20, 16);
  const Bytes source = TextLike(10'000);
  const Bytes file = EncodeAll(options, source).value();
  options.memory_limit = 64u << 20;
  EXPECT_GT(EncoderMemory(options, {16, 17}), options.memory_limit);
  EXPECT_EQ(EncodeAll(options, source).value(), file);
  options.memory_limit = 1 << 20;
  EXPECT_EQ(EncodeAll(options, source).status().code(), Code::kResourceLimit);
}

TEST(Stream, DecoderKeepsItsMemoryLimit) {
  const Bytes source(8u << 20, 'a');
  const Bytes file = EncodeAll(ZstdOptions(1u << 20), source).value();
  DecodeOptions options;
  options.threads = 8;
  options.memory_limit = (1u << 20) + 4096;  // one frame at a time
  EXPECT_EQ(DecodeAll(options, file).value(), source);
  options.memory_limit = 1u << 20;
  Bytes out;
  EXPECT_EQ(DecodeAll(options, file, SIZE_MAX, &out).status().code(),
            Code::kResourceLimit);
  EXPECT_TRUE(out.empty());
}

TEST(Stream, ProgressCancelsWhileAFrameIsInWork) {
  FakeCoder slow;
  slow.is_slow = true;
  EncodeOptions options = ModelOptions(slow, 4096, 2);
  int calls = 0;
  options.progress = [&calls](uint64_t, uint64_t) { return ++calls < 4; };
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(EncodeAll(options, TextLike(100'000)).status().code(),
            Code::kCancelled);
  EXPECT_EQ(calls, 4);
  // Four calls at 20 a second and the join; far from the minutes of a hang.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(Stream, ProgressEndsWithTheWhole) {
  EncodeOptions options = ModelOptions(kCoder, 4096, 2);
  uint64_t in = 0;
  uint64_t out = 0;
  options.progress = [&](uint64_t bytes_in, uint64_t bytes_out) {
    EXPECT_GE(bytes_in, in);
    in = bytes_in;
    out = bytes_out;
    return true;
  };
  const auto file = EncodeAll(options, TextLike(100'000), 1000);
  EXPECT_EQ(in, 100'000u);
  EXPECT_EQ(out, file->size());
}

// However many threads there are, what is done at once fits; and where it does
// not matter nothing is held back.
TEST(StreamMemory, ManyThreadsDoNotTakeMoreByDefault) {
  for (const uint32_t frame_size : {4u << 20, 16u << 20, kMaxFrameSize}) {
    for (const int table_bits : {16, 20, 22}) {
      EncodeOptions options;
      options.preferred = FrameKind::kMixing;
      options.limits.table_bits = table_bits;
      options.frame_size = frame_size;
      const uint64_t one = EncoderMemory(options, {1, 1});
      for (options.threads = 1; options.threads <= 1024; options.threads *= 2) {
        const Concurrency fitting = FittingConcurrency(options);
        EXPECT_LE(EncoderMemory(options, fitting), std::max(kUsualMemory, one));
        EXPECT_GE(fitting.frames, 1u);
        EXPECT_EQ(fitting.threads, options.threads);  // they may help
      }
      EXPECT_TRUE(
          StreamEncoder::Create(options, [](auto) { return Status(); }).ok());
    }
  }
  EncodeOptions small = ZstdOptions(4u << 20, 2);
  EXPECT_EQ(FittingConcurrency(small).frames, 3u);
  small.memory_limit = EncoderMemory(small, {2, 2});
  EXPECT_EQ(FittingConcurrency(small).frames, 2u);
  small.memory_limit = uint64_t{1} << 40;
  small.threads = 500;
  EXPECT_EQ(FittingConcurrency(small).frames, 501u);
}

// What a frame takes more on more threads is part of what fits.
TEST(StreamMemory, ThreadsInAFrameCountToo) {
  EncodeOptions options = ModelOptions(kCoder, 4096, 8);
  options.memory_limit = EncoderMemory(options, {3, 1});
  const Concurrency fitting = FittingConcurrency(options);
  EXPECT_EQ(fitting.frames, 1u);
  EXPECT_EQ(fitting.threads, 3);
}

TEST(StreamMemory, FewerFramesAreDecodedAtOnceIfTheyAreLarge) {
  const Bytes source = TextLike(80'000);
  const Bytes file = EncodeAll(ModelOptions(kCoder), source).value();
  const auto decode = [&](uint64_t memory_of_each, uint64_t limit) {
    FakeCoder coder;
    coder.decode_memory = memory_of_each;
    DecodeOptions options = DecodeWith(coder, 8);
    options.memory_limit = limit;
    EXPECT_EQ(DecodeAll(options, file).value(), source);
    return std::pair(coder.most_at_work.load(), coder.most_threads.load());
  };
  EXPECT_EQ(decode(1 << 20, 0).second, 8u);
  const auto [frames, threads] = decode(kUsualMemory / 3, 0);
  EXPECT_LE(frames, 2);
  EXPECT_LE(threads, 2u);
  // More than there is: one at a time, on one thread.
  EXPECT_EQ(decode(kUsualMemory * 2, 0), std::pair(1, size_t{1}));
  EXPECT_EQ(decode(kUsualMemory * 2, kUsualMemory * 20).second, 8u);
}

}  // namespace
}  // namespace lentil
