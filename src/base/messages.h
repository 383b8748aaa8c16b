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

// A text from outside on a line of its own or in one, for people: what a
// terminal would obey or what changes the order of characters (control
// characters, line and direction marks) and what is no UTF-8 become \n, \x1b,
// \u202e and so on; all else stays. O(n).
std::string Printable(std::string_view text);

// kCorrupt with this message.
Status Corrupt(std::string message);

}  // namespace lentil

#endif  // LENTIL_BASE_MESSAGES_H_
