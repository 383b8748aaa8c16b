// SPDX-License-Identifier: Apache-2.0

#include "tokenize/pre_tokenizer.h"

#include <utility>

#include "tokenize/byte_alphabet.h"

namespace lentil {
namespace {

bool Joins(SplitBehavior behavior, bool before_is_match, bool is_match) {
  switch (behavior) {
    case SplitBehavior::kIsolated:
      return false;
    case SplitBehavior::kMergedWithPrevious:
      return !before_is_match && is_match;
    case SplitBehavior::kMergedWithNext:
      return before_is_match && !is_match;
    case SplitBehavior::kContiguous:
      return before_is_match == is_match;
  }
  return false;
}

// Bytes at the front that are UTF-8, or that are not.
size_t RunSize(ByteSpan text, bool* is_utf8) {
  *is_utf8 = ReadUtf8(text).size > 0;
  size_t size = 0;
  while (size < text.size()) {
    const uint32_t step = ReadUtf8(text.subspan(size)).size;
    if ((step > 0) != *is_utf8) break;
    size += *is_utf8 ? step : 1;
  }
  return size;
}

std::string MarkSpaces(ByteSpan text) {
  std::string marked;
  for (uint8_t byte : text) {
    if (byte == ' ') {
      marked += "\u2581";
    } else {
      marked += static_cast<char>(byte);
    }
  }
  return marked;
}

}  // namespace

Result<PreTokenizer> PreTokenizer::Create(const std::vector<SplitRule>& rules) {
  constexpr size_t kMaxRules = 32;
  if (rules.size() > kMaxRules) {
    return Status(Code::kUnsupported, "too many steps of splitting");
  }
  PreTokenizer pre_tokenizer;
  for (const SplitRule& rule : rules) {
    if (rule.view != pre_tokenizer.view_ &&
        pre_tokenizer.view_ != TextView::kText) {
      return Status(Code::kUnsupported, "steps of splitting in this order");
    }
    pre_tokenizer.view_ = rule.view;
    if (rule.view == TextView::kText) ++pre_tokenizer.first_shown_;
    LENTIL_ASSIGN_OR_RETURN(Pattern pattern, Pattern::Compile(rule.expression));
    pre_tokenizer.steps_.push_back(
        {std::move(pattern), rule.behavior, rule.inverted});
  }
  return pre_tokenizer;
}

void PreTokenizer::Split(ByteSpan text, PatternSearch* search,
                         const Sink& sink) const {
  while (!text.empty()) {
    bool is_utf8 = false;
    const size_t size = RunSize(text, &is_utf8);
    if (is_utf8) {
      SplitFrom(0, first_shown_, text.first(size), search,
                [&](ByteSpan piece) { SplitAsShown(piece, search, sink); });
    } else {
      sink(text.first(size));
    }
    text = text.subspan(size);
  }
}

// A character that is shown is a byte of the alphabet's, else a character.
void PreTokenizer::SplitAsShown(ByteSpan piece, PatternSearch* search,
                                const Sink& sink) const {
  if (first_shown_ == steps_.size()) return sink(piece);
  const bool shows_bytes = view_ == TextView::kByteAlphabet;
  const std::string shown = shows_bytes ? SpellBytes(piece) : MarkSpaces(piece);
  SplitFrom(first_shown_, steps_.size(), AsBytes(shown), search,
            [&](ByteSpan part) {
              size_t size = 0;
              for (; !part.empty(); part = part.subspan(Utf8Step(part))) {
                size += shows_bytes ? 1 : Utf8Step(piece.subspan(size));
              }
              sink(piece.first(size));
              piece = piece.subspan(size);
            });
}

// Steps from `step` to before `last`.
void PreTokenizer::SplitFrom(size_t step, size_t last, ByteSpan text,
                             PatternSearch* search, const Sink& sink) const {
  if (step == last) return sink(text);
  const Step& rule = steps_[step];
  // The piece so far is text[begin, end).
  size_t begin = 0;
  size_t end = 0;
  bool is_match = false;  // its last part
  const auto flush = [&] {
    if (begin < end) {
      SplitFrom(step + 1, last, text.subspan(begin, end - begin), search, sink);
    }
    begin = end;
  };
  const auto append = [&](size_t to, bool to_is_match) {
    if (to == end) return;
    if (begin == end || !Joins(rule.behavior, is_match, to_is_match)) flush();
    end = to;
    is_match = to_is_match;
  };
  for (size_t from = 0; from < text.size();) {
    const Pattern::Match match = rule.pattern.Find(text, from, search);
    append(match.begin, rule.inverted);
    if (match.begin == match.end && rule.behavior == SplitBehavior::kIsolated) {
      flush();
    }
    append(match.end, !rule.inverted);
    from = match.end;
    if (match.begin == match.end && from < text.size()) {
      from += Utf8Step(text.subspan(from));
    }
  }
  append(text.size(), rule.inverted);
  flush();
}

}  // namespace lentil
