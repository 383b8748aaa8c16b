// SPDX-License-Identifier: Apache-2.0

#include "data/media/pcm.h"

#include <FLAC/stream_encoder.h>
#include <gtest/gtest.h>

#include <string_view>

#include "base/endian.h"

namespace lentil {
namespace {

using Bytes = std::vector<uint8_t>;
using Samples = std::vector<int16_t>;

void AppendText(std::string_view text, Bytes* out) {
  out->insert(out->end(), text.begin(), text.end());
}

// A WAV with a chunk before the samples that readers have to pass over.
Bytes MakeWav(const Samples& interleaved, uint16_t channels, uint16_t bits) {
  Bytes file;
  const auto data = static_cast<uint32_t>(interleaved.size() * 2);
  AppendText("RIFF", &file);
  AppendLe<uint32_t>(data + 48, &file);
  AppendText("WAVELIST", &file);
  AppendLe<uint32_t>(3, &file);
  AppendText("abc", &file);
  file.push_back(0);
  AppendText("fmt ", &file);
  AppendLe<uint32_t>(16, &file);
  AppendLe<uint16_t>(1, &file);
  AppendLe<uint16_t>(channels, &file);
  AppendLe<uint32_t>(8000, &file);
  AppendLe<uint32_t>(8000u * channels * 2, &file);
  AppendLe<uint16_t>(static_cast<uint16_t>(channels * 2), &file);
  AppendLe<uint16_t>(bits, &file);
  AppendText("data", &file);
  AppendLe<uint32_t>(data, &file);
  for (const int16_t s : interleaved) {
    AppendLe(static_cast<uint16_t>(s), &file);
  }
  return file;
}

FLAC__StreamEncoderWriteStatus Append(const FLAC__StreamEncoder*,
                                      const FLAC__byte bytes[], size_t size,
                                      uint32_t, uint32_t, void* user) {
  auto* file = static_cast<Bytes*>(user);
  file->insert(file->end(), bytes, bytes + size);
  return FLAC__STREAM_ENCODER_WRITE_STATUS_OK;
}

Bytes MakeFlac(const Samples& interleaved, uint32_t channels, uint32_t bits) {
  Bytes file;
  FLAC__StreamEncoder* encoder = FLAC__stream_encoder_new();
  FLAC__stream_encoder_set_channels(encoder, channels);
  FLAC__stream_encoder_set_bits_per_sample(encoder, bits);
  FLAC__stream_encoder_set_sample_rate(encoder, 16000);
  FLAC__stream_encoder_set_total_samples_estimate(
      encoder, interleaved.size() / channels);
  EXPECT_EQ(FLAC__stream_encoder_init_stream(encoder, Append, nullptr, nullptr,
                                             nullptr, &file),
            FLAC__STREAM_ENCODER_INIT_STATUS_OK);
  const std::vector<FLAC__int32> wide(interleaved.begin(), interleaved.end());
  EXPECT_TRUE(FLAC__stream_encoder_process_interleaved(
      encoder, wide.data(), static_cast<uint32_t>(wide.size() / channels)));
  EXPECT_TRUE(FLAC__stream_encoder_finish(encoder));
  FLAC__stream_encoder_delete(encoder);
  return file;
}

TEST(Pcm, ReadsWavOfOneChannel) {
  const Samples samples = {0, 1, -1, 32767, -32768};
  const auto pcm = ReadPcm(MakeWav(samples, 1, 16));
  ASSERT_TRUE(pcm.ok()) << pcm.status().message();
  EXPECT_EQ(pcm->samples, samples);
  EXPECT_EQ(pcm->rate, 8000u);
}

TEST(Pcm, TakesTheFirstChannel) {
  EXPECT_EQ(ReadPcm(MakeWav({1, 2, 3, 4}, 2, 16))->samples, (Samples{1, 3}));
  EXPECT_EQ(ReadPcm(MakeFlac({1, 2, 3, 4}, 2, 16))->samples, (Samples{1, 3}));
}

TEST(Pcm, ReadsFlac) {
  Samples samples;
  for (int i = 0; i < 5000; ++i) {
    samples.push_back(static_cast<int16_t>(i * i * 7));
  }
  const auto pcm = ReadPcm(MakeFlac(samples, 1, 16));
  ASSERT_TRUE(pcm.ok()) << pcm.status().message();
  EXPECT_EQ(pcm->samples, samples);
  EXPECT_EQ(pcm->rate, 16000u);
}

TEST(Pcm, OtherWidthsAreUnsupported) {
  EXPECT_EQ(ReadPcm(MakeWav({1, 2}, 1, 8)).status().code(), Code::kUnsupported);
  EXPECT_EQ(ReadPcm(MakeFlac({1, 2}, 1, 8)).status().code(),
            Code::kUnsupported);
  EXPECT_EQ(ReadPcm(Bytes{'O', 'g', 'g', 'S'}).status().code(),
            Code::kUnsupported);
}

TEST(Pcm, DamageIsAnError) {
  const Bytes flac = MakeFlac(Samples(3000, 5), 1, 16);
  for (size_t size = 4; size < flac.size(); size += 3) {
    EXPECT_FALSE(ReadPcm(std::span(flac).first(size)).ok()) << size;
  }
  const Bytes wav = MakeWav({1, 2, 3}, 1, 16);
  for (size_t size = 0; size < wav.size() - 6; ++size) {
    EXPECT_FALSE(ReadPcm(std::span(wav).first(size)).ok()) << size;
  }
}

TEST(Pcm, SamplesBecomeBytes) {
  const Pcm pcm = {16000, {0, 255, 256, -1, -32768, 32767}};
  Bytes bytes;
  AppendAs8Bit(pcm, &bytes);
  EXPECT_EQ(bytes, (Bytes{128, 128, 129, 127, 0, 255}));
  bytes.clear();
  AppendAs16Bit({16000, {1, -2}}, &bytes);
  EXPECT_EQ(bytes, (Bytes{1, 0, 254, 255}));
}

}  // namespace
}  // namespace lentil
