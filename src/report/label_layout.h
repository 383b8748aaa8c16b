// SPDX-License-Identifier: Apache-2.0
// Where the labels of a chart go so that they hide each other as little as
// possible.

#ifndef LENTIL_REPORT_LABEL_LAYOUT_H_
#define LENTIL_REPORT_LABEL_LAYOUT_H_

#include <span>
#include <vector>

namespace lentil {

// A rectangle; y grows downwards. Units of the chart.
struct Box {
  double left = 0;
  double top = 0;
  double width = 0;
  double height = 0;

  double right() const { return left + width; }
  double bottom() const { return top + height; }
};

// The area two boxes share.
double Overlap(const Box& a, const Box& b);

struct LabelRequest {
  double x = 0;  // the point it belongs to
  double y = 0;
  double width = 0;  // of the text
  double height = 0;
};

struct Label {
  Box box;
  bool far = false;  // so far from its point that a line should join them
};

// A box within `bounds` for every label, none over another or over a point if
// it can be had. `obstacles` are better left free, too. The same for the same
// arguments. O(n²) for n labels.
std::vector<Label> PlaceLabels(std::span<const LabelRequest> requests,
                               const Box& bounds,
                               std::span<const Box> obstacles);

}  // namespace lentil

#endif  // LENTIL_REPORT_LABEL_LAYOUT_H_
