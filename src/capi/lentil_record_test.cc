// SPDX-License-Identifier: Apache-2.0
// Records: there and back with every flag, tiny overhead, damage.

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <vector>

#include "base/hash.h"
#include "lentil/lentil.hpp"
#include "model/selftest.h"

namespace lentil {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr unsigned kAllFlags[] = {0, LENTIL_RECORD_SIZE, LENTIL_RECORD_CHECK,
                                  LENTIL_RECORD_SIZE | LENTIL_RECORD_CHECK};

Bytes Sample(size_t size) {
  Bytes bytes(size);
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<uint8_t>("a small seed, "[i % 14]);
  }
  return bytes;
}

// A codec with zstd, and one with a small random model.
std::vector<Codec> Codecs() {
  DecoderConfig config;
  config.d_model = 32;
  config.heads = 2;
  config.kv_heads = 1;
  config.head_dim = 16;
  config.d_mlp = 64;
  config.inputs = LastBytes(2);
  config.windows = {16, 32};
  const Result<Bytes> file = WriteNative(RandomModel(config, 7));
  const ModelHandle model = ModelFromBytes(*file);
  EXPECT_NE(model, nullptr);
  std::vector<Codec> codecs;
  codecs.emplace_back(1);
  codecs.emplace_back(1);
  EXPECT_EQ(lentil_codec_set_model(codecs[1].get(), model.get()), LENTIL_OK);
  return codecs;
}

Bytes Encoded(const Codec& codec, unsigned flags, const Bytes& source) {
  Bytes record(source.size() + 8);
  size_t size = 0;
  EXPECT_EQ(
      lentil_record_compress(codec.get(), flags, source.data(), source.size(),
                             record.data(), record.size(), &size),
      LENTIL_OK)
      << codec.message();
  record.resize(size);
  return record;
}

lentil_error Decoded(const Codec& codec, unsigned flags, const Bytes& record,
                     size_t known_size, Bytes* source) {
  source->resize(std::max<size_t>(source->size(), 1));
  size_t size = known_size;
  const lentil_error error =
      lentil_record_decompress(codec.get(), flags, record.data(), record.size(),
                               source->data(), source->size(), &size);
  if (error == LENTIL_OK) source->resize(size);
  return error;
}

TEST(CApiRecord, RoundTripsWithEveryFlag) {
  for (const Codec& codec : Codecs()) {
    for (const unsigned flags : kAllFlags) {
      for (const size_t size : {0, 1, 2, 14, 127, 128, 5000}) {
        const Bytes source = Sample(size);
        const Bytes record = Encoded(codec, flags, source);
        Bytes restored(size);
        ASSERT_EQ(Decoded(codec, flags, record, size, &restored), LENTIL_OK)
            << codec.message();
        EXPECT_EQ(restored, source);
      }
    }
  }
}

TEST(CApiRecord, OverheadIsAtMostFourBytesAndTheCheckFour) {
  for (const Codec& codec : Codecs()) {
    Bytes noise(3000);
    uint32_t state = 1;
    for (uint8_t& byte : noise) {
      state = state * 1664525 + 1013904223;
      byte = static_cast<uint8_t>(state >> 24);
    }
    const size_t bare = Encoded(codec, 0, noise).size();
    EXPECT_LE(bare, noise.size() + 1);
    EXPECT_LE(Encoded(codec, LENTIL_RECORD_SIZE, noise).size(),
              noise.size() + 4);
    EXPECT_EQ(Encoded(codec, LENTIL_RECORD_CHECK, noise).size(), bare + 4);
  }
}

TEST(CApiRecord, ZstdRecordsAreSmall) {
  const Codec codec(0);
  EXPECT_LT(Encoded(codec, LENTIL_RECORD_SIZE, Sample(2000)).size(), 40u);
}

TEST(CApiRecord, TooSmallIsSaid) {
  const Codec codec(0);
  const Bytes source = Sample(2000);
  Bytes record = Encoded(codec, LENTIL_RECORD_SIZE, source);
  size_t size = 0;
  EXPECT_EQ(lentil_record_compress(codec.get(), LENTIL_RECORD_SIZE,
                                   source.data(), source.size(), record.data(),
                                   record.size() - 1, &size),
            LENTIL_TOO_SMALL);
  Bytes restored(1999);
  EXPECT_EQ(Decoded(codec, LENTIL_RECORD_SIZE, record, 0, &restored),
            LENTIL_TOO_SMALL);
}

// Some bits of zstd's headers mean nothing; then the source must be the right
// one.
TEST(CApiRecord, DamageNeverGivesOtherBytes) {
  for (const Codec& codec : Codecs()) {
    constexpr unsigned kFlags = LENTIL_RECORD_SIZE | LENTIL_RECORD_CHECK;
    const Bytes source = Sample(100);
    const Bytes record = Encoded(codec, kFlags, source);
    for (size_t bit = 0; bit < 8 * record.size(); ++bit) {
      Bytes bad = record;
      bad[bit / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
      Bytes restored(200);
      const lentil_error error = Decoded(codec, kFlags, bad, 0, &restored);
      EXPECT_TRUE(error == LENTIL_OK
                      ? restored == source
                      : error == LENTIL_CORRUPT || error == LENTIL_TOO_SMALL)
          << bit << ": " << lentil_error_name(error);
    }
    for (size_t size = 0; size < record.size(); ++size) {
      Bytes restored(200);
      EXPECT_NE(Decoded(codec, kFlags,
                        Bytes(record.begin(),
                              record.begin() + static_cast<ptrdiff_t>(size)),
                        0, &restored),
                LENTIL_OK);
    }
  }
}

TEST(CApiRecord, UnknownFlagsAndHugeSourcesAreRefused) {
  const Codec codec(0);
  uint8_t byte = 0;
  size_t size = 0;
  EXPECT_EQ(lentil_record_compress(codec.get(), 4, &byte, 1, &byte, 1, &size),
            LENTIL_INVALID_ARGUMENT);
  EXPECT_EQ(lentil_record_compress(codec.get(), 0, &byte, (64u << 20) + 1,
                                   &byte, 1, &size),
            LENTIL_INVALID_ARGUMENT);
}

Bytes Lines(size_t begin, size_t end) {
  std::string text;
  for (size_t i = begin; i < end; ++i) {
    text += "{\"user\":" + std::to_string(i * 37 % 101) +
            ",\"event\":\"login\",\"host\":\"node-" + std::to_string(i % 7) +
            "\"}\n";
  }
  return Bytes(text.begin(), text.end());
}

TEST(CApiRecord, ASampleMakesRecordsSmallerAndEachStaysAlone) {
  const Bytes text = Lines(0, 300);
  lentil_sample* raw = nullptr;
  ASSERT_EQ(lentil_sample_new(text.data(), text.size(), &raw), LENTIL_OK);
  const SampleHandle sample(raw);
  EXPECT_NE(lentil_sample_hash(sample.get()), 0u);
  const Bytes large(10000, 'x');
  const std::vector<Bytes> records = {
      Lines(500, 501), {}, {'{'}, large, Lines(501, 502), Sample(4096)};
  for (const Codec& codec : Codecs()) {
    const size_t plain = Encoded(codec, 0, records[0]).size();
    ASSERT_EQ(lentil_codec_set_sample(codec.get(), sample.get()), LENTIL_OK);
    std::vector<Bytes> coded;
    for (const Bytes& record : records) {
      coded.push_back(Encoded(codec, LENTIL_RECORD_SIZE, record));
    }
    EXPECT_LT(coded[0].size() * 2, plain);
    for (size_t i = records.size(); i-- > 0;) {  // in another order
      EXPECT_EQ(Encoded(codec, LENTIL_RECORD_SIZE, records[i]), coded[i]) << i;
      Bytes restored(records[i].size());
      EXPECT_EQ(Decoded(codec, LENTIL_RECORD_SIZE, coded[i], records[i].size(),
                        &restored),
                LENTIL_OK);
      EXPECT_EQ(restored, records[i]);
    }
    ASSERT_EQ(lentil_codec_set_sample(codec.get(), nullptr), LENTIL_OK);
    EXPECT_EQ(Encoded(codec, 0, records[0]).size(), plain);
  }
  const Bytes too_large((4u << 20) + 1);
  EXPECT_EQ(lentil_sample_new(too_large.data(), too_large.size(), &raw),
            LENTIL_INVALID_ARGUMENT);
  EXPECT_NE(std::string(lentil_sample_message()).find("at most"),
            std::string::npos);
}

int Append(void* user, const void* bytes, size_t size) {
  const auto* begin = static_cast<const uint8_t*>(bytes);
  static_cast<Bytes*>(user)->insert(static_cast<Bytes*>(user)->end(), begin,
                                    begin + size);
  return 0;
}

int ReadFrom(void* user, uint64_t offset, void* bytes, size_t size) {
  const auto* file = static_cast<const Bytes*>(user);
  std::copy_n(file->data() + offset, size, static_cast<uint8_t*>(bytes));
  return 0;
}

TEST(CApiRecord, FilesOfRecordsGiveOneByOne) {
  const Bytes text = Lines(0, 100);
  lentil_sample* raw_sample = nullptr;
  ASSERT_EQ(lentil_sample_new(text.data(), text.size(), &raw_sample),
            LENTIL_OK);
  const SampleHandle sample(raw_sample);
  Codec codec(1);
  EXPECT_EQ(lentil_codec_set_records(codec.get(), 3), LENTIL_INVALID_ARGUMENT);
  ASSERT_EQ(lentil_codec_set_records(codec.get(), LENTIL_RECORDS_LINES),
            LENTIL_OK);
  ASSERT_EQ(lentil_codec_set_sample(codec.get(), sample.get()), LENTIL_OK);
  Bytes file;
  ASSERT_EQ(codec.Compress(Lines(200, 250), &file), LENTIL_OK)
      << codec.message();

  const Codec other(0);  // levels do not matter
  lentil_archive* raw = nullptr;
  ASSERT_EQ(
      lentil_archive_open(other.get(), &ReadFrom, &file, file.size(), &raw),
      LENTIL_OK);
  const ArchiveHandle archive(raw);
  Bytes some;
  EXPECT_EQ(lentil_archive_read_records(raw, 7, 2, &Append, &some),
            LENTIL_WRONG_SAMPLE);
  ASSERT_EQ(lentil_codec_set_sample(other.get(), sample.get()), LENTIL_OK);
  ASSERT_EQ(lentil_archive_read_records(raw, 7, 2, &Append, &some), LENTIL_OK)
      << other.message();
  EXPECT_EQ(some, Lines(207, 209));
  EXPECT_EQ(lentil_archive_read_records(raw, 50, 1, &Append, &some),
            LENTIL_INVALID_ARGUMENT);
}

// A file of records, and a codec that has its sample.
struct FileOfRecords {
  FileOfRecords() {
    const Bytes text = Lines(0, 100);
    lentil_sample* raw = nullptr;
    EXPECT_EQ(lentil_sample_new(text.data(), text.size(), &raw), LENTIL_OK);
    sample.reset(raw);
    lentil_codec_set_sample(codec.get(), raw);
    lentil_codec_set_records(codec.get(), LENTIL_RECORDS_LINES);
    EXPECT_EQ(codec.Compress(Lines(200, 250), &file), LENTIL_OK);
  }
  lentil_error Read(Bytes* some) {
    lentil_archive* raw = nullptr;
    const lentil_error error =
        lentil_archive_open(codec.get(), &ReadFrom, &file, file.size(), &raw);
    const ArchiveHandle archive(raw);
    if (error != LENTIL_OK) return error;
    return lentil_archive_read_records(raw, 7, 2, &Append, some);
  }

  SampleHandle sample;
  Codec codec{1};
  Bytes file;
};

TEST(CApiRecord, RecordsOfAFileKeepMemoryThreadsAndProgress) {
  FileOfRecords records;
  Bytes some;
  lentil_codec_set_memory_limit(records.codec.get(), 1);
  EXPECT_EQ(records.Read(&some), LENTIL_RESOURCE_LIMIT);
  lentil_codec_set_memory_limit(records.codec.get(), 100u << 20);
  EXPECT_EQ(records.Read(&some), LENTIL_OK) << records.codec.message();
  lentil_codec_set_threads(records.codec.get(), 4);
  EXPECT_EQ(records.Read(&some), LENTIL_OK);
  EXPECT_EQ(some.size(), 2 * Lines(207, 209).size());
  int calls = 0;
  lentil_codec_set_progress(
      records.codec.get(),
      [](void* user, uint64_t, uint64_t) { return ++*static_cast<int*>(user); },
      &calls);
  EXPECT_EQ(records.Read(&some), LENTIL_CANCELLED);
  EXPECT_EQ(calls, 1);
}

// The header's word, with its checksum made right: the sample is not of such
// records.
TEST(CApiRecord, AFileThatNamesAnotherFormNeedsAnotherSample) {
  FileOfRecords records;
  constexpr size_t kForm = 6;
  constexpr size_t kCheck = 15;
  records.file[kForm] = LENTIL_RECORDS_U32LE;
  const uint32_t check = Hash32(std::span(records.file).first(kCheck));
  for (size_t i = 0; i < 4; ++i) {
    records.file[kCheck + i] = static_cast<uint8_t>(check >> (8 * i));
  }
  Bytes some;
  EXPECT_EQ(records.Read(&some), LENTIL_WRONG_SAMPLE);
  EXPECT_EQ(records.codec.Decompress(records.file, &some), LENTIL_WRONG_SAMPLE);
}

}  // namespace
}  // namespace lentil
