// SPDX-License-Identifier: Apache-2.0
// Words that messages about outside input share.

#ifndef LENTIL_BASE_MESSAGES_H_
#define LENTIL_BASE_MESSAGES_H_

#include <string>
#include <string_view>

#include "base/status.h"

namespace lentil {

// A name from outside: in quotes, short and printable.
std::string Quoted(std::string_view name);

// kCorrupt with this message.
Status Corrupt(std::string message);

}  // namespace lentil

#endif  // LENTIL_BASE_MESSAGES_H_
