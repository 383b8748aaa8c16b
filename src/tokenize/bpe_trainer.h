// SPDX-License-Identifier: Apache-2.0
// Trains a byte-level BPE tokenizer on text.

#ifndef LENTIL_TOKENIZE_BPE_TRAINER_H_
#define LENTIL_TOKENIZE_BPE_TRAINER_H_

#include <cstdint>
#include <span>
#include <string>

#include "base/status.h"
#include "tokenize/tokenizer_parts.h"

namespace lentil {

struct BpeTrainerOptions {
  uint32_t vocab_size = 4096;  // from 256 to kMaxTrainedVocab
  std::string pre = "gpt-2";   // how text is cut: a name that GGUF files use
};

inline constexpr uint32_t kMaxTrainedVocab = 1u << 20;

// Parts for TokenizerFromParts and WriteTokenizerJson. The tokens are the 256
// bytes in order, then what the most frequent pair of neighbours makes, again
// and again; of equally frequent pairs the one with the lower ids. Fewer tokens
// than asked for, if no pair occurs twice any more. The same text and options
// give the same tokens. 10 MB and 20000 tokens take seconds; memory is some ten
// times the text's. kInvalidArgument if an option is out of range.
Result<TokenizerParts> TrainBpe(std::span<const uint8_t> text,
                                const BpeTrainerOptions& options);

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_BPE_TRAINER_H_
