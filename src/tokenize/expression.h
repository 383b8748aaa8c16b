// SPDX-License-Identifier: Apache-2.0
// Regular expressions of tokenizer files, for PCRE2. The files are written for
// Oniguruma, and what the two read differently is written out.

#ifndef LENTIL_TOKENIZE_EXPRESSION_H_
#define LENTIL_TOKENIZE_EXPRESSION_H_

#include <string>
#include <string_view>

#include "base/status.h"

namespace lentil {

// `expression` in Oniguruma's Ruby syntax, as PCRE2 understands it with its
// options UTF, UCP and MULTILINE: classes within classes and their
// intersections, \s, \w, \b and \h, scripts, options, and quantifiers that
// follow each other. kUnsupported names what is not rewritten, with its offset:
// references to groups, calls, callouts, free spacing and other rarities. What
// is wrong in both is left to PCRE2 to say. O(n), or O(n^2) for quantifiers of
// quantifiers; the result is at most some five hundred times as long.
Result<std::string> RewriteExpression(std::string_view expression);

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_EXPRESSION_H_
