// SPDX-License-Identifier: Apache-2.0
// From names to what draws continuations.

#ifndef LENTIL_CLI_GENERATOR_SOURCE_H_
#define LENTIL_CLI_GENERATOR_SOURCE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "bench/length_generator.h"
#include "model/generator.h"

namespace lentil {

// Who draws.
enum class GeneratorKind { kModel, kContexts, kMix, kLengths };

GeneratorKind KindOf(std::string_view from);

struct GeneratorSource {
  std::string from = "model";  // or contexts, mix, a compressor
  std::string model;           // name or file; "" = the default level's
  LengthOptions lengths;       // of a compressor

  GeneratorKind kind() const { return KindOf(from); }
};

// "model, contexts, mix, gzip …"
std::string GeneratorNames();

// OK if `from` is one of those.
Status CheckGeneratorName(const std::string& from);

// For a text of at most `capacity` bytes, with what is drawn.
Result<std::unique_ptr<Generator>> MakeGenerator(const GeneratorSource& source,
                                                 size_t capacity);

}  // namespace lentil

#endif  // LENTIL_CLI_GENERATOR_SOURCE_H_
