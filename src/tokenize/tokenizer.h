// SPDX-License-Identifier: Apache-2.0
// Text as the tokens of a language model, without loss for any bytes.
//
// Symbols below vocab_size() are the model's tokens. The symbol
// vocab_size() + b is the byte b itself, escaped: used only where no token
// gives the bytes back, so that every text has symbols that restore it.

#ifndef LENTIL_TOKENIZE_TOKENIZER_H_
#define LENTIL_TOKENIZE_TOKENIZER_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lentil {

// Immutable, hence thread-safe.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  virtual uint32_t vocab_size() const = 0;

  // Appends symbols from which Decode makes `text` again, at most one per byte
  // and one more. They are those of the tokenizer that the model was trained
  // with, wherever those restore the text. Special tokens are not recognised
  // by their spelling ("<|endoftext|>" is text like any other), and none is
  // added. O(n log n) time; memory grows with the symbols.
  virtual void Encode(std::span<const uint8_t> text,
                      std::vector<uint32_t>* symbols) const = 0;

  // Those of the token, below vocab_size(), in the middle of a text.
  virtual std::span<const uint8_t> BytesOf(uint32_t token) const = 0;

  // Appends the bytes of whole texts' symbols. Any symbols at all have bytes:
  // those of control tokens and of numbers out of range are none.
  virtual void Decode(std::span<const uint32_t> symbols,
                      std::vector<uint8_t>* text) const = 0;

  // The token that stands before a text, if the model wants one there.
  virtual std::optional<uint32_t> bos() const = 0;
  // The token by which the model ends a text, if known.
  virtual std::optional<uint32_t> eos() const = 0;
};

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_TOKENIZER_H_
