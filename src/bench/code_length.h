// SPDX-License-Identifier: Apache-2.0
// How long a text is when another compressor has coded it, for each of the many
// texts that differ in their last bytes.

#ifndef LENTIL_BENCH_CODE_LENGTH_H_
#define LENTIL_BENCH_CODE_LENGTH_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

namespace lentil {

// One compressor, with tables that it uses again. Not thread-safe.
class CodeLength {
 public:
  virtual ~CodeLength() = default;

  // Bits of the code of `text`. The same for the same version of the library
  // that codes it. kResourceLimit or kInternal if that fails.
  virtual Result<uint64_t> Bits(std::span<const uint8_t> text) = 0;
};

// A compressor known by name.
struct CodeLengthKind {
  std::string_view name;
  std::string_view what;  // settings, and the unit of its lengths
  std::unique_ptr<CodeLength> (*make)();
};
std::span<const CodeLengthKind> CodeLengthKinds();

// nullptr if there is none of that name.
const CodeLengthKind* FindCodeLength(std::string_view name);

}  // namespace lentil

#endif  // LENTIL_BENCH_CODE_LENGTH_H_
