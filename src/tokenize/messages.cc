// SPDX-License-Identifier: Apache-2.0

#include "tokenize/messages.h"

#include "base/messages.h"

namespace lentil {

Status BadTokenizer(const std::string& message) {
  return Corrupt("tokenizer: " + message);
}

Status NoSuch(const std::string& what, std::string_view name) {
  return {Code::kUnsupported,
          "tokenizer: " + what + " " + Quoted(name) + " is not supported"};
}

}  // namespace lentil
