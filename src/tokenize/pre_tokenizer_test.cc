// SPDX-License-Identifier: Apache-2.0

#include "tokenize/pre_tokenizer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tokenize/tokenizer_test_util.h"

namespace lentil {
namespace {

using Strings = std::vector<std::string>;

Strings Split(const std::vector<SplitRule>& rules, const std::string& text) {
  const auto pre_tokenizer = PreTokenizer::Create(rules);
  EXPECT_TRUE(pre_tokenizer.ok()) << pre_tokenizer.status().message();
  Strings pieces;
  PatternSearch search(text.size());
  pre_tokenizer->Split(AsBytes(text), &search, [&](ByteSpan piece) {
    pieces.emplace_back(AsText(piece));
  });
  return pieces;
}

std::string Joined(const Strings& pieces) {
  std::string text;
  for (const std::string& piece : pieces) text += piece;
  return text;
}

TEST(PreTokenizer, BehaviorsOfMatches) {
  const auto split = [](SplitBehavior behavior, bool inverted = false) {
    return Split({{"-", behavior, inverted}}, "-the-final--day");
  };
  EXPECT_EQ(split(SplitBehavior::kIsolated),
            (Strings{"-", "the", "-", "final", "-", "-", "day"}));
  EXPECT_EQ(split(SplitBehavior::kMergedWithPrevious),
            (Strings{"-", "the-", "final-", "-", "day"}));
  EXPECT_EQ(split(SplitBehavior::kMergedWithNext),
            (Strings{"-the", "-final", "-", "-day"}));
  EXPECT_EQ(split(SplitBehavior::kContiguous),
            (Strings{"-", "the", "-", "final", "--", "day"}));
  EXPECT_EQ(split(SplitBehavior::kMergedWithNext, true),
            (Strings{"-", "the-", "final-", "-", "day"}));
}

TEST(PreTokenizer, RulesFollowEachOther) {
  EXPECT_EQ(Split({{"[a-z]+"}, {"b"}}, "abc1b"),
            (Strings{"a", "b", "c", "1", "b"}));
  EXPECT_EQ(Split({}, "all of it"), Strings{"all of it"});
  EXPECT_EQ(Split({{"a"}}, ""), Strings{});
}

TEST(PreTokenizer, RulesSeeBytesOrMarks) {
  const auto rule = [](const std::string& expression, TextView view) {
    return SplitRule{.expression = expression, .view = view};
  };
  const SplitRule bytes = rule("\u00c3", TextView::kByteAlphabet);
  const SplitRule marks = rule("\u2581|b", TextView::kMarkedSpaces);
  EXPECT_EQ(Split({{"x"}, bytes}, "a\u00e4xb"),
            (Strings{"a", "\xc3", "\xa4", "x", "b"}));
  EXPECT_EQ(Split({{" "}, marks}, "\u00e4 \u00e4b\u2581\xff"),
            (Strings{"\u00e4", " ", "\u00e4", "b", "\u2581", "\xff"}));
  for (const auto& rules :
       {std::vector{bytes, marks}, std::vector{bytes, SplitRule{"x"}}}) {
    EXPECT_EQ(PreTokenizer::Create(rules).status().code(), Code::kUnsupported);
  }
}

TEST(PreTokenizer, EmptyMatchesCut) {
  EXPECT_EQ(Split({{R"((?=(\d{3})+(?!\d)))"}}, "n12345678\u00e4"),
            (Strings{"n12", "345", "678\u00e4"}));
}

TEST(PreTokenizer, BytesThatAreNoUtf8ArePiecesOfTheirOwn) {
  EXPECT_EQ(Split({{"x"}}, "\u00e4\xff\xfe x\x80"),
            (Strings{"\u00e4", "\xff\xfe", " ", "x", "\x80"}));
}

TEST(PreTokenizer, NamedOnesLoseNothing) {
  for (const char* name :
       {"default", "gpt-2", "llama-bpe", "qwen2", "qwen35", "smollm", "falcon",
        "tekken", "gpt-4o", "bloom", "viking", "deepseek-coder", "deepseek-v3",
        "starcoder", "phi-2", "olmo", "stablelm2", "dbrx"}) {
    const auto named = FindPreTokenizer(name);
    ASSERT_TRUE(named.ok()) << named.status().message();
    for (const std::string& text : OddTexts()) {
      EXPECT_EQ(Joined(Split(named->rules, text)), text) << name;
    }
  }
  for (const char* name : {"", " ", "gpt-2 phi-2", "gpt"}) {
    EXPECT_EQ(FindPreTokenizer(name).status().code(), Code::kUnsupported);
  }
}

TEST(PreTokenizer, WordsOfMixedCase) {
  EXPECT_EQ(Split(FindPreTokenizer("gpt-4o")->rules, "CamelCase HTMLPage's"),
            (Strings{"Camel", "Case", " HTMLPage's"}));
}

TEST(Pattern, MatchesMayBeLong) {
  const std::string run(3'000'000, ' ');
  EXPECT_EQ(Split({Gpt2Rule()}, run + "x\n" + std::string(100'000, 'y')),
            (Strings{run.substr(1), " x", "\n", std::string(100'000, 'y')}));
  const std::string far(1'000'000, 'b');
  EXPECT_EQ(Split({{"a"}}, far + "a"), (Strings{far, "a"}));
}

// Each of these takes minutes to years where nothing stops it.
TEST(Pattern, HostileExpressionsEnd) {
  const std::string text = std::string(100'000, 'a') + "!";
  for (const char* expression :
       {"(a+)+$x", "(?:a|a)*b", "(?=.*z)a", "a*a*a*a*a*b", "(?:(?:a*)*)*b",
        R"((?:a\K)+)", "[[a-z]&&[^b]]*[^[a]&&[a]]", R"((?:\ba?)*z)"}) {
    EXPECT_EQ(Joined(Split({{expression}}, text)), text) << expression;
  }
}

// Over all characters: those of Unicode's White_Space, and nothing else.
TEST(Pattern, SpacesAreUnicodes) {
  std::string all;
  for (uint32_t code = 0; code <= 0x10ffff; ++code) {
    if (code < 0xd800 || code > 0xdfff) AppendUtf8(code, &all);
  }
  Strings spaces;
  for (std::string& piece : Split({{R"(\s)"}}, all)) {
    if (Utf8Step(AsBytes(piece)) == piece.size()) spaces.push_back(piece);
  }
  EXPECT_EQ(Joined(spaces),
            "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004"
            "\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f"
            "\u3000");
  EXPECT_EQ(Split({{R"(\S+)"}}, all).size(), 2 * 10 + 1u);
}

TEST(Pattern, ExpressionsAreReadAsTheReferenceDoes) {
  const auto cases = nlohmann::json::parse(ReadGolden("expressions.json"));
  ASSERT_GT(cases.size(), 50u);
  for (const auto& one : cases) {
    EXPECT_EQ(Split({{one[0].get<std::string>()}}, one[1].get<std::string>()),
              one[2].get<Strings>())
        << one[0];
  }
}

TEST(Pattern, WhatDoesNotCompile) {
  for (const std::string& expression : {std::string("("),
                                        std::string("[z-a]"),
                                        std::string(R"(\C)"),
                                        std::string("(?<=a*)b"),
                                        std::string("\xff"),
                                        std::string(100'000, 'a'),
                                        std::string(100, '['),
                                        std::string("[a"),
                                        std::string("[a&&]"),
                                        std::string("[&&a]"),
                                        std::string("[a-\\d]"),
                                        std::string("[a-[b]]"),
                                        std::string("[[:foo:]]"),
                                        std::string("a)"),
                                        std::string("*a"),
                                        std::string("(*FAIL)"),
                                        std::string("(?x)a"),
                                        std::string("a(?i)b"),
                                        std::string("(?~a)"),
                                        std::string("(?R)"),
                                        std::string("(a(?1)?)*z"),
                                        std::string("(?|a)"),
                                        std::string("(a)\\1"),
                                        std::string("(?<n>a)\\k<n>"),
                                        std::string("(?<n>a)\\g<n>"),
                                        std::string("\\Qa"),
                                        std::string("\\pL"),
                                        std::string("\\p{Foo}"),
                                        std::string("\\p{L"),
                                        std::string("\\xe9"),
                                        std::string("\\u00"),
                                        std::string("\\G"),
                                        std::string("\\"),
                                        std::string("a{3,2}")}) {
    EXPECT_EQ(Pattern::Compile(expression).status().code(), Code::kUnsupported);
  }
}

// Each is found by what it does, and is no other.
TEST(PreTokenizer, NamesAreFoundAgain) {
  for (const char* name :
       {"default", "gpt-2", "llama-bpe", "dbrx", "qwen2", "qwen35", "smollm",
        "falcon", "tekken", "gpt-4o", "bloom", "viking", "deepseek-coder",
        "deepseek-v3"}) {
    const auto named = FindPreTokenizer(name);
    ASSERT_TRUE(named.ok());
    EXPECT_EQ(
        NameOfPreTokenizer(named->rules, named->takes_whole_pieces).value(),
        name);
  }
  // As Llama 3 spells it.
  EXPECT_EQ(NameOfPreTokenizer(
                {{"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|"
                  "\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|"
                  "\\s+(?!\\S)|\\s+"}},
                true)
                .value(),
            "llama-bpe");
  EXPECT_EQ(NameOfPreTokenizer({{"x"}}, false).status().code(),
            Code::kUnsupported);
}

}  // namespace
}  // namespace lentil
