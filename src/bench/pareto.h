// SPDX-License-Identifier: Apache-2.0
// Which offers nobody beats.

#ifndef LENTIL_BENCH_PARETO_H_
#define LENTIL_BENCH_PARETO_H_

#include <span>
#include <vector>

namespace lentil {

struct Offer {
  double cost = 0;  // less is better: bytes
  double gain = 0;  // more is better: speed
};

// For each offer, whether it is on the Pareto frontier: no other costs no more
// and gains no less, one of them strictly. Equal offers stand or fall together.
// O(n²).
std::vector<bool> ParetoFrontier(std::span<const Offer> offers);

}  // namespace lentil

#endif  // LENTIL_BENCH_PARETO_H_
