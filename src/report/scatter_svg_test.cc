// SPDX-License-Identifier: Apache-2.0
// Ticks, the frontier's steps and labels of a scatter chart.

#include "report/scatter_svg.h"

#include <gtest/gtest.h>

#include "report/label_layout.h"

namespace lentil {
namespace {

using Ticks = std::vector<double>;

TEST(ScatterSvg, TicksAreRound) {
  EXPECT_EQ(LinearTicks(1.8, 4.1), Ticks({2, 2.5, 3, 3.5, 4}));
  EXPECT_EQ(LinearTicks(-1, 9), Ticks({0, 2, 4, 6, 8}));
  EXPECT_EQ(LogTicks(3, 80'000), Ticks({10, 100, 1000, 10'000}));
  EXPECT_EQ(LogTicks(15, 150), Ticks({20, 50, 100}));
  EXPECT_EQ(LogTicks(43, 49), Ticks({44, 46, 48}));
}

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST(ScatterSvg, EveryPointIsDrawnAndLabelled) {
  const std::string svg = RenderScatter(
      {"t",
       "KB/s",
       "bits",
       {{10, 2, "a", Mark::kOwn, true}, {100, 3, "b"}, {1, 9, "c"}}});
  EXPECT_EQ(Count(svg, "<circle"), 3u);
  EXPECT_EQ(Count(svg, "class=\"own best\""), 1u);
  for (const char* label : {">a<", ">b<", ">c<"}) {
    EXPECT_EQ(Count(svg, label), 1u) << label;
  }
}

TEST(ScatterSvg, StepsGoUpAtEachPointOfTheFrontier) {
  const std::string svg = RenderScatter({"t",
                                         "x",
                                         "y",
                                         {{100, 3, "b", Mark::kPlain, true},
                                          {10, 2, "a", Mark::kPlain, true},
                                          {5, 4, "c"}}});
  const size_t at = svg.find("class=\"frontier\"");
  ASSERT_NE(at, std::string::npos);
  const std::string path = svg.substr(at, svg.find("/>", at) - at);
  EXPECT_EQ(Count(path, "H"), 2u);
  EXPECT_EQ(Count(path, "V"), 2u);
}

TEST(ScatterSvg, OnePointOrNoneIsFine) {
  EXPECT_EQ(Count(RenderScatter({"t", "x", "y", {{5, 5, "one"}}}), "<circle"),
            1u);
  EXPECT_EQ(Count(RenderScatter({"t", "x", "y", {{0, 5, "none"}}}), "<circle"),
            0u);
}

TEST(LabelLayout, OverlapIsAnArea) {
  EXPECT_EQ(Overlap({0, 0, 10, 10}, {5, 8, 10, 10}), 10);
  EXPECT_EQ(Overlap({0, 0, 10, 10}, {10, 0, 10, 10}), 0);
}

TEST(LabelLayout, CloseLabelsDoNotOverlapAndStayInside) {
  constexpr Box kBounds = {0, 0, 300, 200};
  std::vector<LabelRequest> requests;
  for (int i = 0; i < 8; ++i) {
    requests.push_back({290.0 - 3 * i, 100.0 + 4 * i, 60, 14});
  }
  const std::vector<Label> labels = PlaceLabels(requests, kBounds, {});
  ASSERT_EQ(labels.size(), requests.size());
  for (size_t i = 0; i < labels.size(); ++i) {
    const Box& box = labels[i].box;
    EXPECT_DOUBLE_EQ(Overlap(box, kBounds), 60 * 14) << i;
    for (size_t j = 0; j < i; ++j) {
      EXPECT_EQ(Overlap(box, labels[j].box), 0) << i << " " << j;
    }
  }
}

TEST(ScatterSvg, JoinsPointsOfOneLabel) {
  Scatter scatter = {"t", "x", "y", {}};
  scatter.joined = true;
  scatter.points = {{4, 2, "b"}, {2, 3, "a"}, {1, 4, "a"}, {8, 1, "b"}};
  const std::string svg = RenderScatter(scatter);
  const auto count = [&svg](const std::string& what) {
    int n = 0;
    for (size_t at = 0; (at = svg.find(what, at)) != std::string::npos; ++at) {
      ++n;
    }
    return n;
  };
  EXPECT_EQ(count("class=\"curve"), 2);
  EXPECT_EQ(count("class=\"label"), 2);
  EXPECT_EQ(count("<circle"), 4);
  EXPECT_EQ(count("class=\"frontier"), 0);
}

TEST(Scatter, AFileOfItsOwnHasItsColours) {
  Scatter chart;
  chart.title = "A <title>";
  chart.points = {{1, 2, "one"}, {10, 1, "two"}};
  const std::string svg = RenderSvg(chart);
  EXPECT_TRUE(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" "));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_NE(svg.find("A &lt;title&gt;"), std::string::npos);
  EXPECT_NE(svg.find(kPalette), std::string::npos);
  EXPECT_NE(svg.find(kChartStyle), std::string::npos);
  // All else is what a page has.
  const std::string element = RenderScatter(chart);
  const size_t first = element.find("<path");
  EXPECT_EQ(svg.substr(svg.find("<path")), element.substr(first));
}

}  // namespace
}  // namespace lentil
