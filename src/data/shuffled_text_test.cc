// SPDX-License-Identifier: Apache-2.0
// Shuffled text keeps its words, and what it should keep of their order.

#include "data/shuffled_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace lentil {
namespace {

std::span<const uint8_t> Bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string Text(std::span<const uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}

std::vector<std::string> Sentences(const std::string& text) {
  std::vector<std::string> out;
  for (const auto& sentence : SplitSentences(Bytes(text))) {
    out.push_back(Text(sentence));
  }
  return out;
}

std::string Sorted(std::string text) {
  std::sort(text.begin(), text.end());
  return text;
}

const char kStory[] =
    "It was late, 3.5 hours past. Nobody came!  Why?\nThe rain\tfell on "
    "stones and\r\n\nwent on. No end";

TEST(ShuffledText, SentencesEndWherePeopleEndThem) {
  EXPECT_EQ(
      Sentences(kStory),
      (std::vector<std::string>{
          "It was late, 3.5 hours past. ", "Nobody came!  ", "Why?\n",
          "The rain\tfell on stones and\r\n", "\n", "went on. ", "No end"}));
  EXPECT_TRUE(Sentences("").empty());
  EXPECT_EQ(Sentences("a."), std::vector<std::string>{"a."});
}

TEST(ShuffledText, WordsStayInTheirSentences) {
  const std::string text = kStory;
  const std::string shuffled = Text(ShuffleWords(Bytes(text), 1));
  EXPECT_NE(shuffled, text);
  ASSERT_EQ(shuffled.size(), text.size());
  size_t at = 0;
  for (const std::string& sentence : Sentences(text)) {
    const std::string other = shuffled.substr(at, sentence.size());
    EXPECT_EQ(Sorted(other), Sorted(sentence));
    at += sentence.size();
  }
  EXPECT_EQ(shuffled.find("\r\n\n"), text.find("\r\n\n"));
}

TEST(ShuffledText, SentencesStayWhole) {
  const std::string text = kStory;
  const std::string shuffled = Text(ShuffleSentences(Bytes(text), 2));
  EXPECT_NE(shuffled, text);
  EXPECT_EQ(Sorted(shuffled), Sorted(text));
  for (const std::string& sentence : Sentences(text)) {
    EXPECT_NE(shuffled.find(sentence), std::string::npos) << sentence;
  }
}

TEST(ShuffledText, TheSeedDecides) {
  const std::string text = kStory;
  EXPECT_EQ(ShuffleWords(Bytes(text), 7), ShuffleWords(Bytes(text), 7));
  EXPECT_NE(ShuffleWords(Bytes(text), 7), ShuffleWords(Bytes(text), 8));
  // The same everywhere: this comes from a second implementation.
  EXPECT_EQ(Text(ShuffleWords(Bytes("a b c d e"), 1)), "c b e d a");
  EXPECT_EQ(Text(ShuffleSentences(Bytes("a\nb\nc\nd\ne\n"), 1)),
            "c\nb\ne\nd\na\n");
}

TEST(ShuffledText, EveryOrderOfThreeComesUp) {
  const std::string text = "a b c";
  std::vector<std::string> seen;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const std::string shuffled = Text(ShuffleWords(Bytes(text), seed));
    if (std::count(seen.begin(), seen.end(), shuffled) == 0) {
      seen.push_back(shuffled);
    }
  }
  EXPECT_EQ(seen.size(), 6u);
}

}  // namespace
}  // namespace lentil
