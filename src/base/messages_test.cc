// SPDX-License-Identifier: Apache-2.0
#include "base/messages.h"

#include <gtest/gtest.h>

#include <string>

namespace lentil {
namespace {

TEST(Messages, PrintableTextsStay) {
  for (const char* text :
       {"", "notes.txt", "Größe → 5", "\xe2\x82\xac \xf0\x9f\x8c\xb1",
        "back\\slash 'quote'"}) {
    EXPECT_EQ(Printable(text), text);
  }
}

TEST(Messages, WhatATerminalObeysIsSpelledOut) {
  EXPECT_EQ(Printable("a\nb"), "a\\nb");
  EXPECT_EQ(Printable("\x1b]0;title\x07"), "\\x1b]0;title\\x07");
  EXPECT_EQ(Printable(std::string("\0\x7f\r", 3)), "\\x00\\x7f\\x0d");
  EXPECT_EQ(Printable("\xc2\x9b"
                      "2J"),
            "\\u009b2J");  // CSI in eight bits
  EXPECT_EQ(Printable("\xe2\x80\xae"
                      "txt"),
            "\\u202etxt");  // turns it around
  EXPECT_EQ(Printable("\xe2\x80\xa8"), "\\u2028");
}

TEST(Messages, WhatIsNoUtf8IsSpelledOut) {
  EXPECT_EQ(Printable("\xff"), "\\xff");
  EXPECT_EQ(Printable("a\xe2\x82"), "a\\xe2\\x82");  // cut short
  EXPECT_EQ(Printable("\xc0\x8a"), "\\xc0\\x8a");    // too long a form
  EXPECT_EQ(Printable("\xe0\x80\x8a"), "\\xe0\\x80\\x8a");
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // half a pair
  EXPECT_EQ(Printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

TEST(Messages, QuotedNamesAreShort) {
  EXPECT_EQ(Quoted("a\x1b[31m"), "'a?[31m'");
  EXPECT_EQ(Quoted(std::string(100, 'x')), "'" + std::string(64, 'x') + "...'");
}

}  // namespace
}  // namespace lentil
