// SPDX-License-Identifier: Apache-2.0
// A scatter chart as SVG.

#ifndef LENTIL_REPORT_SCATTER_SVG_H_
#define LENTIL_REPORT_SCATTER_SVG_H_

#include <string>
#include <vector>

#include "report/report.h"

namespace lentil {

// Colours, for light and dark, and what charts make of them: what the style
// sheet of a page with charts must have.
extern const char* const kPalette;
extern const char* const kChartStyle;

// An <svg> element whose colours come from the page's style sheet. Points on
// the frontier are filled and joined by steps, which bound what is reached: no
// point lies below them. Joined points are curves instead, each named at
// its end. Points whose x is not above zero are left out.
std::string RenderScatter(const Scatter& scatter);

// The same as a file of its own.
std::string RenderSvg(const Scatter& scatter);

// Where a linear axis from `low` to `high` has its ticks: multiples of 1, 2 or
// 5 times a power of ten, about five of them.
std::vector<double> LinearTicks(double low, double high);

// Ticks of a logarithmic axis: powers of ten, and between them 2 and 5 times
// those where the axis is short. Where it is too short for two of these, those
// of a linear one.
std::vector<double> LogTicks(double low, double high);

}  // namespace lentil

#endif  // LENTIL_REPORT_SCATTER_SVG_H_
