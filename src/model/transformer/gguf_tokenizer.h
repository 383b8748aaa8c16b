// SPDX-License-Identifier: Apache-2.0
// The tokenizer that a GGUF file carries in its metadata.

#ifndef LENTIL_MODEL_TRANSFORMER_GGUF_TOKENIZER_H_
#define LENTIL_MODEL_TRANSFORMER_GGUF_TOKENIZER_H_

#include <memory>

#include "base/status.h"
#include "tokenize/tokenizer.h"

namespace lentil {

class Gguf;

// Reads the keys tokenizer.ggml.*. kCorrupt names a key that is missing or
// wrong; otherwise as TokenizerFromParts.
Result<std::shared_ptr<const Tokenizer>> TokenizerFromGguf(const Gguf& gguf);

}  // namespace lentil

#endif  // LENTIL_MODEL_TRANSFORMER_GGUF_TOKENIZER_H_
