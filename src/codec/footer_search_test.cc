// SPDX-License-Identifier: Apache-2.0
#include "codec/footer_search.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/endian.h"
#include "codec/stream_test_util.h"
#include "format/container.h"

namespace lentil {
namespace {

Bytes RealFooter() {
  IndexBuilder index;
  for (uint32_t i = 0; i < 9; ++i) index.Add({4096, 1000 + i});
  Bytes footer;
  EXPECT_TRUE(index.AppendFooter(10, 77, &footer).ok());
  return footer;
}

// Asks at every place, as salvage does; the places of footers.
std::vector<size_t> Places(const Bytes& bytes, FooterSearch* search) {
  std::vector<size_t> places;
  for (size_t at = 0; at < bytes.size(); ++at) {
    if (bytes[at] != kFooterMagic[0]) continue;
    const auto found = search->Look(std::span(bytes).subspan(at), at);
    if (found.value_or(0) > 0) places.push_back(at);
  }
  return places;
}

TEST(FooterSearch, FindsRealOnesAsSoonAsTheyAreWhole) {
  const Bytes footer = RealFooter();
  for (size_t n = 1; n < footer.size(); ++n) {
    FooterSearch search(0);
    EXPECT_EQ(search.Look(std::span(footer).first(n), 5000), size_t{0}) << n;
    EXPECT_EQ(search.hashed(), 0u);
    EXPECT_EQ(search.Look(footer, 5000), footer.size());
    EXPECT_EQ(search.hashed(), footer.size());
  }
}

TEST(FooterSearch, OneFlippedBitIsNone) {
  const Bytes footer = RealFooter();
  for (size_t bit = 0; bit < 8 * footer.size(); ++bit) {
    Bytes bad = footer;
    bad[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    FooterSearch search(0);
    EXPECT_EQ(search.Look(bad, 5000).value_or(0), 0u) << bit;
  }
}

// It would be waited for, and kept meanwhile.
TEST(FooterSearch, NoneIsLongerThanWhatIsBeforeItOrThanTheLimit) {
  const auto waits = [](uint32_t length, uint64_t limit, uint64_t offset) {
    Bytes start(std::begin(kFooterMagic), std::end(kFooterMagic));
    AppendLe(length, &start);
    return FooterSearch(limit).Look(start, offset).has_value();
  };
  EXPECT_TRUE(waits(64u << 20, 0, 1u << 30));
  EXPECT_FALSE(waits((64u << 20) + 1, 0, 1u << 30));
  EXPECT_TRUE(waits(1064, 0, 1000));
  EXPECT_FALSE(waits(1065, 0, 1000));
  EXPECT_FALSE(waits(5000, 4000, 1u << 20));
}

// Starts whose ends stand where they should, 40 bytes apart: only the hash
// tells that they are none. And starts without ends, which cost nothing.
TEST(FooterSearch, HashesAreLimitedByTheBytesLookedThrough) {
  constexpr size_t kCount = 10'000;
  constexpr uint32_t kLength = 40 * kCount / 2 + 20;
  Bytes bytes(100, 1);
  for (size_t i = 0; i < kCount; ++i) {
    bytes.insert(bytes.end(), std::begin(kFooterMagic), std::end(kFooterMagic));
    AppendLe(kLength, &bytes);
    AppendLe(kLength, &bytes);
    AppendLe<uint32_t>(1, &bytes);
    bytes.insert(bytes.end(), std::begin(kEndMagic), std::end(kEndMagic));
    bytes.resize(bytes.size() + 20, 1);
  }
  FooterSearch search(0);
  EXPECT_TRUE(Places(bytes, &search).empty());
  EXPECT_GT(search.hashed(), 0u);
  EXPECT_LE(search.hashed(), FooterSearch::kMostHashes * bytes.size());
  FooterSearch fresh(0);
  Bytes without(100, 1);
  for (size_t i = 0; i < kCount; ++i) {
    without.insert(without.end(), std::begin(kFooterMagic),
                   std::end(kFooterMagic));
    AppendLe(uint32_t{500}, &without);
  }
  const Bytes footer = RealFooter();
  without.insert(without.end(), footer.begin(), footer.end());
  const std::vector<size_t> places = {without.size() - footer.size()};
  EXPECT_EQ(Places(without, &fresh), places);
  EXPECT_EQ(fresh.hashed(), footer.size());
}

}  // namespace
}  // namespace lentil
