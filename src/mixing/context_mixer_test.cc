// SPDX-License-Identifier: Apache-2.0
#include "mixing/context_mixer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "mixing/context_table.h"
#include "mixing/corrected_bit.h"
#include "mixing/logistic.h"
#include "mixing/match_model.h"
#include "mixing/mixing_selftest.h"
#include "mixing/slow_probability.h"

namespace lentil {
namespace {

TEST(Logistic, TablesAreTheRoundedFunctions) {
  const LogisticTables& t = Logistic();
  for (uint32_t x = 1; x < 1u << 24; x += 1 + x / 50) {
    EXPECT_NEAR(Log2Q16(x) / 65536.0, std::log2(x), 2e-5) << x;
    EXPECT_NEAR(Log2(t, x) / 256.0, std::log2(x), 1.0 / 256) << x;
  }
  for (uint32_t p = 1; p < 1u << 16; ++p) {
    const double middle = static_cast<double>(p / 16 * 16 + 8) / 65536;
    EXPECT_NEAR(Stretch(t, p) / 256.0, std::log2(middle / (1 - middle)),
                1.01 / 256)
        << p;
  }
  for (int32_t x = -kMaxStretch; x <= kMaxStretch; ++x) {
    const double p = 65536 / (1 + std::exp2(-x / 256.0));
    EXPECT_NEAR(Squash(t, x), p, 1 + p / 1000) << x;
    EXPECT_GE(Squash(t, x), 1u);
    EXPECT_EQ(Squash(t, x) + Squash(t, -x), 1u << 16);
    if (x > -kMaxStretch) {
      EXPECT_GE(Squash(t, x), Squash(t, x - 1));
    }
  }
}

TEST(ContextTable, KeepsWhatWasSeenMore) {
  ContextTable table(8);
  const auto hash = [](uint32_t n) { return 0x12000000u | n << 1; };
  Bucket* const first = table.Find(hash(1));
  for (int i = 0; i < 5; ++i) Count(first->counter[0], true);
  EXPECT_EQ(CountOf(first->counter[0]), 5);
  EXPECT_GT(ProbabilityOf(first->counter[0]), 60000u);
  Count(table.Find(hash(2))->counter[0], false);
  EXPECT_EQ(table.Find(hash(1)), first);
  Bucket* const third = table.Find(hash(3));  // takes the place of the second
  EXPECT_NE(third, first);
  EXPECT_EQ(CountOf(third->counter[0]), 0);
  EXPECT_EQ(CountOf(table.Find(hash(1))->counter[0]), 5);
}

TEST(ContextTable, CountersStayInRange) {
  Counter c = kFreshCounter;
  for (int i = 0; i < 1000; ++i) Count(c, true);
  EXPECT_LE(ProbabilityOf(c), 65520u);
  EXPECT_GT(ProbabilityOf(c), 63000u);
  for (int i = 0; i < 1000; ++i) Count(c, false);
  EXPECT_LT(ProbabilityOf(c), 2500u);
  EXPECT_EQ(CountOf(c), kMaxCount);
}

TEST(ContextTable, SurprisesMakeCountersQuick) {
  Counter c = kFreshCounter;
  for (int i = 0; i < 200; ++i) Count(c, true);
  Count(c, false);
  EXPECT_EQ(CountOf(c), kSurprised);
  for (int i = 0; i < 12; ++i) Count(c, false);
  EXPECT_LT(ProbabilityOf(c), 65536u / 2);
}

TEST(SlowProbability, SettlesOnTheMean) {
  SlowProbability p(32768, 0);
  for (int i = 0; i < 3000; ++i) p.Count(i % 4 == 0);
  EXPECT_NEAR(p.p(), 16384, 200);
  for (int i = 0; i < 3000; ++i) p.Count(true);
  EXPECT_GT(p.p(), 60000u);
}

TEST(CorrectedBit, BelievesUntilItKnowsBetter) {
  CorrectedBit bit(2);
  EXPECT_EQ(bit.Predict(0, 512), Squash(Logistic(), 512));
  for (int i = 0; i < 4000; ++i) {  // said: one in 2^8; is: every fourth
    bit.Predict(0, -2048);
    bit.Update(i % 4 == 0);
  }
  EXPECT_NEAR(bit.Predict(0, -2048), 65536 / 4, 4000);
  EXPECT_EQ(bit.Predict(1, -2048), Squash(Logistic(), -2048)) << "its own";
}

TEST(CorrectedBit, StaysInRangeWhateverComes) {
  CorrectedBit bit(1);
  for (const int32_t x : {kMaxStretch, -kMaxStretch, 1}) {
    for (const bool is_one : {true, false}) {
      for (int i = 0; i < 100'000; ++i) {
        const uint32_t p = bit.Predict(0, x);
        ASSERT_GE(p, 1u);
        ASSERT_LE(p, 65535u);
        bit.Update(is_one);
      }
    }
  }
}

TEST(MatchModel, PrefersItsLaneAndNeverReadsAhead) {
  const std::string a = "the red lentils; the red lentils, the";
  const std::string b = "see-the red lentils!";
  std::vector<LaneText> lanes = {
      {reinterpret_cast<const uint8_t*>(a.data()), 0},
      {reinterpret_cast<const uint8_t*>(b.data()), 0}};
  MatchModel model(2, 10);
  const auto step = [&](uint32_t lane) {
    const int found = model.Find(lanes, lane);
    if (found >= 0 && found != lanes[lane].text[lanes[lane].size]) {
      model.Fail(lane);
    }
    ++lanes[lane].size;
    model.Advance(lane);
    return found;
  };
  for (int i = 0; i < 20; ++i) step(1);
  for (int i = 0; i < 15; ++i) step(0);
  // The other lane's text has gone on like this; its own has not come so far.
  EXPECT_EQ(step(0), '!');
  for (int i = 0; i < 16; ++i) step(0);
  EXPECT_EQ(step(0), ';');  // now its own is nearer
  // A match that reaches the end of what is known ends.
  lanes[0].size = 17;
  std::vector<LaneText> cut = {lanes[0]};
  MatchModel fresh(1, 10);
  for (cut[0].size = 0; cut[0].size < 24;) {
    const int found = fresh.Find(cut, 0);
    EXPECT_TRUE(found < 0 || cut[0].size > 17u);
    ++cut[0].size;
    fresh.Advance(0);
  }
}

std::vector<uint8_t> Text(size_t size) {
  static constexpr const char* kWords[] = {
      "lentil ", "seed ", "the ", "of ", "round ", "compresses ",
      "a ",      "\n",    "and ", "is ", "lens, ", "predicted. "};
  std::vector<uint8_t> text;
  uint32_t state = 5;
  while (text.size() < size) {
    state = state * 1664525 + 1013904223;
    for (const char* c = kWords[(state >> 24) % 12]; *c != 0; ++c) {
      text.push_back(static_cast<uint8_t>(*c));
    }
  }
  text.resize(size);
  return text;
}

// Some distribution over bytes, different for every seed.
FrequencyTable SomeTable(uint32_t seed) {
  FrequencyTable table;
  uint32_t rest = 1u << kTotalBits;
  for (uint32_t s = 0; s < 256; ++s) {
    if (s % 16 == 0) table.block[s / 16] = (1u << kTotalBits) - rest;
    seed = seed * 1664525 + 1013904223;
    const uint32_t spare = rest - (255 - s);
    table.frequency[s] =
        s == 255 ? rest : 1 + (seed >> 24 == 7 ? spare / 2 : spare >> 12);
    rest -= table.frequency[s];
  }
  return table;
}

// Bits of all bytes, lane by lane in turns.
double CodeAll(const Kernels& kernels, const std::vector<uint8_t>& text,
               uint32_t lanes, bool with_tables) {
  const size_t size = text.size() / lanes;
  std::vector<const uint8_t*> texts;
  for (uint32_t i = 0; i < lanes; ++i) texts.push_back(&text[i * size]);
  ContextMixer mixer(kernels, texts, 12);
  double bits = 0;
  for (size_t t = 0; t < size; ++t) {
    for (uint32_t i = 0; i < lanes; ++i) {
      const FrequencyTable table = SomeTable(static_cast<uint32_t>(t * 3 + i));
      mixer.BeginByte(i, with_tables ? &table : nullptr);
      for (int bit = 7; bit >= 0; --bit) {
        const uint32_t p = mixer.Predict();
        EXPECT_GE(p, 1u);
        EXPECT_LE(p, 65535u);
        const bool one = (texts[i][t] >> bit & 1) != 0;
        mixer.Update(one);
        bits -= std::log2((one ? p : 65536 - p) / 65536.0);
      }
    }
  }
  return bits;
}

TEST(ContextMixer, LearnTheText) {
  const std::vector<uint8_t> text = Text(20000);
  // 12 words, 4.9 bytes each: log2(12) ÷ 4.9 = 0.73 bits per byte is the floor.
  EXPECT_LT(CodeAll(ScalarKernels(), text, 1, false), 20000 * 1.0);
  EXPECT_LT(CodeAll(ScalarKernels(), text, 4, false), 20000 * 1.05);
  // A transformer that knows nothing does no harm.
  EXPECT_LT(CodeAll(ScalarKernels(), text, 1, true), 20000 * 1.05);
  const std::vector<uint8_t> zeros(20000);
  EXPECT_LT(CodeAll(ScalarKernels(), zeros, 1, false), 20000 * 0.02);
}

// Lines of 39 random digits: what can be known is where they end.
TEST(ContextMixer, SeeColumns) {
  std::vector<uint8_t> text;
  uint32_t state = 1;
  while (text.size() < 40000) {
    state = state * 1664525 + 1013904223;
    text.push_back(text.size() % 40 == 39
                       ? '\n'
                       : static_cast<uint8_t>('0' + (state >> 24) % 10));
  }
  const double floor = 39000 * std::log2(10);
  EXPECT_LT(CodeAll(ScalarKernels(), text, 1, false), floor * 1.04);
}

TEST(ContextMixer, ATransformerThatKnowsIsBelieved) {
  const std::vector<uint8_t> text = Text(4000);
  ContextMixer mixer(ScalarKernels(), {text.data()}, 10);
  double bits = 0;
  for (const uint8_t byte : text) {
    FrequencyTable table;
    for (uint32_t s = 0; s < 256; ++s) table.frequency[s] = 1;
    table.frequency[byte] = (1u << kTotalBits) - 255;
    uint32_t sum = 0;
    for (uint32_t s = 0; s < 256; ++s) {
      if (s % 16 == 0) table.block[s / 16] = sum;
      sum += table.frequency[s];
    }
    mixer.BeginByte(0, &table);
    for (int bit = 7; bit >= 0; --bit) {
      const bool one = (byte >> bit & 1) != 0;
      const uint32_t p = mixer.Predict();
      bits -= std::log2((one ? p : 65536 - p) / 65536.0);
      mixer.Update(one);
    }
  }
  EXPECT_LT(bits, 4000 * 0.05);
}

// docs/numerics.md, "Context mixing": the same numbers everywhere.
TEST(ContextMixer, KnownAnswersOfEveryKernelTable) {
  for (const Kernels* kernels : AvailableKernels()) {
    EXPECT_EQ(RunMixingSelftest(*kernels), kMixingHash) << kernels->name;
  }
}

// Predictions of a record, coded from the state that `mixer` is in.
std::vector<uint32_t> PredictRecord(ContextMixer* mixer,
                                    const std::string& text) {
  std::vector<uint32_t> predictions;
  mixer->BeginRecord(1, reinterpret_cast<const uint8_t*>(text.data()));
  for (const char c : text) {
    mixer->BeginByte(1, nullptr);
    for (int i = 7; i >= 0; --i) {
      predictions.push_back(mixer->Predict());
      mixer->Update((c >> i & 1) != 0);
    }
  }
  return predictions;
}

TEST(ContextMixer, RecordsLeaveNothingBehind) {
  std::string sample;
  for (int i = 0; i < 200; ++i) {
    sample += "user=" + std::to_string(i * 7 % 31) + " said hello world;";
  }
  ContextMixer master(
      **DefaultKernels(),
      {reinterpret_cast<const uint8_t*>(sample.data()), nullptr}, 12);
  for (size_t t = 0; t < sample.size(); ++t) {
    if (t % 50 == 0) master.BeginRecord(0);
    master.BeginByte(0, nullptr);
    master.LearnByte(sample[t]);
  }
  ContextMixer mixer = master;
  Journal journal;
  const auto code = [&](const std::string& text) {
    mixer.Note(&journal);
    const std::vector<uint32_t> predictions = PredictRecord(&mixer, text);
    mixer.Note(nullptr);
    if (!journal.Undo()) mixer.Learn(master);
    return predictions;
  };
  const std::string first = "user=3 said hello world and went";
  std::string large;  // fills the journal
  for (int i = 0; i < 300; ++i) large += sample.substr(i, 30);
  const std::vector<uint32_t> expected = code(first);
  for (const std::string& other :
       {std::string("user=4"), std::string(), large, std::string(500, '\0')}) {
    code(other);
    EXPECT_EQ(code(first), expected) << other.size();
  }
  ContextMixer fresh = master;
  EXPECT_EQ(PredictRecord(&fresh, first), expected);
}

}  // namespace
}  // namespace lentil
