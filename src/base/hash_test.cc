// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace lentil {
namespace {

std::span<const uint8_t> Bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// XXH3_64bits as published, so that files stay readable whatever the library.
TEST(Hash, KnownAnswers) {
  EXPECT_EQ(Hash64({}), 0x2d06800538d394c2u);
  EXPECT_EQ(Hash64(Bytes("a")), 0xe6c632b61e964e1fu);
  EXPECT_EQ(Hash64(Bytes("abc")), 0x78af5f94892f3950u);
  EXPECT_EQ(Hash32(Bytes("abc")), 0x892f3950u);
}

TEST(Hash, PiecesEqualWhole) {
  std::vector<uint8_t> bytes(5000);
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(i * i >> 3);
  }
  for (size_t piece : {1, 7, 64, 255, 4096}) {
    StreamHash hash;
    for (size_t at = 0; at < bytes.size(); at += piece) {
      hash.Update(
          std::span(bytes).subspan(at, std::min(piece, bytes.size() - at)));
    }
    EXPECT_EQ(hash.Digest(), Hash64(bytes));
    hash.Reset();
    EXPECT_EQ(hash.Digest(), Hash64({}));
  }
}

TEST(Hash, TextHasAllDigits) {
  EXPECT_EQ(HashText(0), "0000000000000000");
  EXPECT_EQ(HashText(0x0123456789abcdef), "0123456789abcdef");
  EXPECT_EQ(HashText(UINT64_MAX), "ffffffffffffffff");
}

}  // namespace
}  // namespace lentil
