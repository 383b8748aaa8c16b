// SPDX-License-Identifier: Apache-2.0
#include "format/container.h"

#include <gtest/gtest.h>

#include "base/endian.h"
#include "base/hash.h"

namespace lentil {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes HeaderBytes(const ContainerHeader& header) {
  Bytes out;
  AppendContainerHeader(header, &out);
  return out;
}

const ContainerHeader kWithModel = {true, 1, 0x0123456789abcdef};

TEST(ContainerHeader, BytesAreThoseOfTheSpecification) {
  const Bytes plain = HeaderBytes({});
  ASSERT_EQ(plain.size(), 10u);
  EXPECT_EQ(Bytes(plain.begin(), plain.begin() + 6),
            (Bytes{0xEC, 'L', 'T', 'L', 1, 0}));
  EXPECT_EQ(LoadLe<uint32_t>(&plain[6]), Hash32(std::span(plain).first(6)));
  const Bytes model = HeaderBytes(kWithModel);
  ASSERT_EQ(model.size(), 22u);
  EXPECT_EQ(model[5], 1);
  EXPECT_EQ(LoadLe<uint32_t>(&model[6]), 1u);
  EXPECT_EQ(LoadLe<uint64_t>(&model[10]), 0x0123456789abcdefu);
}

TEST(ContainerHeader, RoundTripsAndAsksForMore) {
  ContainerHeader records;
  records.records = RecordForm::kLines;
  ContainerHeader all = kWithModel;
  all.records = RecordForm::kU32Le;
  all.has_sample = true;
  all.sample_hash = 0xfedcba9876543210u;
  EXPECT_EQ(HeaderBytes(records).size(), 11u);
  EXPECT_EQ(HeaderBytes(all).size(), kMaxHeaderBytes);
  for (const ContainerHeader& header :
       {ContainerHeader(), kWithModel, records, all}) {
    const Bytes bytes = HeaderBytes(header);
    ContainerHeader back;
    for (size_t n = 0; n < bytes.size(); ++n) {
      EXPECT_EQ(
          ParseContainerHeader(std::span(bytes).first(n), 0, &back).value(),
          0u);
    }
    EXPECT_EQ(ParseContainerHeader(bytes, 0, &back).value(), bytes.size());
    EXPECT_EQ(back, header);
  }
}

TEST(ContainerHeader, EveryFlippedBitIsRefused) {
  const Bytes good = HeaderBytes(kWithModel);
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    ContainerHeader header;
    const auto result = ParseContainerHeader(bad, 0, &header);
    if (result.ok()) {  // a flag that makes it longer
      EXPECT_EQ(*result, 0u);
      EXPECT_EQ(bit / 8, 5u);
      bad.resize(kMaxHeaderBytes);
      EXPECT_EQ(ParseContainerHeader(bad, 0, &header).status().code(),
                Code::kCorrupt);
      continue;
    }
    EXPECT_EQ(result.status().code(),
              bit / 8 == 4 ? Code::kUnsupported : Code::kCorrupt);
  }
}

TEST(ContainerHeader, FormsOfRecordsAreChecked) {
  ContainerHeader header;
  header.records = static_cast<RecordForm>(3);
  ContainerHeader back;
  EXPECT_EQ(ParseContainerHeader(HeaderBytes(header), 0, &back).status().code(),
            Code::kUnsupported);
}

TEST(ContainerHeader, ErrorsNameOffsetAndVersion) {
  ContainerHeader header;
  EXPECT_EQ(
      ParseContainerHeader(Bytes{'P', 'K'}, 77, &header).status().message(),
      "not a lentil container at byte 77");
  Bytes later = HeaderBytes({});
  later[4] = 9;
  EXPECT_EQ(ParseContainerHeader(later, 0, &header).status().message(),
            "format version 9; this program reads version 1");
}

const FrameHeader kFrame = {FrameKind::kModel, 4u << 20, 1'000'000, 0xdeadbeef,
                            0x12345678};

Bytes FrameBytes(const FrameHeader& header) {
  Bytes out;
  AppendFrameHeader(header, &out);
  return out;
}

TEST(FrameHeader, RoundTripsAndAsksForMore) {
  const FrameHeader largest = {FrameKind::kStored, kMaxFrameSize, kMaxFrameSize,
                               1, 2};
  const FrameHeader smallest = {FrameKind::kZstd, 1, 1, 1, 2};
  for (const FrameHeader& header : {kFrame, largest, smallest}) {
    const Bytes bytes = FrameBytes(header);
    EXPECT_LE(bytes.size(), kMaxFrameHeaderBytes);
    FrameHeader back;
    for (size_t n = 0; n < bytes.size(); ++n) {
      EXPECT_EQ(ParseFrameHeader(std::span(bytes).first(n), 0, &back).value(),
                0u);
    }
    EXPECT_EQ(ParseFrameHeader(bytes, 0, &back).value(), bytes.size());
    EXPECT_EQ(back, header);
  }
}

TEST(FrameHeader, EveryFlippedBitIsRefused) {
  const Bytes good = FrameBytes(kFrame);
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    bad.resize(kMaxFrameHeaderBytes + 10);  // what follows in the file
    FrameHeader header;
    const auto result = ParseFrameHeader(bad, 0, &header);
    EXPECT_FALSE(result.ok() && *result > 0) << bit;
  }
}

TEST(FrameHeader, LyingSizesAreRefusedWhateverTheirChecksum) {
  struct Case {
    uint8_t kind;
    uint64_t raw;
    uint64_t payload;
  };
  for (const Case& c :
       {Case{1, 0, 0}, Case{1, 5, 4}, Case{2, 5, 6},
        Case{3, kMaxFrameSize + 1, 5}, Case{3, ~0ull, 5}, Case{3, 5, ~0ull},
        Case{6, 5, 5}, Case{0, 5, 5}, Case{2, 5, 0}, Case{3, 5, 0}}) {
    Bytes bytes = {c.kind};
    AppendVarint(c.raw, &bytes);
    AppendVarint(c.payload, &bytes);
    bytes.resize(bytes.size() + 8);
    AppendLe(Hash32(bytes), &bytes);
    FrameHeader header;
    const auto result = ParseFrameHeader(bytes, 100, &header);
    ASSERT_FALSE(result.ok()) << c.raw;
    EXPECT_NE(result.status().message().find("at byte 1"), std::string::npos);
  }
}

Bytes FooterBytes(const std::vector<IndexEntry>& frames) {
  IndexBuilder builder;
  for (const IndexEntry& entry : frames) builder.Add(entry);
  Bytes out;
  EXPECT_TRUE(builder.AppendFooter(22, 0xfeedface, &out).ok());
  return out;
}

const std::vector<IndexEntry> kFrames = {
    {4u << 20, 1'000'000}, {4u << 20, 900'000}, {1, 16}, {kMaxFrameSize, 40}};

TEST(Footer, RoundTripsFromBothEnds) {
  for (const auto& frames : {std::vector<IndexEntry>{}, kFrames}) {
    const Bytes bytes = FooterBytes(frames);
    EXPECT_EQ(ParseFooterLength(bytes, 0).value(), bytes.size());
    EXPECT_EQ(
        ParseFooterTail(std::span(bytes).last(kFooterTailBytes), 0).value(),
        bytes.size());
    const auto footer = ParseFooter(bytes, 0);
    ASSERT_TRUE(footer.ok()) << footer.status().message();
    EXPECT_EQ(footer->frames, frames);
    EXPECT_EQ(footer->header_size, 22u);
    EXPECT_EQ(footer->source_hash, 0xfeedfaceu);
  }
}

TEST(Footer, EqualFramesTakeOneByteAndTheirSize) {
  const Bytes one = FooterBytes({{4u << 20, 300}});
  const Bytes two = FooterBytes({{4u << 20, 300}, {4u << 20, 300}});
  EXPECT_EQ(two.size(), one.size() + 3);
}

TEST(Footer, EveryFlippedBitAndEveryCutIsRefused) {
  const Bytes good = FooterBytes(kFrames);
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    EXPECT_EQ(ParseFooter(bad, 0).status().code(), Code::kCorrupt) << bit;
  }
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_FALSE(ParseFooter(std::span(good).first(n), 0).ok()) << n;
  }
}

// Puts right length and checksum around any index.
Bytes ForgedFooter(const Bytes& index) {
  Bytes out(kFooterMagic, kFooterMagic + 4);
  const auto length = static_cast<uint32_t>(8 + index.size() + 8 + 12);
  AppendLe(length, &out);
  out.insert(out.end(), index.begin(), index.end());
  AppendLe<uint64_t>(0, &out);
  AppendLe(length, &out);
  AppendLe(Hash32(out), &out);
  out.insert(out.end(), kEndMagic, kEndMagic + 4);
  return out;
}

TEST(Footer, LyingIndexIsRefusedWithoutAllocating) {
  Bytes many = {22};
  AppendVarint(~0ull, &many);
  const std::vector<Bytes> indices = {
      many,
      {22, 2, 2, 1},                      // fewer entries than it says
      {22, 1, 2, 1, 0},                   // more bytes than entries
      {22, 1, 0, 0},                      // raw size 0
      {22, 1, 1, 0},                      // raw size -1
      {22, 1, 2, 100},                    // stored size too large for 1 byte
      {22, 1, 2, 0},                      // no room for anything
      {22, 1, 2, 15},                     // no room for a payload
      {22, 1, 0x80, 0x80, 0x80, 64, 18},  // nor behind a longer raw size
      {32, 0},                            // header size
      {22, 1, 0xff, 0xff, 0xff, 0xff},    // unfinished varint
  };
  EXPECT_TRUE(ParseFooter(ForgedFooter({22, 1, 2, 16}), 0).ok());
  for (const Bytes& index : indices) {
    EXPECT_EQ(ParseFooter(ForgedFooter(index), 0).status().code(),
              Code::kCorrupt);
  }
}

}  // namespace
}  // namespace lentil
