// SPDX-License-Identifier: Apache-2.0
#include "codec/archive.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/endian.h"
#include "base/hash.h"
#include "codec/stream_test_util.h"

namespace lentil {
namespace {

const FakeCoder kCoder;

// Reads from memory and remembers how much.
struct MemoryFile {
  Bytes bytes;
  uint64_t bytes_read = 0;

  ReadAt Reader() {
    return [this](uint64_t offset, std::span<uint8_t> out) -> Status {
      if (offset > bytes.size() || out.size() > bytes.size() - offset) {
        return Status(Code::kIo, "read outside of the file");
      }
      std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(offset), out.size(),
                  out.begin());
      bytes_read += out.size();
      return Status();
    };
  }
};

// Three containers: model frames, nothing, zstd frames.
struct Sample {
  MemoryFile file;
  Bytes source;

  Sample() {
    Add(ModelOptions(kCoder), TextLike(50'000));
    Add(ModelOptions(kCoder), {});
    Add(ZstdOptions(8192), TextLike(30'000, 5));
  }
  void Add(const EncodeOptions& options, const Bytes& part) {
    const Bytes one = EncodeAll(options, part).value();
    file.bytes.insert(file.bytes.end(), one.begin(), one.end());
    source.insert(source.end(), part.begin(), part.end());
  }
};

Result<Bytes> Extract(const Archive& archive, uint64_t offset, uint64_t length,
                      int threads = 1) {
  Bytes out;
  const Status status =
      archive.Extract(offset, length, DecodeWith(kCoder, threads),
                      [&out](std::span<const uint8_t> bytes) {
                        out.insert(out.end(), bytes.begin(), bytes.end());
                        return Status();
                      });
  if (!status.ok()) return status;
  return out;
}

TEST(Archive, KnowsContainersAndFrames) {
  Sample sample;
  const auto archive =
      Archive::Open(sample.file.Reader(), sample.file.bytes.size());
  ASSERT_TRUE(archive.ok()) << archive.status().message();
  EXPECT_EQ(archive->source_size(), 80'000u);
  ASSERT_EQ(archive->containers().size(), 3u);
  EXPECT_EQ(archive->containers()[0].source_hash, Hash64(TextLike(50'000)));
  EXPECT_TRUE(archive->containers()[0].header.has_model);
  EXPECT_EQ(archive->containers()[1].source_size, 0u);
  EXPECT_EQ(archive->containers()[2].source_offset, 50'000u);

  uint64_t at = 0;
  size_t frames = 0;
  ASSERT_TRUE(archive
                  ->ForEachFrame([&](const FrameInfo& frame) {
                    EXPECT_EQ(frame.source_offset, at);
                    EXPECT_EQ(frame.header.kind, at < 50'000
                                                     ? FrameKind::kModel
                                                     : FrameKind::kZstd);
                    at += frame.header.raw_size;
                    ++frames;
                    return Status();
                  })
                  .ok());
  EXPECT_EQ(at, 80'000u);
  EXPECT_EQ(frames, 13u + 4u);
}

TEST(Archive, AnyRangeEqualsTheSource) {
  Sample sample;
  const auto archive =
      Archive::Open(sample.file.Reader(), sample.file.bytes.size());
  const uint64_t ends[] = {0,      1,      4095,   4096,   4097,   49'999,
                           50'000, 50'001, 58'191, 58'192, 79'999, 80'000};
  for (uint64_t first : ends) {
    for (uint64_t last : ends) {
      if (last < first) continue;
      const auto part = Extract(*archive, first, last - first, 2);
      ASSERT_TRUE(part.ok()) << part.status().message();
      EXPECT_TRUE(std::equal(part->begin(), part->end(),
                             sample.source.begin() + first,
                             sample.source.begin() + last));
    }
  }
  EXPECT_EQ(Extract(*archive, 79'990, UINT64_MAX)->size(), 10u);
  EXPECT_EQ(Extract(*archive, 80'000, 5)->size(), 0u);
  EXPECT_EQ(Extract(*archive, UINT64_MAX, UINT64_MAX)->size(), 0u);
}

TEST(Archive, ReadsOnlyWhatItNeeds) {
  Sample sample;
  const auto archive =
      Archive::Open(sample.file.Reader(), sample.file.bytes.size());
  EXPECT_LT(sample.file.bytes_read, 400u);
  sample.file.bytes_read = 0;
  EXPECT_EQ(Extract(*archive, 20'000, 10)->size(), 10u);
  EXPECT_LT(sample.file.bytes_read, 4096u);  // one model frame
}

TEST(Archive, DamageElsewhereDoesNotMatter) {
  Sample sample;
  sample.file.bytes[1000] ^= 1;
  const auto archive =
      Archive::Open(sample.file.Reader(), sample.file.bytes.size());
  EXPECT_TRUE(Extract(*archive, 20'000, 10).ok());
  const auto hit = Extract(*archive, 0, 10);
  EXPECT_EQ(hit.status().message(),
            "frame 0 at byte 22: payload checksum mismatch");
}

TEST(Archive, CutAnywhereIsCorrupt) {
  Sample sample;
  const Bytes whole = sample.file.bytes;
  for (size_t n = 0; n < whole.size(); n += n < 64 ? 1 : 97) {
    sample.file.bytes.assign(whole.begin(),
                             whole.begin() + static_cast<ptrdiff_t>(n));
    const auto archive = Archive::Open(sample.file.Reader(), n);
    EXPECT_EQ(archive.status().code(), Code::kCorrupt) << n;
  }
}

TEST(Archive, FlippedBitsNeverCrashOrReadOutside) {
  MemoryFile file;
  file.bytes = EncodeAll(ModelOptions(kCoder), TextLike(9000)).value();
  const Bytes whole = file.bytes;
  for (size_t bit = 0; bit < whole.size() * 8; bit += 37) {
    file.bytes = whole;
    file.bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    const auto archive = Archive::Open(file.Reader(), whole.size());
    if (!archive.ok()) {
      EXPECT_NE(archive.status().code(), Code::kIo) << bit;
      continue;
    }
    const auto all = Extract(*archive, 0, UINT64_MAX);
    EXPECT_EQ(all.status().code(), Code::kCorrupt) << bit;
  }
}

TEST(Archive, IndexPointingOutsideIsRefused) {
  MemoryFile file;
  AppendContainerHeader({}, &file.bytes);
  IndexBuilder index;
  for (int i = 0; i < 4; ++i) index.Add({kMaxFrameSize, kMaxFrameSize});
  ASSERT_TRUE(index.AppendFooter(10, 0, &file.bytes).ok());
  EXPECT_EQ(Archive::Open(file.Reader(), file.bytes.size()).status().code(),
            Code::kCorrupt);
}

// One frame of 40 bytes that claims 64 MiB, as the index alone would have it.
TEST(Archive, AnIndexThatClaimsTooMuchIsRefused) {
  const auto code = [](const ContainerHeader& header, uint32_t stored) {
    MemoryFile file;
    AppendContainerHeader(header, &file.bytes);
    const auto header_size = static_cast<uint32_t>(file.bytes.size());
    file.bytes.resize(header_size + stored);
    IndexBuilder index;
    index.Add({kMaxFrameSize, stored});
    EXPECT_TRUE(index.AppendFooter(header_size, 0, &file.bytes).ok());
    return Archive::Open(file.Reader(), file.bytes.size()).status().code();
  };
  const ContainerHeader with_model = {.has_model = true, .numerics_version = 1};
  EXPECT_EQ(code({}, 1400), Code::kCorrupt);
  EXPECT_EQ(code({}, 1500), Code::kOk);
  EXPECT_EQ(code(with_model, 150), Code::kCorrupt);
  EXPECT_EQ(code(with_model, 250), Code::kOk);
}

TEST(Archive, OtherFilesAreToldSo) {
  MemoryFile file;
  file.bytes = TextLike(100);
  EXPECT_EQ(Archive::Open(file.Reader(), 100).status().message(),
            "not a lentil container at byte 0");
  EXPECT_EQ(Archive::Open(file.Reader(), 0).status().message(),
            "empty; not a lentil container");
}

}  // namespace
}  // namespace lentil
