// SPDX-License-Identifier: Apache-2.0
// Tables by exact integer logarithms.

#include "mixing/logistic.h"

namespace lentil {
namespace {

// log2(p ÷ (2^16 − p)) · 2^16.
int32_t StretchQ16(uint32_t p) {
  return static_cast<int32_t>(Log2Q16(p)) -
         static_cast<int32_t>(Log2Q16((1u << 16) - p));
}

LogisticTables Build() {
  LogisticTables t;
  for (uint32_t i = 0; i < t.log2.size(); ++i) {
    const uint32_t x = Log2Q16(2048 + 2 * i + 1) - (11u << 16);
    t.log2[i] = static_cast<uint16_t>((x + 128) >> 8);
  }
  for (uint32_t i = 0; i < t.stretch.size(); ++i) {
    t.stretch[i] =
        static_cast<int16_t>(ClampStretch((StretchQ16(16 * i + 8) + 128) >> 8));
  }
  // The least p ≥ 1/2 whose log-odds reach x; below 1/2 its complement.
  uint32_t p = 1u << 15;
  for (int32_t x = 0; x <= kMaxStretch; ++x) {
    while (p < 65535 && StretchQ16(p) < x * 256) ++p;
    t.squash[static_cast<size_t>(4096 + x)] = static_cast<uint16_t>(p);
    t.squash[static_cast<size_t>(4096 - x)] = static_cast<uint16_t>(65536 - p);
  }
  t.squash[0] = t.squash[1];
  return t;
}

}  // namespace

const LogisticTables& Logistic() {
  static const LogisticTables tables = Build();
  return tables;
}

}  // namespace lentil
