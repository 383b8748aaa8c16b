// SPDX-License-Identifier: Apache-2.0
#include "format/record_form.h"

#include <gtest/gtest.h>

#include <string_view>

namespace lentil {
namespace {

using Places = std::vector<RecordPlace>;

std::span<const uint8_t> BytesOf(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

TEST(RecordForm, LinesEndWithNewlinesButForTheLast) {
  bool open = true;
  EXPECT_EQ(*SplitRecords(BytesOf("a\n\nbc\n"), RecordForm::kLines, &open),
            (Places{{0, 1}, {2, 0}, {3, 2}}));
  EXPECT_FALSE(open);
  EXPECT_EQ(*SplitRecords(BytesOf("a\nbc"), RecordForm::kLines, &open),
            (Places{{0, 1}, {2, 2}}));
  EXPECT_TRUE(open);
  EXPECT_TRUE(SplitRecords({}, RecordForm::kLines, &open)->empty());
  EXPECT_FALSE(open);
}

TEST(RecordForm, LengthsMustAddUp) {
  using namespace std::string_view_literals;
  constexpr std::string_view kTwo = "\1\0\0\0x\0\0\0\0"sv;
  bool open = true;
  EXPECT_EQ(*SplitRecords(BytesOf(kTwo), RecordForm::kU32Le, &open),
            (Places{{4, 1}, {9, 0}}));
  EXPECT_FALSE(open);
  for (size_t n = 1; n < kTwo.size(); ++n) {
    EXPECT_EQ(
        SplitRecords(BytesOf(kTwo.substr(0, n)), RecordForm::kU32Le, &open)
            .ok(),
        n == 5);
  }
  EXPECT_FALSE(
      SplitRecords(BytesOf("\xff\xff\xff\xff\xff"), RecordForm::kU32Le, &open)
          .ok());
}

TEST(RecordForm, NoMoreThanAskedForAreTaken) {
  size_t used = 0;
  EXPECT_EQ(WholeRecords(BytesOf("a\nb\nc\nd"), RecordForm::kLines, 2, &used),
            (Places{{0, 1}, {2, 1}}));
  EXPECT_EQ(used, 4u);
  EXPECT_EQ(
      WholeRecords(BytesOf("a\nb\nc\nd"), RecordForm::kLines, 9, &used).size(),
      3u);
  EXPECT_EQ(used, 6u);
}

}  // namespace
}  // namespace lentil
