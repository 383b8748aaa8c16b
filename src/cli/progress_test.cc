// SPDX-License-Identifier: Apache-2.0
// What a long job is told.

#include "cli/progress.h"

#include <gtest/gtest.h>

namespace lentil {
namespace {

TEST(Progress, ShortJobsAreNotWarnedOf) {
  EXPECT_EQ(LongJobNotice(6, 9.9), "");
}

TEST(Progress, LongJobsHearOfFasterLevels) {
  const std::string six = LongJobNotice(6, 100);
  EXPECT_NE(six.find("about 1 min 40 s"), std::string::npos) << six;
  EXPECT_NE(six.find("-3 about"), std::string::npos) << six;
  EXPECT_NE(six.find("-0 about"), std::string::npos) << six;
  const std::string nine = LongJobNotice(9, 100);
  EXPECT_NE(nine.find("-6 about 42 s"), std::string::npos) << nine;
  const std::string three = LongJobNotice(4, 100);
  EXPECT_EQ(three.find("-3"), std::string::npos) << three;
  EXPECT_NE(three.find("-0 about"), std::string::npos) << three;
  const std::string zero = LongJobNotice(0, 100);
  EXPECT_EQ(zero.find('-'), std::string::npos) << zero;
  EXPECT_NE(zero.find("1 min 40 s"), std::string::npos) << zero;
}

TEST(Progress, SpeedNoticeNamesFasterLevels) {
  EXPECT_EQ(SpeedNotice(6, 40000),
            "works at 40 KB/s; -3 at about 67, -1 at about 267, -0 at about "
            "40000");
  EXPECT_EQ(SpeedNotice(3, 100000),
            "works at 100 KB/s; -1 at about 400, -0 at about 60000");
  EXPECT_EQ(SpeedNotice(0, 100000), "works at 100 KB/s");
}

// Frames that the model does not code take as long at every level that codes
// them so.
TEST(Progress, OnlyLevelsThatAreFasterOnSuchFramesAreNamed) {
  for (const int level : {3, 6, 9}) {
    EXPECT_EQ(LevelOfSpeed(level, LENTIL_FRAME_MODEL), level);
    EXPECT_EQ(LevelOfSpeed(level, LENTIL_FRAME_MIXING), 1);
    EXPECT_EQ(LevelOfSpeed(level, LENTIL_FRAME_STORED), 0);
    EXPECT_EQ(LevelOfSpeed(level, LENTIL_FRAME_RECORDS), 0);
  }
  EXPECT_EQ(LevelOfSpeed(1, LENTIL_FRAME_MIXING), 1);
  EXPECT_EQ(LevelOfSpeed(0, LENTIL_FRAME_ZSTD), 0);
  const std::string notice =
      LongJobNotice(LevelOfSpeed(6, LENTIL_FRAME_MIXING), 100);
  EXPECT_EQ(notice.find("-3"), std::string::npos) << notice;
  EXPECT_EQ(notice.find("-1"), std::string::npos) << notice;
  EXPECT_NE(notice.find("-0 about"), std::string::npos) << notice;
}

}  // namespace
}  // namespace lentil
