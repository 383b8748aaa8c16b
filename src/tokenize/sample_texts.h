// SPDX-License-Identifier: Apache-2.0
// Texts that tokenizers treat in different ways, to compare them by.

#ifndef LENTIL_TOKENIZE_SAMPLE_TEXTS_H_
#define LENTIL_TOKENIZE_SAMPLE_TEXTS_H_

#include <span>
#include <string_view>

namespace lentil {

// Prose, code, numbers, spaces, marks, many scripts, spellings of special
// tokens, and bytes that are no UTF-8.
std::span<const std::string_view> SampleTexts();

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_SAMPLE_TEXTS_H_
