// SPDX-License-Identifier: Apache-2.0

#include "base/json_check.h"

#include <gtest/gtest.h>

#include <string>

namespace lentil {
namespace {

JsonFault Of(const std::string& text, const JsonLimits& limits) {
  return CheckJson(text, limits);
}

TEST(JsonCheck, DepthCountsWhatIsAroundAValue) {
  const JsonLimits two = {.depth = 2};
  EXPECT_EQ(Of(R"({"a": [1, {}], "b": {"c": 2}})", two), JsonFault::kNone);
  EXPECT_EQ(Of(R"({"a": [[1]]})", two), JsonFault::kDeep);
  EXPECT_EQ(Of(R"({"a": [{"b": 1}]})", two), JsonFault::kDeep);
  EXPECT_EQ(Of(R"(["[[[[", "\"[[["])", {.depth = 1}), JsonFault::kNone);
  EXPECT_EQ(Of(std::string(1'000'000, '['), two), JsonFault::kDeep);
}

TEST(JsonCheck, EventsAreKeysValuesAndBrackets) {
  const std::string text = R"({"a": 1, "b": [2]})";  // 2 + 2 + 2 + 2
  EXPECT_EQ(Of(text, {.events = 8}), JsonFault::kNone);
  EXPECT_EQ(Of(text, {.events = 7}), JsonFault::kLong);
}

TEST(JsonCheck, KeysMayHaveToBeUniqueInTheirObject) {
  const JsonLimits unique = {.has_unique_keys = true};
  EXPECT_EQ(Of(R"({"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}]})", unique),
            JsonFault::kNone);
  EXPECT_EQ(Of(R"({"a": {}, "\u0061": 1})", unique), JsonFault::kRepeated);
  EXPECT_EQ(Of(R"({"a": {}, "\u0061": 1})", {}), JsonFault::kNone);
}

TEST(JsonCheck, WhatIsNoJsonIsLeftToItsReader) {
  for (const char* text : {"", "{", "[1,", "]", "nul", "{\"a\" 1}"}) {
    EXPECT_EQ(Of(text, {.events = 8, .has_unique_keys = true}),
              JsonFault::kNone)
        << text;
  }
}

// Would take a minute if every object were looked for again.
TEST(JsonCheck, ManyObjectsAreLinear) {
  std::string text = "[{}";
  for (int i = 0; i < 1'000'000; ++i) text += ",{}";
  text += "]";
  EXPECT_EQ(Of(text, {.has_unique_keys = true}), JsonFault::kNone);
}

}  // namespace
}  // namespace lentil
