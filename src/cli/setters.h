// SPDX-License-Identifier: Apache-2.0
// What flags of one verb do with their values.

#ifndef LENTIL_CLI_SETTERS_H_
#define LENTIL_CLI_SETTERS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "cli/text.h"

namespace lentil {

// As ExtraFlag has it; each writes to what it was made with.
using SetValue = std::function<Status(const std::string&)>;

inline SetValue ToText(std::string* out) {
  return [out](const std::string& text) {
    *out = text;
    return Status();
  };
}

// One more for each time that the flag stands.
inline SetValue ToList(std::vector<std::string>* out) {
  return [out](const std::string& text) {
    out->push_back(text);
    return Status();
  };
}

inline SetValue ToYes(bool* out) {
  return [out](const std::string&) {
    *out = true;
    return Status();
  };
}

// A whole number from `low` to `high`.
template <class T>
SetValue ToWhole(T low, T high, T* out) {
  return [=](const std::string& text) -> Status {
    LENTIL_ASSIGN_OR_RETURN(const uint64_t value, ParseWhole(text, low, high));
    *out = static_cast<T>(value);
    return Status();
  };
}

// A count of bytes, with a unit or without.
template <class T>
SetValue ToSize(T* out) {
  return [out](const std::string& text) -> Status {
    LENTIL_ASSIGN_OR_RETURN(*out, ParseSize(text));
    return Status();
  };
}

}  // namespace lentil

#endif  // LENTIL_CLI_SETTERS_H_
