// SPDX-License-Identifier: Apache-2.0
#include "coder/range_coder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace lentil {
namespace {

// One coded thing: a symbol, or a bit if total_bits is 0 (freq is p1, cum the
// bit).
struct Item {
  uint32_t cum;
  uint32_t freq;
  int total_bits;
};

std::vector<uint8_t> EncodeAll(const std::vector<Item>& items) {
  std::vector<uint8_t> out;
  RangeEncoder encoder(&out);
  for (const Item& item : items) {
    if (item.total_bits == 0) {
      encoder.EncodeBit(item.cum != 0, item.freq);
    } else {
      encoder.Encode(item.cum, item.freq, item.total_bits);
    }
  }
  encoder.Finish();
  return out;
}

// Decodes and compares; items the decoder got wrong.
size_t CountWrong(const std::vector<Item>& items, RangeDecoder* decoder) {
  size_t wrong = 0;
  for (const Item& item : items) {
    if (item.total_bits == 0) {
      wrong += decoder->DecodeBit(item.freq) != (item.cum != 0);
    } else {
      const uint32_t target = decoder->Target(item.total_bits);
      wrong += target < item.cum || target - item.cum >= item.freq;
      decoder->Consume(item.cum, item.freq, item.total_bits);
    }
  }
  return wrong;
}

void ExpectRoundTrip(const std::vector<Item>& items) {
  const std::vector<uint8_t> bytes = EncodeAll(items);
  RangeDecoder decoder(bytes);
  EXPECT_EQ(CountWrong(items, &decoder), 0u);
  EXPECT_TRUE(decoder.Finish().ok()) << decoder.Finish().message();
}

double Bits(const std::vector<Item>& items) {
  double bits = 0;
  for (const Item& item : items) {
    double p = item.freq / std::exp2(item.total_bits);
    if (item.total_bits == 0) {
      p = item.cum != 0 ? item.freq / 65536.0 : 1 - item.freq / 65536.0;
    }
    bits -= std::log2(p);
  }
  return bits;
}

std::vector<Item> RandomItems(size_t n, uint32_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Item> items(n);
  for (Item& item : items) {
    item.total_bits = static_cast<int>(random() % 33);
    if (item.total_bits == 0) {
      item = {static_cast<uint32_t>(random() & 1),
              static_cast<uint32_t>(1 + random() % 65535), 0};
      continue;
    }
    const uint64_t total = uint64_t{1} << item.total_bits;
    item.cum = static_cast<uint32_t>(random() % total);
    const uint64_t room = std::min<uint64_t>(total - item.cum, 0xffffffff);
    // Small, large and extreme frequencies alike.
    item.freq = static_cast<uint32_t>(
        random() % 2 ? 1 + random() % room
                     : 1 + random() % std::min<uint64_t>(room, 4));
  }
  return items;
}

TEST(RangeCoder, NothingTakesNoBytes) {
  EXPECT_TRUE(EncodeAll({}).empty());
  ExpectRoundTrip({});
}

TEST(RangeCoder, SymbolsAndBitsMixedRoundTripAtEveryLength) {
  for (uint32_t n = 0; n < 300; ++n) ExpectRoundTrip(RandomItems(n, n));
  ExpectRoundTrip(RandomItems(1'000'000, 1));
}

TEST(RangeCoder, EndTakesAtMostOneByteMoreThanTheEntropy) {
  for (uint32_t n = 1; n < 300; ++n) {
    const std::vector<Item> items = RandomItems(n, 1000 + n);
    const double bits = Bits(items);
    EXPECT_LE(EncodeAll(items).size() * 8, bits + 8.001) << n;
  }
}

TEST(RangeCoder, ExtremeFrequenciesRoundTrip) {
  for (int bits : {1, 8, 16, 24, 32}) {
    const auto last = static_cast<uint32_t>((uint64_t{1} << bits) - 1);
    const std::vector<Item> kinds = {
        {0, 1, bits}, {last, 1, bits}, {0, last, bits}, {1, last, bits}};
    for (const Item& kind : kinds) {
      ExpectRoundTrip(std::vector<Item>(5000, kind));
    }
    std::vector<Item> mixed;
    for (int i = 0; i < 20000; ++i) mixed.push_back(kinds[i * i % 7 % 4]);
    ExpectRoundTrip(mixed);
  }
  for (uint32_t p1 : {1u, 65535u}) {
    for (uint32_t bit : {0u, 1u}) {
      ExpectRoundTrip(std::vector<Item>(5000, {bit, p1, 0}));
    }
  }
}

// The top end of the range again and again drives `low` up to 0xffff..., then
// one symbol decides whether the run of 0xff carries.
TEST(RangeCoder, CarriesRunThroughLongChains) {
  for (size_t length : {1, 2, 7, 8, 9, 100, 5000}) {
    for (uint32_t last_cum : {0u, 0x7fffffu, 0xfffffeu, 0xffffffu}) {
      std::vector<Item> items(length, {0xffffff, 1, 24});
      items.insert(items.begin(), {0, 0x800000, 24});
      items.push_back({last_cum, 1, 24});
      ExpectRoundTrip(items);
    }
  }
  std::mt19937 random(5);
  std::vector<Item> items;
  for (int i = 0; i < 200000; ++i) {
    // Half of the range minus little, then its upper rest: low stays near 2^k.
    items.push_back(random() % 8 ? Item{0xffffff, 1, 24}
                                 : Item{0, 0xffffff, 24});
  }
  ExpectRoundTrip(items);
}

TEST(RangeCoder, DoesNotTouchWhatStoodBefore) {
  std::vector<uint8_t> out = {0xff, 0xff};
  RangeEncoder encoder(&out);
  for (int i = 0; i < 100; ++i) encoder.Encode(0xffffff, 1, 24);
  encoder.Finish();
  EXPECT_EQ(out[0], 0xff);
  EXPECT_EQ(out[1], 0xff);
}

// Draws from a skewed distribution over 256 symbols with total 2^bits.
std::vector<Item> Skewed(size_t n, double decay, int bits) {
  std::vector<uint32_t> freq(256, 1), cum(257, 0);
  const double total = std::exp2(bits);
  for (int s = 1; s < 256; ++s) {
    freq[s] += static_cast<uint32_t>(total * (1 - decay) * std::pow(decay, s));
  }
  freq[0] = static_cast<uint32_t>(total);
  for (int s = 1; s < 256; ++s) freq[0] -= freq[s];
  for (int s = 0; s < 256; ++s) cum[s + 1] = cum[s] + freq[s];
  std::mt19937_64 random(7);
  std::vector<Item> items(n);
  for (Item& item : items) {
    const auto x = static_cast<uint32_t>(random() >> (64 - bits));
    const auto s =
        std::upper_bound(cum.begin(), cum.end() - 1, x) - cum.begin() - 1;
    item = {cum[s], freq[s], bits};
  }
  return items;
}

TEST(RangeCoder, WithinTenThousandthOfTheEntropyOnSkewedSources) {
  struct Case {
    size_t n;
    double decay;
    int bits;
  };
  for (const Case& c : {Case{1 << 20, 0.9, 24}, Case{1 << 20, 0.5, 24},
                        Case{1 << 21, 0.01, 24}, Case{1 << 22, 0.001, 24},
                        Case{1 << 20, 0.3, 16}, Case{1 << 20, 0.2, 31}}) {
    const std::vector<Item> items = Skewed(c.n, c.decay, c.bits);
    const double bytes = Bits(items) / 8;
    const auto size = static_cast<double>(EncodeAll(items).size());
    EXPECT_LE(size, bytes * 1.0001 + 1) << c.decay;
    EXPECT_GE(size, bytes - 1) << c.decay;  // less would be a broken test
  }
}

TEST(RangeCoder, BitsAreWithinTenThousandthOfTheEntropy) {
  std::mt19937 random(3);
  for (uint32_t p1 : {64u, 5000u, 32768u, 65000u}) {
    std::vector<Item> items(1'500'000);
    for (Item& item : items) item = {random() % 65536 < p1, p1, 0};
    const double bytes = Bits(items) / 8;
    EXPECT_LE(static_cast<double>(EncodeAll(items).size()), bytes * 1.0001 + 1);
  }
}

TEST(RangeCoder, CutByMoreThanItsEndIsTold) {
  const std::vector<Item> items = RandomItems(2000, 9);
  const std::vector<uint8_t> bytes = EncodeAll(items);
  for (size_t n = 0; n < bytes.size(); ++n) {
    RangeDecoder decoder{std::span(bytes).first(n)};
    const size_t wrong = CountWrong(items, &decoder);
    // Cut within the end's 8 bytes the length alone cannot tell; the symbols
    // do.
    EXPECT_TRUE(wrong > 0 || !decoder.Finish().ok()) << n;
    if (n + 8 < bytes.size()) {
      EXPECT_EQ(decoder.Finish().code(), Code::kCorrupt) << n;
      EXPECT_TRUE(decoder.is_corrupt());
    }
  }
}

TEST(RangeCoder, BytesBehindTheEndAreTold) {
  const std::vector<Item> items = RandomItems(100, 10);
  std::vector<uint8_t> bytes = EncodeAll(items);
  bytes.insert(bytes.end(), 9, 0);
  RangeDecoder decoder(bytes);
  EXPECT_EQ(CountWrong(items, &decoder), 0u);
  EXPECT_EQ(decoder.Finish().code(), Code::kCorrupt);
}

TEST(RangeCoder, RandomBytesAreSafe) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    std::vector<uint8_t> bytes(random() % 64);
    for (uint8_t& b : bytes) b = random() % 4 ? 0xff : random() & 0xff;
    RangeDecoder decoder(bytes);
    for (int i = 0; i < 200; ++i) {
      const int bits = 1 + static_cast<int>(random() % 32);
      const uint32_t target = decoder.Target(bits);
      ASSERT_LT(target, uint64_t{1} << bits);
      decoder.Consume(target, 1, bits);
      decoder.DecodeBit(1 + random() % 65535);
    }
    (void)decoder.Finish();
  }
}

}  // namespace
}  // namespace lentil
