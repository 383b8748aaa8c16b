// SPDX-License-Identifier: Apache-2.0

#include "data/media/pcm.h"

#include <FLAC/stream_encoder.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/endian.h"

namespace lentil {
namespace {

using Bytes = std::vector<uint8_t>;
using Samples = std::vector<int16_t>;

void AppendText(std::string_view text, Bytes* out) {
  out->insert(out->end(), text.begin(), text.end());
}

// All samples that a reading gives.
struct Pcm {
  uint32_t rate = 0;
  Samples samples;
};

Result<Pcm> ReadAllPcm(std::span<const uint8_t> file) {
  Pcm pcm;
  LENTIL_ASSIGN_OR_RETURN(
      pcm.rate, ReadPcm(file, [&pcm](std::span<const int16_t> samples) {
        pcm.samples.insert(pcm.samples.end(), samples.begin(), samples.end());
        return Status();
      }));
  return pcm;
}

// A WAV with a chunk of odd size before the samples that readers have to pass
// over.
Bytes MakeWav(const Samples& interleaved, uint16_t channels, uint16_t bits,
              uint16_t format = 1, bool is_padded = true) {
  Bytes file;
  const auto data = static_cast<uint32_t>(interleaved.size() * 2);
  AppendText("RIFF", &file);
  AppendLe<uint32_t>(data + 48, &file);
  AppendText("WAVELIST", &file);
  AppendLe<uint32_t>(3, &file);
  AppendText("abc", &file);
  if (is_padded) file.push_back(0);
  AppendText("fmt ", &file);
  AppendLe<uint32_t>(16, &file);
  AppendLe<uint16_t>(format, &file);
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
  const auto pcm = ReadAllPcm(MakeWav(samples, 1, 16));
  ASSERT_TRUE(pcm.ok()) << pcm.status().message();
  EXPECT_EQ(pcm->samples, samples);
  EXPECT_EQ(pcm->rate, 8000u);
}

TEST(Pcm, TakesTheFirstChannel) {
  EXPECT_EQ(ReadAllPcm(MakeWav({1, 2, 3, 4}, 2, 16))->samples, (Samples{1, 3}));
  EXPECT_EQ(ReadAllPcm(MakeFlac({1, 2, 3, 4}, 2, 16))->samples,
            (Samples{1, 3}));
}

TEST(Pcm, ReadsFlac) {
  Samples samples;
  for (int i = 0; i < 5000; ++i) {
    samples.push_back(static_cast<int16_t>(i * i * 7));
  }
  const auto pcm = ReadAllPcm(MakeFlac(samples, 1, 16));
  ASSERT_TRUE(pcm.ok()) << pcm.status().message();
  EXPECT_EQ(pcm->samples, samples);
  EXPECT_EQ(pcm->rate, 16000u);
}

TEST(Pcm, LongFilesComeInPieces) {
  Samples samples;
  for (int i = 0; i < 200'000; ++i) {
    samples.push_back(static_cast<int16_t>(i * 3));
  }
  for (const Bytes& file :
       {MakeWav(samples, 1, 16), MakeFlac(samples, 1, 16)}) {
    EXPECT_EQ(ReadAllPcm(file)->samples, samples);
    size_t heard = 0;
    const auto stop = [&heard](std::span<const int16_t> piece) {
      heard += piece.size();
      EXPECT_LE(piece.size(), size_t{1} << 16);
      return Status(Code::kCancelled, "enough");
    };
    EXPECT_EQ(ReadPcm(file, stop).status().code(), Code::kCancelled);
    EXPECT_LT(heard, samples.size());
  }
}

TEST(Pcm, OddChunksMayLackTheirPadding) {
  const Samples samples = {1, -2, 3};
  const Bytes file = MakeWav(samples, 1, 16, 1, /*is_padded=*/false);
  EXPECT_EQ(file.size() % 2, 1u);
  const auto pcm = ReadAllPcm(file);
  ASSERT_TRUE(pcm.ok()) << pcm.status().message();
  EXPECT_EQ(pcm->samples, samples);
  // What only looks like a chunk within the padding rule is none: the list's
  // padding byte and what follows stay as they are.
  Bytes padded = MakeWav(samples, 1, 16);
  EXPECT_EQ(ReadAllPcm(padded)->samples, samples);
  padded.erase(padded.begin() + 12, padded.begin() + 24);  // the list
  EXPECT_EQ(ReadAllPcm(padded)->samples, samples);
}

TEST(Pcm, OtherWidthsAreUnsupportedAndNamed) {
  const Bytes ogg = {'O', 'g', 'g', 'S', 0};
  const Bytes unknown = {'a', 'b'};
  for (const auto& [file, name] :
       {std::pair<Bytes, const char*>{MakeWav({1, 2}, 1, 8), "8-bit PCM"},
        {MakeWav({1, 2}, 1, 24), "24-bit PCM"},
        {MakeWav({1, 2}, 1, 32, 3), "32-bit float"},
        {MakeWav({1, 2}, 1, 8, 6), "8-bit A-law"},
        {MakeWav({1, 2}, 1, 16, 999), "format 999"},
        {MakeFlac({1, 2}, 1, 8), "8 bits"},
        {MakeFlac({1, 2}, 1, 24), "24 bits"},
        {ogg, "Ogg"},
        {unknown, "unknown"}}) {
    const Status status = ReadAllPcm(file).status();
    EXPECT_EQ(status.code(), Code::kUnsupported);
    EXPECT_NE(status.message().find(name), std::string::npos)
        << status.message();
    EXPECT_NE(status.message().find("WAV and FLAC with 16-bit PCM"),
              std::string::npos)
        << status.message();
  }
}

TEST(Pcm, DamageIsAnError) {
  const Bytes flac = MakeFlac(Samples(3000, 5), 1, 16);
  for (size_t size = 4; size < flac.size(); size += 3) {
    EXPECT_FALSE(ReadAllPcm(std::span(flac).first(size)).ok()) << size;
  }
  const Bytes wav = MakeWav({1, 2, 3}, 1, 16);
  for (size_t size = 0; size < wav.size() - 6; ++size) {
    EXPECT_FALSE(ReadAllPcm(std::span(wav).first(size)).ok()) << size;
  }
}

TEST(Pcm, SamplesBecomeBytes) {
  const Samples samples = {0, 255, 256, -1, -32768, 32767};
  Bytes bytes;
  AppendAs8Bit(samples, &bytes);
  EXPECT_EQ(bytes, (Bytes{128, 128, 129, 127, 0, 255}));
  bytes.clear();
  AppendAs16Bit(Samples{1, -2}, &bytes);
  EXPECT_EQ(bytes, (Bytes{1, 0, 254, 255}));
}

}  // namespace
}  // namespace lentil
