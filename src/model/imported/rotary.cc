// SPDX-License-Identifier: Apache-2.0

#include "model/imported/rotary.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lentil {
namespace {

using Kind = RotaryScaling::Kind;

constexpr double kLn2High = 0x1.62e42fee00000p-1;  // trailing zeros
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kTurn = 2 * std::numbers::pi;

// YaRN: the pair whose wave turns `turns` times over the first positions.
double PairOf(double turns, double base, uint32_t dims, double positions) {
  return dims * PortableLog(positions / (turns * kTurn)) /
         (2 * PortableLog(base));
}

// How much of pair i is stretched, by the two kinds that have a ramp.
double Llama3Share(const RotaryScaling& s, double frequency) {
  const double turns = s.original_positions * frequency / kTurn;
  const double kept = (turns - s.low_frequency_factor) /
                      (s.high_frequency_factor - s.low_frequency_factor);
  return 1 - std::clamp(kept, 0.0, 1.0);
}
double YarnShare(const RotaryScaling& s, double base, uint32_t dims,
                 uint32_t i) {
  double low = PairOf(s.beta_fast, base, dims, s.original_positions);
  double high = PairOf(s.beta_slow, base, dims, s.original_positions);
  if (s.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, dims - 1.0);
  if (low == high) high += 0.001;
  return std::clamp((i - low) / (high - low), 0.0, 1.0);
}

double Scaled(double frequency, const RotaryScaling& s, double base,
              uint32_t dims, uint32_t i) {
  double share = 0;
  switch (s.kind) {
    case Kind::kNone:
    case Kind::kDynamic:
      return frequency;
    case Kind::kLinear:
      return frequency / s.factor;
    case Kind::kLongRope:
      return frequency / s.divisors[i];
    case Kind::kLlama3:
      share = Llama3Share(s, frequency);
      break;
    case Kind::kYarn:
      share = YarnShare(s, base, dims, i);
      break;
  }
  return share * frequency / s.factor + (1 - share) * frequency;
}

double GainOf(const RotaryScaling& s) {
  if (s.gain > 0) return s.gain;
  if (s.factor <= 1) return 1;
  const double log = PortableLog(s.factor);
  if (s.kind == Kind::kYarn) return 0.1 * log + 1;
  if (s.kind == Kind::kLongRope) {
    return std::sqrt(1 + log / PortableLog(s.original_positions));
  }
  return 1;
}

}  // namespace

// 2^n e^r with |r| ≤ ln 2 ÷ 2, by its power series.
double PortableExp(double x) {
  const double n = std::nearbyint(x / std::numbers::ln2);
  const double r = (x - n * kLn2High) - n * kLn2Low;
  double sum = 1;
  for (int i = 18; i > 0; --i) sum = 1 + sum * r / i;
  return std::ldexp(sum, static_cast<int>(n));
}

// n ln 2 + 2 artanh((m − 1) ÷ (m + 1)) with m around 1, by its power series.
double PortableLog(double x) {
  int n = 0;
  double m = std::frexp(x, &n);
  if (m < std::numbers::sqrt2 / 2) {
    m *= 2;
    --n;
  }
  const double s = (m - 1) / (m + 1);
  const double z = s * s;
  double sum = 0;
  for (int i = 27; i > 0; i -= 2) sum = sum * z + 1.0 / i;
  return n * kLn2High + (2 * s * sum + n * kLn2Low);
}

RotaryTable MakeRotary(double base, uint32_t dims,
                       const RotaryScaling& scaling) {
  RotaryTable table;
  table.base = base;
  table.scaling = scaling;
  double log = PortableLog(base);
  if (scaling.kind == Kind::kDynamic && dims > 2) {
    log += PortableLog(scaling.stretch) * dims / (dims - 2.0);
  }
  for (uint32_t i = 0; i < dims / 2; ++i) {
    const double frequency = PortableExp(-log * (2.0 * i / dims));
    const double turns = Scaled(frequency, scaling, base, dims, i) / kTurn;
    const double sane = turns >= 0 && turns < 1 ? turns : 0;  // not NaN either
    table.step.push_back(static_cast<uint32_t>(
        static_cast<uint64_t>(std::nearbyint(sane * 0x1p32))));
  }
  if (scaling.kind == Kind::kYarn || scaling.kind == Kind::kLongRope) {
    table.gain = static_cast<float>(GainOf(scaling));
  }
  return table;
}

std::vector<double> RotaryDivisors(double base, uint32_t dims,
                                   const RotaryScaling& scaling) {
  const double log = PortableLog(base);
  std::vector<double> divisors;
  for (uint32_t i = 0; i < dims / 2; ++i) {
    const double frequency = PortableExp(-log * (2.0 * i / dims));
    divisors.push_back(frequency / Scaled(frequency, scaling, base, dims, i));
  }
  return divisors;
}

}  // namespace lentil
