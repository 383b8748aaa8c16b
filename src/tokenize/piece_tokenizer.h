// SPDX-License-Identifier: Apache-2.0
// The Tokenizer behind every kind of vocabulary: literal tokens are found
// first, the text between is cut into pieces, and a PieceEncoder encodes those.

#ifndef LENTIL_TOKENIZE_PIECE_TOKENIZER_H_
#define LENTIL_TOKENIZE_PIECE_TOKENIZER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "tokenize/piece_encoder.h"
#include "tokenize/pre_tokenizer.h"
#include "tokenize/token_index.h"
#include "tokenize/tokenizer.h"

namespace lentil {

struct PieceTokenizerParts {
  std::unique_ptr<const TokenTable> table;     // bytes of all tokens
  std::unique_ptr<const TokenIndex> index;     // what `encoder` makes
  std::unique_ptr<const TokenIndex> literals;  // found by their bytes
  std::unique_ptr<const PieceEncoder> encoder;
  PreTokenizer pre_tokenizer;
  bool has_space_prefix = false;
  std::optional<uint32_t> bos;
  std::optional<uint32_t> eos;
};

class PieceTokenizer : public Tokenizer {
 public:
  explicit PieceTokenizer(PieceTokenizerParts parts);

  uint32_t vocab_size() const override { return parts_.table->size(); }
  void Encode(std::span<const uint8_t> text,
              std::vector<uint32_t>* symbols) const override;
  std::span<const uint8_t> BytesOf(uint32_t token) const override {
    return (*parts_.table)[token];
  }
  void Decode(std::span<const uint32_t> symbols,
              std::vector<uint8_t>* text) const override;
  std::optional<uint32_t> bos() const override { return parts_.bos; }
  std::optional<uint32_t> eos() const override { return parts_.eos; }

 private:
  PieceTokenizerParts parts_;
};

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_PIECE_TOKENIZER_H_
