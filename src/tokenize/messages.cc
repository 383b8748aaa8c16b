// SPDX-License-Identifier: Apache-2.0

#include "tokenize/messages.h"

namespace lentil {

std::string Printable(std::string_view name) {
  constexpr size_t kLongest = 64;
  std::string text = "'";
  for (char c : name.substr(0, kLongest)) text += c < ' ' || c > '~' ? '?' : c;
  if (name.size() > kLongest) text += "...";
  return text + "'";
}

Status BadTokenizer(const std::string& message) {
  return {Code::kCorrupt, "tokenizer: " + message};
}

Status NoSuch(const std::string& what, std::string_view name) {
  return {Code::kUnsupported,
          "tokenizer: " + what + " " + Printable(name) + " is not supported"};
}

}  // namespace lentil
