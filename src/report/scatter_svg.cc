// SPDX-License-Identifier: Apache-2.0
// A scatter chart as SVG.

#include "report/scatter_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "report/label_layout.h"
#include "report/render.h"

namespace lentil {

const char* const kPalette = R"(
:root { color-scheme: light dark;
  --paper: #fdfcfa; --ink: #22252a; --soft: #6a6f78; --line: #e4e1dc;
  --hover: #f4f1ec; --own: #b4530a; --other: #41618a; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #16181b; --ink: #e6e4e0; --soft: #969ba4; --line: #303439;
  --hover: #1f2226; --own: #f0a050; --other: #8db1de; --bad: #f2857c; } }
)";

const char* const kChartStyle = R"(
svg { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; }
.grid { stroke: var(--line); fill: none; }
.tick, .axis { fill: var(--soft); }
.frontier { stroke: var(--own); stroke-opacity: .45; stroke-width: 1.5;
  fill: none; }
.curve { stroke-width: 1.5; stroke-opacity: .7; fill: none; }
.curve.own { stroke: var(--own); } .curve.other { stroke: var(--other); }
.leader { stroke: var(--soft); stroke-opacity: .6; fill: none; }
circle { fill: var(--paper); stroke-width: 1.6; }
circle.own { stroke: var(--own); } circle.other { stroke: var(--other); }
circle.own.best { fill: var(--own); } circle.other.best { fill: var(--other); }
.label { fill: var(--soft); paint-order: stroke; stroke: var(--paper);
  stroke-width: 3px; stroke-linejoin: round; }
.label.best { fill: var(--ink); } .label.own { fill: var(--own); }
)";

namespace {

// Units of the drawing, about pixels.
constexpr Box kDrawing = {0, 0, 640, 430};
constexpr Box kPlot = {54, 12, 574, 364};
constexpr double kRadius = 4.5;
constexpr double kLabelHeight = 14;
constexpr double kLabelPerCharacter = 6.5;  // about, at 12 units

// Values to units of the drawing.
class Axes {
 public:
  explicit Axes(const std::vector<Point>& points) {
    const auto [x0, x1] = std::minmax_element(
        points.begin(), points.end(),
        [](const Point& a, const Point& b) { return a.x < b.x; });
    const auto [y0, y1] = std::minmax_element(
        points.begin(), points.end(),
        [](const Point& a, const Point& b) { return a.y < b.y; });
    const double room_x = std::pow(x1->x / x0->x, 0.06) * 1.15;
    const double room_y = std::max((y1->y - y0->y) * 0.08, 0.02);
    low_x_ = x0->x / room_x;
    high_x_ = x1->x * room_x;
    low_y_ = y0->y - room_y;
    high_y_ = y1->y + room_y;
  }

  double X(double value) const {
    return kPlot.left +
           kPlot.width * std::log(value / low_x_) / std::log(high_x_ / low_x_);
  }
  double Y(double value) const {
    return kPlot.bottom() -
           kPlot.height * (value - low_y_) / (high_y_ - low_y_);
  }
  std::vector<double> TicksX() const { return LogTicks(low_x_, high_x_); }
  std::vector<double> TicksY() const { return LinearTicks(low_y_, high_y_); }

 private:
  double low_x_, high_x_, low_y_, high_y_;
};

std::string TickText(double value) {
  return value < 10 ? fmt::format("{:.6g}", value) : CellText(value, 0);
}

void AppendGrid(const Scatter& scatter, const Axes& axes, std::string* out) {
  for (const double tick : axes.TicksX()) {
    const double x = axes.X(tick);
    *out += fmt::format(
        "<path class=\"grid\" d=\"M{:.1f} {}V{}\"/>"
        "<text class=\"tick\" x=\"{:.1f}\" y=\"{}\" "
        "text-anchor=\"middle\">{}</text>\n",
        x, kPlot.top, kPlot.bottom(), x, kPlot.bottom() + 17, TickText(tick));
  }
  for (const double tick : axes.TicksY()) {
    const double y = axes.Y(tick);
    *out += fmt::format(
        "<path class=\"grid\" d=\"M{} {:.1f}H{}\"/>"
        "<text class=\"tick\" x=\"{}\" y=\"{:.1f}\" "
        "text-anchor=\"end\">{}</text>\n",
        kPlot.left, y, kPlot.right(), kPlot.left - 7, y + 4, TickText(tick));
  }
  *out += fmt::format(
      "<text class=\"axis\" x=\"{}\" y=\"{}\" "
      "text-anchor=\"middle\">{}</text>\n"
      "<text class=\"axis\" transform=\"translate(13 {}) rotate(-90)\" "
      "text-anchor=\"middle\">{}</text>\n",
      kPlot.left + kPlot.width / 2, kDrawing.bottom() - 14,
      EscapeHtml(scatter.x_title), kPlot.top + kPlot.height / 2,
      EscapeHtml(scatter.y_title));
}

// The least y that is reached at each x or beyond: level up to a point of the
// frontier, then up to the level of the next. Returns thin boxes along the way.
std::vector<Box> AppendFrontier(const std::vector<Point>& points,
                                const Axes& axes, std::string* out) {
  std::vector<Point> steps;
  for (const Point& point : points) {
    if (point.on_frontier) steps.push_back(point);
  }
  if (steps.empty()) return {};
  std::sort(steps.begin(), steps.end(),
            [](const Point& a, const Point& b) { return a.x < b.x; });
  std::vector<Box> lines;
  double x = kPlot.left;
  std::string path = fmt::format("M{} {:.1f}", x, axes.Y(steps[0].y));
  for (size_t i = 0; i < steps.size(); ++i) {
    const double to = axes.X(steps[i].x);
    const double y = axes.Y(steps[i].y);
    const double next_y =
        i + 1 < steps.size() ? axes.Y(steps[i + 1].y) : kPlot.top;
    path += fmt::format("H{:.1f}V{:.1f}", to, next_y);
    lines.push_back({x, y - 1, to - x, 2});
    lines.push_back({to - 1, next_y, 2, y - next_y});
    x = to;
  }
  *out += fmt::format("<path class=\"frontier\" d=\"{}\"/>\n", path);
  return lines;
}

std::string PointClass(const Point& point) {
  return fmt::format("{}{}", point.mark == Mark::kOwn ? "own" : "other",
                     point.on_frontier ? " best" : "");
}

// A line through the points of each label. Returns the last point of each,
// which carries the name.
std::vector<Point> AppendCurves(std::vector<Point> points, const Axes& axes,
                                std::string* out) {
  std::stable_sort(points.begin(), points.end(),
                   [](const Point& a, const Point& b) {
                     return std::tie(a.label, a.x) < std::tie(b.label, b.x);
                   });
  std::vector<Point> ends;
  std::string path;
  for (size_t i = 0; i < points.size(); ++i) {
    const Point& point = points[i];
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L",
                        axes.X(point.x), axes.Y(point.y));
    if (i + 1 < points.size() && points[i + 1].label == point.label) continue;
    *out += fmt::format("<path class=\"curve {}\" d=\"{}\"/>\n",
                        PointClass(point), path);
    path.clear();
    ends.push_back(point);
  }
  return ends;
}

void AppendPoint(const Point& point, const Scatter& scatter, const Axes& axes,
                 std::string* out) {
  *out += fmt::format(
      "<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\">"
      "<title>{}: {} {}, {} {}</title></circle>\n",
      PointClass(point), axes.X(point.x), axes.Y(point.y), kRadius,
      EscapeHtml(point.label), CellText(point.x), EscapeHtml(scatter.x_title),
      CellText(point.y, 3), EscapeHtml(scatter.y_title));
}

// Where text in `box` is held so that its end near the point stays put, however
// wide its characters turn out to be.
std::pair<double, const char*> TextAnchor(const Box& box, double point_x) {
  if (box.left > point_x) return {box.left, "start"};
  if (box.right() < point_x) return {box.right(), "end"};
  return {box.left + box.width / 2, "middle"};
}

void AppendLabels(const std::vector<Point>& points, const Axes& axes,
                  const std::vector<Box>& lines, std::string* out) {
  std::vector<LabelRequest> requests;
  for (const Point& point : points) {
    requests.push_back(
        {axes.X(point.x), axes.Y(point.y),
         kLabelPerCharacter * static_cast<double>(point.label.size()),
         kLabelHeight});
  }
  const std::vector<Label> labels = PlaceLabels(requests, kPlot, lines);
  for (size_t i = 0; i < points.size(); ++i) {
    const Box& box = labels[i].box;
    const auto [x, anchor] = TextAnchor(box, requests[i].x);
    if (labels[i].far) {
      const double near_x = std::clamp(requests[i].x, box.left, box.right());
      const double near_y = std::clamp(requests[i].y, box.top, box.bottom());
      *out += fmt::format(
          "<path class=\"leader\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\"/>\n",
          requests[i].x, requests[i].y, near_x, near_y);
    }
    *out += fmt::format(
        "<text class=\"label {}\" x=\"{:.1f}\" y=\"{:.1f}\" "
        "text-anchor=\"{}\">{}</text>\n",
        PointClass(points[i]), x, box.top + 11, anchor,
        EscapeHtml(points[i].label));
  }
}

}  // namespace

std::vector<double> LinearTicks(double low, double high) {
  const double wanted = (high - low) / 5;
  double step = std::pow(10.0, std::floor(std::log10(wanted)));
  for (const double factor : {2.0, 2.5, 2.0}) {  // 1, 2, 5, 10
    if (step < wanted) step *= factor;
  }
  std::vector<double> ticks;
  for (double n = std::ceil(low / step); n * step <= high; ++n) {
    ticks.push_back(n * step);
  }
  return ticks;
}

std::vector<double> LogTicks(double low, double high) {
  const bool is_short = high / low < 300;
  std::vector<double> ticks;
  for (double decade = std::pow(10.0, std::floor(std::log10(low)));
       decade <= high; decade *= 10) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double tick = decade * factor;
      if (factor > 1 && !is_short) continue;
      if (tick >= low && tick <= high) ticks.push_back(tick);
    }
  }
  return ticks.size() < 2 ? LinearTicks(low, high) : ticks;
}

namespace {

void AppendDrawing(const Scatter& scatter, std::string* out) {
  std::vector<Point> points;
  for (const Point& point : scatter.points) {
    if (point.x > 0) points.push_back(point);
  }
  // Later ones are drawn over earlier ones.
  std::stable_partition(points.begin(), points.end(),
                        [](const Point& p) { return !p.on_frontier; });
  if (points.empty()) return;
  const Axes axes(points);
  AppendGrid(scatter, axes, out);
  if (scatter.joined) {
    AppendLabels(AppendCurves(points, axes, out), axes, {}, out);
  } else {
    AppendLabels(points, axes, AppendFrontier(points, axes, out), out);
  }
  for (const Point& point : points) AppendPoint(point, scatter, axes, out);
}

// An element with these attributes and this head.
std::string Element(const Scatter& scatter, const std::string& attributes,
                    const std::string& head) {
  std::string out = fmt::format(
      "<svg {}viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n{}",
      attributes, kDrawing.width, kDrawing.height, EscapeHtml(scatter.title),
      head);
  AppendDrawing(scatter, &out);
  return out + "</svg>\n";
}

}  // namespace

std::string RenderScatter(const Scatter& scatter) {
  return Element(scatter, "", "");
}

std::string RenderSvg(const Scatter& scatter) {
  return Element(
      scatter,
      fmt::format(
          "xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" ",
          kDrawing.width, kDrawing.height),
      fmt::format(
          "<style>{}{}</style>\n"
          "<rect width=\"100%\" height=\"100%\" fill=\"var(--paper)\"/>\n",
          kPalette, kChartStyle));
}

}  // namespace lentil
