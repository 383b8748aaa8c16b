// SPDX-License-Identifier: Apache-2.0
// Labels try places around their points, near ones first, and take the cheapest
// given where the others are; a few rounds settle it.

#include "report/label_layout.h"

#include <algorithm>
#include <array>

namespace lentil {
namespace {

constexpr double kPointRadius = 6;
constexpr int kRounds = 4;
// Gaps between point and label; from the second on a line joins them.
constexpr std::array<double, 4> kGaps = {8, 20, 34, 50};
// What covering a square unit costs, and what distance costs a unit.
constexpr double kOverLabel = 10;
constexpr double kOverPoint = 8;
constexpr double kOverObstacle = 2;
constexpr double kPerGap = 3;

struct Direction {
  double x, y;
};
// In the order of preference: beside, below, above, at the corners.
constexpr std::array<Direction, 8> kDirections = {{{1, 0},
                                                   {-1, 0},
                                                   {0, -1},
                                                   {0, 1},
                                                   {0.75, -0.75},
                                                   {0.75, 0.75},
                                                   {-0.75, -0.75},
                                                   {-0.75, 0.75}}};

Box BoxAt(const LabelRequest& request, const Direction& to, double gap) {
  const double reach_x = to.x * (gap + request.width / 2);
  const double reach_y = to.y * (gap + request.height / 2);
  return {request.x + reach_x - request.width / 2,
          request.y + reach_y - request.height / 2, request.width,
          request.height};
}

Box PointBox(const LabelRequest& request) {
  return {request.x - kPointRadius, request.y - kPointRadius, 2 * kPointRadius,
          2 * kPointRadius};
}

Box MovedInto(Box box, const Box& bounds) {
  box.left =
      std::max(bounds.left, std::min(box.left, bounds.right() - box.width));
  box.top =
      std::max(bounds.top, std::min(box.top, bounds.bottom() - box.height));
  return box;
}

// What label `own` would hide at `box`.
double Hidden(const Box& box, size_t own,
              std::span<const LabelRequest> requests,
              std::span<const Label> labels, std::span<const Box> obstacles) {
  double cost = 0;
  for (size_t i = 0; i < requests.size(); ++i) {
    cost += kOverPoint * Overlap(box, PointBox(requests[i]));
    if (i != own) cost += kOverLabel * Overlap(box, labels[i].box);
  }
  for (const Box& obstacle : obstacles) {
    cost += kOverObstacle * Overlap(box, obstacle);
  }
  return cost;
}

Label Cheapest(size_t own, std::span<const LabelRequest> requests,
               const Box& bounds, std::span<const Label> labels,
               std::span<const Box> obstacles) {
  Label best;
  double best_cost = -1;
  for (const double gap : kGaps) {
    for (size_t d = 0; d < kDirections.size(); ++d) {
      const Box box =
          MovedInto(BoxAt(requests[own], kDirections[d], gap), bounds);
      const double cost = Hidden(box, own, requests, labels, obstacles) +
                          kPerGap * gap + static_cast<double>(d);
      if (best_cost >= 0 && cost >= best_cost) continue;
      best_cost = cost;
      best = {box, gap > kGaps[0]};
    }
  }
  return best;
}

}  // namespace

double Overlap(const Box& a, const Box& b) {
  const double width =
      std::min(a.right(), b.right()) - std::max(a.left, b.left);
  const double height =
      std::min(a.bottom(), b.bottom()) - std::max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

std::vector<Label> PlaceLabels(std::span<const LabelRequest> requests,
                               const Box& bounds,
                               std::span<const Box> obstacles) {
  std::vector<Label> labels(requests.size());  // empty boxes hide nothing
  for (int round = 0; round < kRounds; ++round) {
    for (size_t i = 0; i < requests.size(); ++i) {
      labels[i] = Cheapest(i, requests, bounds, labels, obstacles);
    }
  }
  return labels;
}

}  // namespace lentil
