// SPDX-License-Identifier: Apache-2.0
// Which offers nobody beats.

#include "bench/pareto.h"

#include <algorithm>

namespace lentil {

std::vector<bool> ParetoFrontier(std::span<const Offer> offers) {
  std::vector<bool> frontier;
  for (const Offer& own : offers) {
    const bool beaten =
        std::any_of(offers.begin(), offers.end(), [&own](const Offer& other) {
          return other.cost <= own.cost && other.gain >= own.gain &&
                 (other.cost < own.cost || other.gain > own.gain);
        });
    frontier.push_back(!beaten);
  }
  return frontier;
}

}  // namespace lentil
