// SPDX-License-Identifier: Apache-2.0
// Damaged files: never wrong bytes, never a crash, the right code, and what can
// be salvaged is.
#include <gtest/gtest.h>

#include <string>

#include "base/endian.h"
#include "base/hash.h"
#include "codec/stream.h"
#include "codec/stream_test_util.h"
#include "format/container.h"

namespace lentil {
namespace {

const FakeCoder kCoder;

// Stored, model and zstd frames, six in all; what each held, and the file.
struct Sample {
  std::vector<Bytes> frames;
  Bytes source;
  Bytes file;
  std::vector<size_t> starts;  // of each frame in the file, then of the footer
};

Sample MakeSample() {
  Sample sample;
  sample.frames = {TextLike(4096, 1), RandomBytes(4096), Bytes(4096, 9),
                   TextLike(4096, 2), TextLike(4096, 3), TextLike(100, 4)};
  for (const Bytes& frame : sample.frames) {
    sample.source.insert(sample.source.end(), frame.begin(), frame.end());
  }
  sample.file = EncodeAll(ModelOptions(kCoder), sample.source).value();
  size_t at = 22;
  for (size_t i = 0; i < sample.frames.size(); ++i) {
    sample.starts.push_back(at);
    FrameHeader header;
    at += ParseFrameHeader(std::span(sample.file).subspan(at), 0, &header)
              .value() +
          header.payload_size;
  }
  sample.starts.push_back(at);
  return sample;
}

// A file small enough to try everything on.
Bytes SmallSource() {
  Bytes source = TextLike(120);
  const Bytes noise = RandomBytes(20);
  source.insert(source.end(), noise.begin(), noise.end());
  return source;
}

bool IsPrefix(const Bytes& part, const Bytes& whole) {
  return part.size() <= whole.size() &&
         std::equal(part.begin(), part.end(), whole.begin());
}

TEST(Damage, TruncatedAtEveryByteIsCorruptAndSaysWhere) {
  const Bytes source = SmallSource();
  for (const auto& options : {ModelOptions(kCoder), ZstdOptions()}) {
    const Bytes file = EncodeAll(options, source).value();
    for (size_t n = 0; n < file.size(); ++n) {
      Bytes out;
      const auto result = DecodeAll(DecodeWith(kCoder),
                                    std::span(file).first(n), SIZE_MAX, &out);
      ASSERT_EQ(result.status().code(), Code::kCorrupt) << n;
      EXPECT_TRUE(IsPrefix(out, source));
      if (n > 0) {
        EXPECT_EQ(result.status().message(),
                  "truncated at byte " + std::to_string(n));
      }
    }
  }
}

TEST(Damage, EverySingleFlippedBitIsToldAndGivesNoWrongByte) {
  const Bytes source = SmallSource();
  for (const auto& options : {ModelOptions(kCoder), ZstdOptions()}) {
    const Bytes file = EncodeAll(options, source).value();
    for (size_t bit = 0; bit < file.size() * 8; ++bit) {
      Bytes bad = file;
      bad[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      Bytes out;
      const auto result = DecodeAll(DecodeWith(kCoder), bad, SIZE_MAX, &out);
      const Code expected =
          bit / 8 == 4 ? Code::kUnsupported : Code::kCorrupt;  // the version
      ASSERT_EQ(result.status().code(), expected) << bit;
      EXPECT_TRUE(IsPrefix(out, source)) << bit;
    }
  }
}

TEST(Damage, MessagesNameFrameAndOffset) {
  const Sample sample = MakeSample();
  Bytes bad = sample.file;
  bad[sample.starts[4] - 1] ^= 1;  // last byte of frame 3
  EXPECT_EQ(DecodeAll(DecodeWith(kCoder), bad).status().message(),
            "frame 3 at byte " + std::to_string(sample.starts[3]) +
                ": payload checksum mismatch");
  bad = sample.file;
  bad[sample.starts[2] + 1] ^= 1;
  EXPECT_EQ(DecodeAll(DecodeWith(kCoder), bad).status().message(),
            "frame 2: frame header checksum mismatch at byte " +
                std::to_string(sample.starts[2]));
}

TEST(Damage, WhatIsNoContainerIsToldSo) {
  const auto message = [](const Bytes& bytes) {
    return DecodeAll(DecodeWith(kCoder), bytes).status().message();
  };
  EXPECT_EQ(message({}), "empty; not a lentil container");
  EXPECT_EQ(message({'P', 'K', 3, 4}), "not a lentil container at byte 0");
  Bytes file = EncodeAll(ZstdOptions(), TextLike(100)).value();
  const size_t size = file.size();
  file.push_back('x');
  EXPECT_EQ(message(file),
            "not a lentil container at byte " + std::to_string(size));
}

TEST(Damage, FramesLeftOutOrSwappedAreFoundByTheFooter) {
  const Sample sample = MakeSample();
  const auto piece = [&](size_t from, size_t to) {
    return Bytes(sample.file.begin() + static_cast<ptrdiff_t>(from),
                 sample.file.begin() + static_cast<ptrdiff_t>(to));
  };
  const auto join = [](const std::vector<Bytes>& parts) {
    Bytes all;
    for (const Bytes& p : parts) all.insert(all.end(), p.begin(), p.end());
    return all;
  };
  const auto& at = sample.starts;
  const Bytes missing =
      join({piece(0, at[3]), piece(at[4], sample.file.size())});
  EXPECT_EQ(DecodeAll(DecodeWith(kCoder), missing).status().code(),
            Code::kCorrupt);
  const Bytes swapped =
      join({piece(0, at[3]), piece(at[4], at[5]), piece(at[3], at[4]),
            piece(at[5], sample.file.size())});
  EXPECT_EQ(DecodeAll(DecodeWith(kCoder), swapped).status().code(),
            Code::kCorrupt);
}

TEST(Damage, LyingSizesAllocateNothing) {
  Bytes file;
  AppendContainerHeader({}, &file);
  AppendFrameHeader({FrameKind::kZstd, kMaxFrameSize, kMaxFrameSize, 0, 0},
                    &file);
  file.resize(file.size() + 100);
  DecodeOptions options;
  EXPECT_EQ(DecodeAll(options, file).status().message(),
            "truncated at byte " + std::to_string(file.size()));
  options.memory_limit = 1 << 20;
  EXPECT_EQ(DecodeAll(options, file).status().code(), Code::kResourceLimit);
}

// A payload whose checksums are right but which is nonsense.
TEST(Damage, ForgedPayloadsAreCorrupt) {
  const Bytes payload = RandomBytes(1000);
  for (FrameKind kind : {FrameKind::kZstd, FrameKind::kModel}) {
    for (const bool has_model : {false, true}) {
      Bytes file;
      AppendContainerHeader({has_model, 1, kCoder.model_hash()}, &file);
      AppendFrameHeader({kind, 5000, 1000, Hash32(payload), 77}, &file);
      file.insert(file.end(), payload.begin(), payload.end());
      EXPECT_EQ(DecodeAll(DecodeWith(kCoder), file).status().code(),
                Code::kCorrupt);
    }
  }
}

struct Salvaged {
  Bytes out;
  std::vector<std::string> losses;
  Status status;
};

Salvaged Salvage(const Bytes& file, size_t piece = SIZE_MAX,
                 const std::vector<const FrameCoder*>& guesses = {}) {
  Salvaged salvaged;
  DecodeOptions options = DecodeWith(kCoder, 2);
  options.guess_coders = [&guesses] { return guesses; };
  options.salvage = true;
  options.on_damage = [&](const Status& status) {
    salvaged.losses.push_back(status.message());
  };
  salvaged.status = DecodeAll(options, file, piece, &salvaged.out).status();
  return salvaged;
}

Bytes Without(const Sample& sample, size_t first, size_t last) {
  Bytes rest;
  for (size_t i = 0; i < sample.frames.size(); ++i) {
    if (i >= first && i <= last) continue;
    rest.insert(rest.end(), sample.frames[i].begin(), sample.frames[i].end());
  }
  return rest;
}

TEST(Salvage, WholeFileHasNoLoss) {
  const Sample sample = MakeSample();
  const Salvaged salvaged = Salvage(sample.file);
  EXPECT_TRUE(salvaged.status.ok());
  EXPECT_EQ(salvaged.out, sample.source);
  EXPECT_TRUE(salvaged.losses.empty());
}

TEST(Salvage, OneHitInAFrameLosesThatFrameOnly) {
  const Sample sample = MakeSample();
  for (size_t frame = 0; frame < sample.frames.size(); ++frame) {
    const size_t start = sample.starts[frame];
    for (size_t at : {start, start + 1, start + 10, start + 40,
                      sample.starts[frame + 1] - 1}) {
      if (at >= sample.starts[frame + 1]) continue;  // a tiny frame
      Bytes bad = sample.file;
      bad[at] ^= 0x10;
      for (size_t piece : {size_t{1}, size_t{997}, SIZE_MAX}) {
        const Salvaged salvaged = Salvage(bad, piece);
        EXPECT_TRUE(salvaged.status.ok()) << salvaged.status.message();
        EXPECT_EQ(salvaged.losses.size(), 1u) << frame << " " << at;
        EXPECT_EQ(salvaged.out, Without(sample, frame, frame)) << at;
      }
    }
  }
}

TEST(Salvage, ResumesBehindBytesThatAreGone) {
  const Sample sample = MakeSample();
  Bytes bad = sample.file;
  bad.insert(bad.end(), sample.file.begin(), sample.file.end());
  // From the middle of frame 1 to the middle of frame 3, so that frame 1's
  // length reaches into the second container's first frame.
  bad.erase(bad.begin() + static_cast<ptrdiff_t>(sample.starts[1] + 100),
            bad.begin() + static_cast<ptrdiff_t>(sample.starts[3] + 1500));
  const Salvaged salvaged = Salvage(bad);
  EXPECT_TRUE(salvaged.status.ok());
  EXPECT_FALSE(salvaged.losses.empty());
  Bytes expected = sample.frames[0];
  const Bytes second = Without(sample, 0, 0);
  expected.insert(expected.end(), second.begin(), second.end());
  EXPECT_EQ(salvaged.out, expected);
}

TEST(Salvage, TruncatedFileGivesItsWholeFrames) {
  const Sample sample = MakeSample();
  for (size_t frame = 1; frame < sample.frames.size(); ++frame) {
    Bytes cut(sample.file.begin(),
              sample.file.begin() +
                  static_cast<ptrdiff_t>(sample.starts[frame] + 30));
    const Salvaged salvaged = Salvage(cut);
    EXPECT_TRUE(salvaged.status.ok());
    EXPECT_EQ(salvaged.losses.size(), 1u);
    EXPECT_EQ(salvaged.out, Without(sample, frame, 99));
  }
}

TEST(Salvage, FramesSurviveTheContainersHeader) {
  const Sample sample = MakeSample();
  FakeCoder other(7);
  other.decodes_wrongly = true;
  for (size_t at = 0; at < 22; ++at) {
    Bytes bad = sample.file;
    bad[at] ^= 0x11;
    for (size_t piece : {size_t{1}, SIZE_MAX}) {
      const Salvaged salvaged = Salvage(bad, piece, {&other, &kCoder});
      EXPECT_TRUE(salvaged.status.ok()) << at;
      EXPECT_EQ(salvaged.losses.size(), 1u) << at;
      EXPECT_EQ(salvaged.out, sample.source) << at;
    }
    const Bytes whole = sample.file;
    bad.insert(bad.begin(), whole.begin(), whole.end());
    EXPECT_EQ(Salvage(bad, SIZE_MAX, {&other, &kCoder}).out.size(),
              2 * sample.source.size())
        << at;
  }
}

TEST(Salvage, SecondContainerSurvivesTheFirstOnesFooter) {
  const Sample sample = MakeSample();
  Bytes bad = sample.file;
  bad[sample.starts.back() + 6] ^= 1;  // footer length
  bad.insert(bad.end(), sample.file.begin(), sample.file.end());
  const Salvaged salvaged = Salvage(bad);
  EXPECT_TRUE(salvaged.status.ok());
  EXPECT_FALSE(salvaged.losses.empty());
  Bytes twice = sample.source;
  twice.insert(twice.end(), sample.source.begin(), sample.source.end());
  EXPECT_EQ(salvaged.out, twice);
}

TEST(Salvage, EveryFlippedBitLosesAtMostAFrame) {
  const Bytes source = SmallSource();
  const Bytes file = EncodeAll(ModelOptions(kCoder), source).value();
  for (size_t bit = 0; bit < file.size() * 8; ++bit) {
    Bytes bad = file;
    bad[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    const Salvaged salvaged = Salvage(bad);
    EXPECT_TRUE(salvaged.out.empty() || salvaged.out == source) << bit;
    EXPECT_TRUE(!salvaged.status.ok() || !salvaged.losses.empty()) << bit;
  }
}

// Begins like a footer, of `length` bytes.
void AppendFalseFooter(uint32_t length, Bytes* bytes) {
  bytes->insert(bytes->end(), std::begin(kFooterMagic), std::end(kFooterMagic));
  AppendLe(length, bytes);
}

// What began like a footer that the file is too short for hides no frames, and
// is no loss of its own.
TEST(Salvage, FramesBehindAFalseFooterAreFound) {
  const Sample sample = MakeSample();
  for (const uint32_t length : {100u, 6000u, 100'000u, 60u << 20}) {
    const auto at = [&](size_t frame) {
      return sample.file.begin() + static_cast<ptrdiff_t>(sample.starts[frame]);
    };
    Bytes bad(sample.file.begin(), at(2));
    bad.resize(bad.size() - 50);  // so that frame 1 reaches into what follows
    for (int i = 0; i < 40; ++i) AppendFalseFooter(length, &bad);
    bad.insert(bad.end(), at(2), sample.file.end());
    Salvaged whole;
    for (const size_t piece : {size_t{1}, size_t{1000}, SIZE_MAX}) {
      const Salvaged salvaged = Salvage(bad, piece);
      EXPECT_TRUE(salvaged.status.ok()) << salvaged.status.message();
      EXPECT_EQ(salvaged.out, Without(sample, 1, 1)) << length;
      if (whole.losses.empty()) whole = salvaged;
      EXPECT_EQ(salvaged.losses, whole.losses);
    }
    EXPECT_LE(whole.losses.size(), 2u);
  }
}

TEST(Salvage, NothingToSalvageIsAnError) {
  EXPECT_EQ(Salvage(RandomBytes(5000)).status.code(), Code::kCorrupt);
  EXPECT_EQ(Salvage({}).status.code(), Code::kCorrupt);
}

TEST(Salvage, RandomDamageIsSafe) {
  const Sample sample = MakeSample();
  for (uint32_t seed = 0; seed < 200; ++seed) {
    Bytes bad = sample.file;
    const Bytes dice = RandomBytes(30, seed);
    for (size_t i = 0; i + 2 < dice.size(); i += 3) {
      bad[(dice[i] * 256u + dice[i + 1]) % bad.size()] = dice[i + 2];
    }
    const Salvaged salvaged = Salvage(bad, 1 + seed * 7);
    EXPECT_EQ(salvaged.out.size() % 4096 % 100, 0u);  // whole frames only
  }
}

}  // namespace
}  // namespace lentil
