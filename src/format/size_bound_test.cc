// SPDX-License-Identifier: Apache-2.0
#include "format/size_bound.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/endian.h"
#include "base/hash.h"
#include "format/container.h"

namespace lentil {
namespace {

// The least integer that is not below what the largest share allows.
void ExpectBound(uint64_t bound, double certainty_lacks) {
  const double exact = 8 * std::numbers::ln2 / certainty_lacks;
  EXPECT_GE(static_cast<double>(bound), exact);
  EXPECT_LT(static_cast<double>(bound), exact + 1);
}

TEST(SizeBound, ConstantsAreThoseOfTheProof) {
  ExpectBound(kBitsPerByte, std::exp2(-16) - std::exp2(-56));
  ExpectBound(kSymbolsPerByte, 255 / std::exp2(24));
  ExpectBound(kTokensPerByte, 1 / std::exp2(32));
}

TEST(SizeBound, EdgesAreExact) {
  EXPECT_TRUE(HoldsBits(0, kBitsPerByte));
  EXPECT_FALSE(HoldsBits(0, kBitsPerByte + 1));
  EXPECT_TRUE(HoldsMixedBytes(7, kBitsPerByte));
  EXPECT_FALSE(HoldsMixedBytes(7, kBitsPerByte + 1));
  EXPECT_TRUE(HoldsModelBytes(9, 10 * kSymbolsPerByte));
  EXPECT_FALSE(HoldsModelBytes(9, 10 * kSymbolsPerByte + 1));
  // No product overflows.
  constexpr uint64_t kMost = (uint64_t{1} << 28) - 1;
  EXPECT_TRUE(HoldsTokens(kMost, UINT32_MAX, UINT32_MAX >> 2));
  EXPECT_FALSE(HoldsTokens(0, UINT32_MAX, UINT32_MAX));
  EXPECT_FALSE(HoldsTokens(1 << 20, UINT32_MAX, UINT32_MAX));
}

// The header's verdict on sizes, its checksum being right.
bool Passes(FrameKind kind, uint64_t raw, uint64_t payload) {
  std::vector<uint8_t> bytes = {static_cast<uint8_t>(kind)};
  AppendVarint(raw, &bytes);
  AppendVarint(payload, &bytes);
  bytes.resize(bytes.size() + 8);
  AppendLe(Hash32(bytes), &bytes);
  FrameHeader header;
  const auto used = ParseFrameHeader(bytes, 0, &header);
  return used.ok() && *used == bytes.size();
}

TEST(SizeBound, HeadersCannotClaimMore) {
  // 64 MiB of context models: 1478 · 363409 < 8 · 2^26 < 1479 · 363409 bits.
  EXPECT_FALSE(Passes(FrameKind::kMixing, kMaxFrameSize, 1478));
  EXPECT_FALSE(Passes(FrameKind::kMixing, kMaxFrameSize, 1479));
  EXPECT_TRUE(Passes(FrameKind::kMixing, kMaxFrameSize, 1480));
  EXPECT_FALSE(Passes(FrameKind::kMixing, 100, 2));
  EXPECT_TRUE(Passes(FrameKind::kMixing, 100, 3));
  EXPECT_FALSE(Passes(FrameKind::kZstd, kMaxFrameSize, 2047));
  EXPECT_TRUE(Passes(FrameKind::kZstd, kMaxFrameSize, 2048));
  EXPECT_TRUE(Passes(FrameKind::kModel, kMaxFrameSize, 1));
}

}  // namespace
}  // namespace lentil
