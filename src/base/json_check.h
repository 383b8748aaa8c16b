// SPDX-License-Identifier: Apache-2.0
// Whether JSON from outside is worth building in memory: how deep it nests, how
// much it holds, whether a key comes twice.
//
// The JSON library can be asked while it builds, but then looks through all of
// an array again behind every object in it: quadratic in its length.

#ifndef LENTIL_BASE_JSON_CHECK_H_
#define LENTIL_BASE_JSON_CHECK_H_

#include <cstdint>
#include <string_view>

namespace lentil {

struct JsonLimits {
  int depth = 16;                // arrays and objects around a value
  uint64_t events = UINT64_MAX;  // keys, values, and brackets of both sides
  bool has_unique_keys = false;  // within each object
};

enum class JsonFault : uint8_t {
  kNone,
  kDeep,      // nested deeper than the limit
  kLong,      // more events
  kRepeated,  // a key twice in one object
};

// The first fault of these in `text`, up to where it is no JSON: that is left
// to whoever parses it. O(n log n); memory for the keys of open objects, if
// they are to be unique, else for brackets alone.
JsonFault CheckJson(std::string_view text, const JsonLimits& limits);

}  // namespace lentil

#endif  // LENTIL_BASE_JSON_CHECK_H_
