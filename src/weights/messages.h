// SPDX-License-Identifier: Apache-2.0
// Words that messages about weights share.

#ifndef LENTIL_WEIGHTS_MESSAGES_H_
#define LENTIL_WEIGHTS_MESSAGES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace lentil {

// "[2, 3]".
std::string ShapeText(const std::vector<uint64_t>& shape);

// A name from outside: in quotes, short and printable.
std::string Quoted(std::string_view name);

// kCorrupt with this message.
Status Corrupt(std::string message);

}  // namespace lentil

#endif  // LENTIL_WEIGHTS_MESSAGES_H_
