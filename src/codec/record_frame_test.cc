// SPDX-License-Identifier: Apache-2.0
// Records: there and back, each by itself, whatever stands beside it.

#include "codec/record_frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "base/thread_pool.h"
#include "codec/archive.h"
#include "codec/record_sample.h"
#include "codec/stream.h"
#include "codec/stream_test_util.h"

namespace lentil {
namespace {

using Bytes = std::vector<uint8_t>;

// Lines like those of a log, some empty, some not like it at all.
Bytes Lines(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    if (random() % 10 == 0) {
      text += std::string(random() % 3, static_cast<char>(random() % 10));
    } else {
      text += "status=" + std::to_string(random() % 5) + " user=u" +
              std::to_string(random() % 40) + "\r";
    }
    text += '\n';
  }
  return Bytes(text.begin(), text.end());
}

Bytes Prefixed(const std::vector<Bytes>& records) {
  Bytes file;
  for (const Bytes& record : records) {
    for (int i = 0; i < 4; ++i) {
      file.push_back(static_cast<uint8_t>(record.size() >> 8 * i));
    }
    file.insert(file.end(), record.begin(), record.end());
  }
  return file;
}

std::shared_ptr<const RecordPrior> MakePrior(
    std::shared_ptr<const Model> model, RecordForm form = RecordForm::kLines) {
  const Bytes sample = Lines(150, 3);
  return *RecordPrior::Make(
      form == RecordForm::kLines ? sample : Prefixed({sample, {}, sample}),
      form, std::move(model));
}

// With prior and model, prior alone, model alone.
std::vector<RecordPredictor> Predictors(RecordForm form = RecordForm::kLines) {
  const auto model = MakeModel();
  return {{MakePrior(model, form), model},
          {MakePrior(nullptr, form), nullptr},
          {nullptr, model}};
}

Bytes Encoded(const RecordFrameCoder& coder, const Bytes& raw,
              const FrameContext& context = FrameContext{}) {
  Bytes payload;
  const Status status = coder.Encode(raw, {}, context, &payload);
  EXPECT_TRUE(status.ok()) << status.message();
  return payload;
}

TEST(RecordFrame, EveryFormIsRestored) {
  Bytes open = Lines(20, 4);
  open.insert(open.end(), {'e', 'n', 'd', 0, 0});
  const std::vector<Bytes> lines = {Lines(40, 5), {'\n'}, {'x'}, open};
  for (const RecordPredictor& predictor : Predictors()) {
    const RecordFrameCoder coder(RecordForm::kLines, predictor);
    for (const Bytes& raw : lines) {
      Bytes back(raw.size());
      ASSERT_TRUE(coder.Decode(Encoded(coder, raw), FrameContext{}, back).ok());
      EXPECT_EQ(back, raw);
    }
  }
  const Bytes raw = Prefixed({{}, {0}, {'\n', 0, 255}, Lines(100, 6), {1, 2}});
  for (const RecordPredictor& predictor : Predictors(RecordForm::kU32Le)) {
    const RecordFrameCoder coder(RecordForm::kU32Le, predictor);
    Bytes back(raw.size());
    ASSERT_TRUE(coder.Decode(Encoded(coder, raw), FrameContext{}, back).ok());
    EXPECT_EQ(back, raw);
    Bytes payload;
    const Bytes cut(raw.begin(), raw.end() - 1);
    EXPECT_EQ(coder.Encode(cut, {}, FrameContext{}, &payload).code(),
              Code::kInvalidArgument);
  }
}

// One after the other, alone, in reverse, on threads, on scalar kernels.
TEST(RecordFrame, NothingBesideARecordChangesIt) {
  const Bytes raw = Lines(60, 8);
  bool open = false;
  std::vector<RecordPlace> places =
      *SplitRecords(raw, RecordForm::kLines, &open);
  ThreadPool pool(3);
  FrameContext threads = FrameContext{};
  threads.parallel_for = [&](size_t n, const auto& task) {
    pool.ParallelFor(n, task);
  };
  for (const RecordPredictor& predictor : Predictors()) {
    std::vector<Bytes> streams(places.size());
    ASSERT_TRUE(EncodeRecords(raw, places, predictor, threads, streams).ok());
    for (size_t i = places.size(); i-- > 0;) {
      Bytes alone;
      ASSERT_TRUE(EncodeRecords(raw, {&places[i], 1}, predictor, FrameContext{},
                                {&alone, 1})
                      .ok());
      EXPECT_EQ(alone, streams[i]) << i;
    }
    const RecordFrameCoder coder(RecordForm::kLines, predictor);
    EXPECT_EQ(Encoded(coder, raw), Encoded(coder, raw, threads));
    if (predictor.prior == nullptr) continue;
    const auto scalar =
        predictor.model ? MakeModel(*FindKernels("scalar")) : nullptr;
    const RecordFrameCoder other(RecordForm::kLines,
                                 {MakePrior(scalar), scalar});
    EXPECT_EQ(Encoded(coder, raw), Encoded(other, raw));
  }
}

TEST(RecordFrame, SomeRecordsAreThoseOfTheWhole) {
  Bytes raw = Lines(30, 9);
  raw.insert(raw.end(), {'e', 'n', 'd'});
  bool open = false;
  const std::vector<RecordPlace> places =
      *SplitRecords(raw, RecordForm::kLines, &open);
  const RecordFrameCoder coder(RecordForm::kLines, Predictors()[1]);
  const Bytes payload = Encoded(coder, raw);
  for (const auto& [first, count] :
       {std::pair<size_t, size_t>{0, 1}, {3, 7}, {30, 1}, {0, 31}}) {
    Bytes some;
    ASSERT_TRUE(coder
                    .DecodeSome(payload, raw.size(), first, count,
                                FrameContext{}, &some)
                    .ok());
    const size_t end = first + count < places.size()
                           ? places[first + count].begin
                           : raw.size();
    EXPECT_EQ(some, Bytes(raw.begin() + places[first].begin,
                          raw.begin() + static_cast<ptrdiff_t>(end)));
  }
}

TEST(RecordFrame, DamageIsCorruptOrUnnoticedNeverACrash) {
  const Bytes raw = Lines(30, 10);
  for (const RecordPredictor& predictor : Predictors()) {
    const RecordFrameCoder coder(RecordForm::kLines, predictor);
    const Bytes payload = Encoded(coder, raw);
    Bytes back(raw.size());
    for (size_t size = 0; size < payload.size(); ++size) {
      const Bytes cut(payload.begin(),
                      payload.begin() + static_cast<ptrdiff_t>(size));
      EXPECT_EQ(coder.Decode(cut, FrameContext{}, back).code(), Code::kCorrupt);
    }
    for (size_t bit = 0; bit < payload.size() * 8; bit += 3) {
      Bytes flipped = payload;
      flipped[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      const Status status = coder.Decode(flipped, FrameContext{}, back);
      EXPECT_TRUE(status.ok() || status.code() == Code::kCorrupt);
    }
    for (const size_t size : {size_t{1}, raw.size() - 1, raw.size() + 1}) {
      Bytes other(size);
      EXPECT_EQ(coder.Decode(payload, FrameContext{}, other).code(),
                Code::kCorrupt);
    }
  }
}

// A container of `raw` with small frames.
Result<Bytes> Container(const Bytes& raw, const RecordFrameCoder& coder,
                        int threads, size_t piece) {
  EncodeOptions options;
  options.preferred = FrameKind::kRecords;
  options.records = &coder;
  options.frame_size = kMinFrameSize;
  options.threads = threads;
  Bytes file;
  auto encoder = StreamEncoder::Create(options, [&](auto bytes) {
    file.insert(file.end(), bytes.begin(), bytes.end());
    return Status();
  });
  for (size_t at = 0; at < raw.size(); at += piece) {
    LENTIL_RETURN_IF_ERROR((*encoder)->Write(
        std::span(raw).subspan(at, std::min(piece, raw.size() - at))));
  }
  LENTIL_RETURN_IF_ERROR((*encoder)->Finish());
  return file;
}

DecodeOptions Knowing(const RecordFrameCoder& coder) {
  DecodeOptions options;
  options.find_records =
      [&coder](
          const ContainerHeader& header) -> Result<const RecordFrameCoder*> {
    if (header == coder.Header()) return &coder;
    return Status(Code::kWrongModel, "another");
  };
  return options;
}

// Frames of records, of noise that is stored, and lines that span frames.
TEST(RecordContainer, IsRestoredAndGivesEachRecord) {
  Bytes raw = Lines(600, 11);
  const Bytes noise = [] {
    std::mt19937 random(1);
    Bytes bytes(20000);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    return bytes;
  }();
  raw.insert(raw.end(), noise.begin(), noise.end());
  raw.insert(raw.end(), 9000, 'x');
  const Bytes more = Lines(100, 12);
  raw.insert(raw.end(), more.begin(), more.end() - 1);
  const RecordFrameCoder coder(RecordForm::kLines, Predictors()[1]);
  const Bytes file = *Container(raw, coder, 1, raw.size());
  EXPECT_EQ(*Container(raw, coder, 3, 777), file);

  Bytes back;
  auto decoder = StreamDecoder::Create(Knowing(coder), [&](auto bytes) {
    back.insert(back.end(), bytes.begin(), bytes.end());
    return Status();
  });
  ASSERT_TRUE((*decoder)->Write(file).ok());
  ASSERT_TRUE((*decoder)->Finish().ok());
  EXPECT_EQ(back, raw);

  const auto archive = Archive::Open(
      [&](uint64_t offset, std::span<uint8_t> bytes) {
        std::copy_n(file.begin() + static_cast<ptrdiff_t>(offset), bytes.size(),
                    bytes.begin());
        return Status();
      },
      file.size());
  ASSERT_TRUE(archive.ok());
  bool open = false;
  const auto places = *SplitRecords(raw, RecordForm::kLines, &open);
  const auto extract = [&](uint64_t first, uint64_t count, Bytes* some) {
    return archive->ExtractRecords(first, count, Knowing(coder), [&](auto b) {
      some->insert(some->end(), b.begin(), b.end());
      return Status();
    });
  };
  for (size_t first = 0; first < places.size(); first += 13) {
    const size_t end = std::min(first + 1 + first % 90, places.size());
    Bytes some;
    ASSERT_TRUE(extract(first, end - first, &some).ok());
    const size_t stop = end < places.size() ? places[end].begin : raw.size();
    EXPECT_EQ(some, Bytes(raw.begin() + places[first].begin,
                          raw.begin() + static_cast<ptrdiff_t>(stop)))
        << first;
  }
  Bytes none;
  EXPECT_EQ(extract(places.size(), 1, &none).code(), Code::kInvalidArgument);
  EXPECT_TRUE(none.empty());
}

TEST(RecordContainer, PrefixedRecordsMustFitAndEnd) {
  const RecordFrameCoder coder(RecordForm::kU32Le,
                               Predictors(RecordForm::kU32Le)[1]);
  const Bytes good = Prefixed({Lines(50, 1), {}, Lines(90, 2), {7}});
  EXPECT_TRUE(Container(good, coder, 1, 100).ok());
  const Bytes large = Prefixed({{1, 2}, Bytes(5000, 'x')});
  const Bytes cut(good.begin(), good.end() - 1);
  for (const Bytes& bad : {large, cut}) {
    EXPECT_EQ(Container(bad, coder, 1, 100).status().code(),
              Code::kInvalidArgument);
  }
}

TEST(RecordSample, IsBoundedAndPrimedOnce) {
  EXPECT_FALSE(RecordSample::Make(Bytes(RecordPrior::kMaxSample + 1)).ok());
  const auto sample = *RecordSample::Make(Lines(10, 1));
  const auto prior = *sample->PriorOf(RecordForm::kLines, nullptr);
  EXPECT_EQ(*sample->PriorOf(RecordForm::kLines, nullptr), prior);
  EXPECT_EQ(prior->sample_hash(), sample->hash());
  EXPECT_EQ(sample->PriorOf(RecordForm::kU32Le, nullptr).status().code(),
            Code::kInvalidArgument);
}

}  // namespace
}  // namespace lentil
