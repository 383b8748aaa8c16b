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
  const std::string six = LongJobNotice(0, 100);
  EXPECT_NE(six.find("about 1 min 40 s"), std::string::npos) << six;
  EXPECT_NE(six.find("-3 about"), std::string::npos) << six;
  EXPECT_NE(six.find("-1 about"), std::string::npos) << six;
  EXPECT_EQ(LongJobNotice(9, 100), six);
  const std::string three = LongJobNotice(4, 100);
  EXPECT_EQ(three.find("-3"), std::string::npos) << three;
  EXPECT_NE(three.find("-1 about"), std::string::npos) << three;
  const std::string one = LongJobNotice(1, 100);
  EXPECT_EQ(one.find('-'), std::string::npos) << one;
  EXPECT_NE(one.find("1 min 40 s"), std::string::npos) << one;
}

}  // namespace
}  // namespace lentil
