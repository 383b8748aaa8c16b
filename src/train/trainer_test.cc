// SPDX-License-Identifier: Apache-2.0

#include "train/trainer.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "train/export.h"
#include "train/presets.h"

namespace lentil {
namespace {

DecoderConfig Tiny() {
  return {.d_model = 32,
          .heads = 2,
          .kv_heads = 1,
          .head_dim = 16,
          .d_mlp = 64,
          .inputs = LastBytes(3),
          .windows = {16, 32}};
}

// Text with structure to learn: counting in words.
TextSource CountingText() {
  const char* words[] = {"one ", "two ", "three ", "four ", "five ", "six "};
  std::string text;
  for (int i = 0; text.size() < 40000; ++i) text += words[i * i % 6];
  return {"counting", 1.0, {text.begin(), text.end()}};
}

// The same, a token for each word.
constexpr Vocabulary kWords = {.size = 2 * kVocabularyUnit, .start = 6};

Corpus MakeTokenCorpus() {
  TextSource source = CountingText();
  for (int i = 0; i < 10000; ++i) {
    source.tokens.push_back(static_cast<uint32_t>(i * i % 6));
  }
  return Corpus::Create({source}, 512).value();
}

Corpus MakeCorpus() { return Corpus::Create({CountingText()}, 512).value(); }

TrainOptions Options(int threads) {
  TrainOptions options;
  options.warmup_steps = 5;
  options.stages = {{0, 128, 8}, {4096, 256, 8}};
  options.threads = threads;
  return options;
}

TrainCheckpoint Fresh(const Vocabulary& vocabulary = {}) {
  TrainCheckpoint c;
  c.config = Tiny();
  c.vocabulary = vocabulary;
  if (vocabulary.size > 0) c.config.inputs = LastBytes(1);
  c.state.seed = 5;
  c.parameters = InitialParameters(ParameterLayout(c.config, c.vocabulary), 5);
  return c;
}

// Steps from `from` to the step `to`; the decay begins at step 8.
TrainCheckpoint RunSteps(TrainCheckpoint from, uint64_t to, int threads,
                         const Corpus& corpus) {
  Trainer trainer(std::move(from), corpus, Options(threads));
  while (trainer.state().steps < to) {
    if (trainer.state().steps == 8) trainer.BeginDecay(1 << 15);
    trainer.Step();
  }
  return trainer.Snapshot();
}

TEST(Trainer, LearnsAndCanBeRoundedToInt8) {
  const Corpus corpus = MakeCorpus();
  Trainer trainer(Fresh(), corpus, Options(1));
  const double before = trainer.Validate(8, 256, false);
  EXPECT_NEAR(before, 8.0, 0.2);
  for (int i = 0; i < 60; ++i) trainer.Step();
  trainer.BeginDecay(60 * 2048);
  while (!trainer.finished()) trainer.Step();
  const double after = trainer.Validate(8, 256, false);
  EXPECT_LT(after, 0.9);
  EXPECT_LT(trainer.Validate(8, 256, true), after * 1.03);
  const Result<NativeModel> model = ExportNative(
      trainer.layout(), trainer.Snapshot().parameters, "tiny", "{}");
  EXPECT_TRUE(model.ok()) << model.status().message();
}

TEST(Trainer, LearnsTokensWithoutRounding) {
  const Corpus corpus = MakeTokenCorpus();
  EXPECT_NEAR(corpus.bytes_per_symbol(), 4.0, 0.01);
  Trainer trainer(Fresh(kWords), corpus, Options(1));
  EXPECT_NEAR(trainer.Validate(8, 256, false), 5.0, 0.2);  // log2 of 32
  for (int i = 0; i < 30; ++i) trainer.Step();
  trainer.BeginDecay(10 * 2048);
  while (!trainer.finished()) trainer.Step();
  EXPECT_LT(trainer.Validate(8, 256, false), 0.5);
}

TEST(Trainer, ThreadsDoNotChangeOneBit) {
  const Corpus corpus = MakeCorpus();
  EXPECT_EQ(RunSteps(Fresh(), 12, 1, corpus).parameters,
            RunSteps(Fresh(), 12, 4, corpus).parameters);
}

void ExpectResumedRunsAreTheSame(const Vocabulary& vocabulary,
                                 const Corpus& corpus) {
  const TrainCheckpoint whole = RunSteps(Fresh(vocabulary), 14, 1, corpus);
  const ParameterLayout layout(whole.config, vocabulary);
  for (uint64_t stop : {1, 7, 8, 11}) {
    const std::string path = testing::TempDir() + "lentil_resume_test";
    ASSERT_TRUE(SaveCheckpoint(path, layout,
                               RunSteps(Fresh(vocabulary), stop, 2, corpus))
                    .ok());
    Result<TrainCheckpoint> loaded = LoadCheckpoint(path);
    ASSERT_TRUE(loaded.ok()) << loaded.status().message();
    EXPECT_EQ(loaded->state.steps, stop);
    EXPECT_EQ(loaded->vocabulary, vocabulary);
    const TrainCheckpoint resumed =
        RunSteps(std::move(loaded).value(), 14, 1, corpus);
    EXPECT_EQ(resumed.parameters, whole.parameters) << "stopped at " << stop;
    EXPECT_EQ(resumed.first, whole.first);
    EXPECT_EQ(resumed.state, whole.state);
    std::remove(path.c_str());
  }
}

TEST(Trainer, ResumedRunEqualsUninterruptedOneBitForBit) {
  ExpectResumedRunsAreTheSame({}, MakeCorpus());
  ExpectResumedRunsAreTheSame(kWords, MakeTokenCorpus());
}

TEST(Presets, StoredModelsKeepTheirCaps) {
  for (const Preset& preset : Presets()) {
    const ParameterLayout layout(preset.config);
    const Result<NativeModel> model =
        ExportNative(layout, InitialParameters(layout, 1),
                     std::string(preset.name), std::string(1000, 'c'));
    ASSERT_TRUE(model.ok()) << model.status().message();
    const Result<std::vector<uint8_t>> file = WriteNative(*model);
    ASSERT_TRUE(file.ok());
    EXPECT_LE(file->size(), preset.max_stored_bytes) << preset.name;
  }
}

TEST(Corpus, HoldsOutTheEndAndNeverTrainsOnIt) {
  std::vector<uint8_t> bytes(20000, 'a');
  std::fill(bytes.end() - 512, bytes.end(), 'z');
  const Corpus corpus = Corpus::Create({{"a", 1.0, bytes}}, 512).value();
  std::vector<uint8_t> out(300);
  for (uint64_t i = 0; i < 2000; ++i) {
    corpus.TrainingSequence(1, i, out.size(), out.data());
    ASSERT_EQ(std::count(out.begin(), out.end(), 'z'), 0);
    corpus.ValidationSequence(i % 16, 16, out.size(), out.data());
    ASSERT_EQ(std::count(out.begin(), out.end(), 'a'), 0);
  }
}

TEST(Corpus, KeepsToChunksAndUnits) {
  std::vector<uint8_t> bytes(40 * 256);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = i % 256;
  TextSource source = {
      .path = "a", .weight = 1, .bytes = bytes, .chunk = 256, .unit = 64};
  std::fill(source.bytes.end() - 512, source.bytes.end(), 7);
  const Corpus corpus = Corpus::Create({source}, 300).value();
  EXPECT_EQ(corpus.training_symbols(), 38u * 256);
  std::vector<uint8_t> out(128);
  std::set<int> starts;
  for (uint64_t i = 0; i < 1000; ++i) {
    corpus.TrainingSequence(1, i, out.size(), out.data());
    starts.insert(out[0]);
    ASSERT_EQ(out[127], out[0] + 127) << "in one chunk";
    corpus.ValidationSequence(i % 16, 16, out.size(), out.data());
    ASSERT_EQ(std::count(out.begin(), out.end(), 7), 128);
  }
  EXPECT_EQ(starts, (std::set<int>{0, 64, 128}));
}

TEST(Corpus, FollowsWeights) {
  const Corpus corpus =
      Corpus::Create({{"a", 3.0, std::vector<uint8_t>(9000, 'a')},
                      {"b", 1.0, std::vector<uint8_t>(50000, 'b')}},
                     512)
          .value();
  int a = 0;
  for (uint64_t i = 0; i < 4000; ++i) {
    uint8_t byte;
    corpus.TrainingSequence(1, i, 1, &byte);
    a += byte == 'a';
  }
  EXPECT_NEAR(a, 3000, 150);
}

TEST(Corpus, TooLittleDataIsRefused) {
  EXPECT_EQ(Corpus::Create({{"a", 1.0, std::vector<uint8_t>(100)}}, 512)
                .status()
                .code(),
            Code::kInvalidArgument);
}

}  // namespace
}  // namespace lentil
