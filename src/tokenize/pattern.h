// SPDX-License-Identifier: Apache-2.0
// Regular expressions over UTF-8, as tokenizers cut text with them. The library
// behind is PCRE2; its time is bounded, so that expressions may come from
// outside.

#ifndef LENTIL_TOKENIZE_PATTERN_H_
#define LENTIL_TOKENIZE_PATTERN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/status.h"
#include "tokenize/utf8.h"

namespace lentil {

// What searches need besides a pattern: scratch memory of one thread, and the
// work that may still be spent on long or hard matches.
class PatternSearch {
 public:
  // For searches through `bytes` of text altogether.
  explicit PatternSearch(size_t bytes);
  ~PatternSearch();

 private:
  friend class Pattern;
  struct State;
  std::unique_ptr<State> state_;
};

// Immutable, hence thread-safe.
class Pattern {
 public:
  struct Match {
    size_t begin;
    size_t end;  // begin == end: between two characters
  };

  // `expression` as RewriteExpression reads it. kUnsupported with the reason.
  static Result<Pattern> Compile(std::string_view expression);
  ~Pattern();
  Pattern(Pattern&& other) noexcept;

  // The first match in `text`, valid UTF-8, that begins at `from` or behind; if
  // there is none, {text.size(), text.size()}. A search that gets too costly
  // finds none either: over all of a PatternSearch at most about 1300 steps of
  // matching per byte, whatever the expression. (Expressions in use take about
  // one; only a repeated lookahead makes steps that take long themselves.)
  Match Find(ByteSpan text, size_t from, PatternSearch* search) const;

 private:
  struct Compiled;
  explicit Pattern(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_PATTERN_H_
