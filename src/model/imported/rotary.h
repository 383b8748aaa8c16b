// SPDX-License-Identifier: Apache-2.0
// Rotary phases of checkpoints: frequencies with their scalings, as steps of a
// phase that is an integer.

#ifndef LENTIL_MODEL_IMPORTED_ROTARY_H_
#define LENTIL_MODEL_IMPORTED_ROTARY_H_

#include <cstdint>
#include <vector>

namespace lentil {

// "rope_scaling" of a configuration: how frequencies are stretched for contexts
// longer than the first training had.
struct RotaryScaling {
  enum class Kind : uint8_t {
    kNone,
    kLinear,    // all by factor
    kDynamic,   // by a base that grows with the context
    kLlama3,    // long waves by factor, short ones not, a ramp between
    kYarn,      // the same with other corners, and a gain (Peng et al., 2023)
    kLongRope,  // a divisor per pair
  };
  Kind kind = Kind::kNone;
  double factor = 1;
  double low_frequency_factor = 1;   // kLlama3
  double high_frequency_factor = 4;  // kLlama3
  double beta_fast = 32;             // kYarn
  double beta_slow = 1;              // kYarn
  bool truncate = true;              // kYarn: corners are whole numbers
  double original_positions = 0;     // kLlama3, kYarn, kLongRope
  double stretch = 1;                // kDynamic: the base grows by its power
  std::vector<double> divisors;      // kLongRope, one per pair
  double gain = 0;                   // kYarn, kLongRope; 0 = by their formulas
};

// The phase of pair i at position t is t × step[i] modulo 2^32, a full turn.
struct RotaryTable {
  std::vector<uint32_t> step;  // [rotated dimensions ÷ 2]
  float gain = 1;              // cosines and sines are multiplied by it
  // What it was made of.
  double base = 0;
  RotaryScaling scaling = {};

  uint32_t dims() const { return static_cast<uint32_t>(2 * step.size()); }
  // Whether it rotates in the same way.
  bool operator==(const RotaryTable& other) const {
    return step == other.step && gain == other.gain;
  }
};

// Steps of base^(−2i ÷ dims) radians, scaled. The same on every machine: from
// IEEE double additions, multiplications and divisions alone.
RotaryTable MakeRotary(double base, uint32_t dims,
                       const RotaryScaling& scaling);

// By what the scaling divides the frequency of each pair.
std::vector<double> RotaryDivisors(double base, uint32_t dims,
                                   const RotaryScaling& scaling);

// e^x and ln x, x > 0, in such operations, within 1e-15 or so.
double PortableExp(double x);
double PortableLog(double x);

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_ROTARY_H_
