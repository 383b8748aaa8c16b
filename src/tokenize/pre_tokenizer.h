// SPDX-License-Identifier: Apache-2.0
// Cuts text into pieces that are encoded by themselves, by regular expressions
// one behind the other: each cuts what the one before it left.

#ifndef LENTIL_TOKENIZE_PRE_TOKENIZER_H_
#define LENTIL_TOKENIZE_PRE_TOKENIZER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "tokenize/pattern.h"
#include "tokenize/utf8.h"

namespace lentil {

// What becomes of matches and of the gaps between them. Nothing is ever left
// out: a tokenizer that drops text here could not restore it.
enum class SplitBehavior : uint8_t {
  kIsolated,            // each is a piece
  kMergedWithPrevious,  // a match belongs to the gap before it
  kMergedWithNext,      // a match belongs to the gap behind it
  kContiguous,          // matches side by side are one piece
};

// What an expression sees of a text.
enum class TextView : uint8_t {
  kText,          // itself
  kMarkedSpaces,  // U+2581 for spaces
  kByteAlphabet,  // the spelling of its bytes
};

struct SplitRule {
  std::string expression;
  SplitBehavior behavior = SplitBehavior::kIsolated;
  bool inverted = false;  // gaps count as matches, and matches as gaps
  TextView view = TextView::kText;
};

// Immutable, hence thread-safe.
class PreTokenizer {
 public:
  using Sink = std::function<void(ByteSpan piece)>;

  // Rules that see a text itself come first; those behind share a view.
  // kUnsupported for other orders, for too many and for bad expressions.
  static Result<PreTokenizer> Create(const std::vector<SplitRule>& rules);

  // Calls sink(piece) for pieces that are, one behind the other, `text`. Bytes
  // that are not UTF-8 are pieces of their own, before any rule. Rules that see
  // bytes may cut within a character.
  void Split(ByteSpan text, PatternSearch* search, const Sink& sink) const;

 private:
  struct Step {
    Pattern pattern;
    SplitBehavior behavior;
    bool inverted;
  };
  void SplitFrom(size_t step, size_t last, ByteSpan text, PatternSearch* search,
                 const Sink& sink) const;
  void SplitAsShown(ByteSpan piece, PatternSearch* search,
                    const Sink& sink) const;

  std::vector<Step> steps_;
  size_t first_shown_ = 0;  // steps from here on see the view
  TextView view_ = TextView::kText;
};

// A pre-tokenizer as GGUF files name it (tokenizer.ggml.pre).
struct NamedPreTokenizer {
  std::vector<SplitRule> rules;
  bool takes_whole_pieces = false;  // a piece that is a token stays whole
  bool adds_bos = false;            // unless the file says otherwise
};

// kUnsupported names the unknown one.
Result<NamedPreTokenizer> FindPreTokenizer(std::string_view name);

// The first name under which GGUF knows what cuts text as these rules do: the
// same rules, or others that cut SampleTexts alike. kUnsupported if there is
// none.
Result<std::string> NameOfPreTokenizer(const std::vector<SplitRule>& rules,
                                       bool takes_whole_pieces);

// The rule of GPT-2, which many formats imply.
SplitRule Gpt2Rule();

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_PRE_TOKENIZER_H_
