// SPDX-License-Identifier: Apache-2.0

#include "base/messages.h"

#include <utility>

namespace lentil {

std::string Quoted(std::string_view name) {
  constexpr size_t kLongest = 64;
  std::string text = "'";
  for (char c : name.substr(0, kLongest)) text += c < ' ' || c > '~' ? '?' : c;
  if (name.size() > kLongest) text += "...";
  return text + "'";
}

Status Corrupt(std::string message) {
  return {Code::kCorrupt, std::move(message)};
}

}  // namespace lentil
