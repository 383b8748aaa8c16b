// SPDX-License-Identifier: Apache-2.0
// tokenizer.json of a byte-level BPE, for other programs.

#ifndef LENTIL_TOKENIZE_TOKENIZER_JSON_WRITER_H_
#define LENTIL_TOKENIZE_TOKENIZER_JSON_WRITER_H_

#include <string>

#include "base/status.h"
#include "tokenize/tokenizer_parts.h"

namespace lentil {

// The text of a tokenizer.json that TokenizerFromJson and Hugging Face's
// library read, from parts whose model is "gpt2": kUnsupported for others.
// Tokens that begin and end texts are not part of it.
Result<std::string> WriteTokenizerJson(const TokenizerParts& parts);

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_TOKENIZER_JSON_WRITER_H_
