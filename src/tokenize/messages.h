// SPDX-License-Identifier: Apache-2.0
// Words that messages about tokenizers share.

#ifndef LENTIL_TOKENIZE_MESSAGES_H_
#define LENTIL_TOKENIZE_MESSAGES_H_

#include <string>
#include <string_view>

#include "base/status.h"

namespace lentil {

// kCorrupt: "tokenizer: " and this message.
Status BadTokenizer(const std::string& message);

// kUnsupported, naming it: "normalizer 'X' is not supported".
Status NoSuch(const std::string& what, std::string_view name);

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_MESSAGES_H_
