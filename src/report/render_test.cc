// SPDX-License-Identifier: Apache-2.0
// One small report in its forms.

#include "report/render.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace lentil {
namespace {

using Json = nlohmann::json;

Report Small() {
  Table table;
  table.name = "a<b>.txt";
  table.facts = {{"bytes", "bytes", uint64_t{3}}};
  table.columns = {{"name", "name"},
                   {"size", "size"},
                   {"rate", "KB/s"},
                   {"exact", ""},
                   {"", "seen"}};
  table.rows = {
      {{std::string("x & y"), uint64_t{1234567}, 12.345, 0.1, true}},
      {{std::string("gone"), Cell(), Cell(), Cell(), false}, Mark::kFailed}};
  table.notes = {"gone: \"lost\""};
  return {"figures", {{"runs", "runs", uint64_t{2}}}, {table}};
}

TEST(Render, CellsForPeople) {
  EXPECT_EQ(CellText(Cell()), "");
  EXPECT_EQ(CellText(uint64_t{0}), "0");
  EXPECT_EQ(CellText(uint64_t{999}), "999");
  EXPECT_EQ(CellText(uint64_t{1000}), "1,000");
  EXPECT_EQ(CellText(uint64_t{123456}), "123,456");
  EXPECT_EQ(CellText(-1234.5, 1), "-1,234.5");
  EXPECT_EQ(CellText(-123.0, 0), "-123");
  EXPECT_EQ(CellText(2.25, 3), "2.250");
  EXPECT_EQ(CellText(1.0 / 0.0), "");
}

TEST(Render, ThreeDigitsWhateverTheMagnitude) {
  EXPECT_EQ(CellText(0.126), "0.13");
  EXPECT_EQ(CellText(9.994), "9.99");
  EXPECT_EQ(CellText(9.996), "10.0");
  EXPECT_EQ(CellText(99.96), "100");
  EXPECT_EQ(CellText(12345.6), "12,346");
}

TEST(Render, MarkdownEscapesWhatItWouldObey) {
  Report report = Small();
  report.tables[0].rows[0].cells[0] = "a|b*c\n";
  report.tables[0].rows[0].mark = Mark::kOwn;
  EXPECT_EQ(RenderMarkdown(report.tables[0]),
            "| name | size | KB/s | seen |\n"
            "| --- | --: | --: | --: |\n"
            "| **a\\|b\\*c\\\\n** | 1,234,567 | 12.3 | yes |\n"
            "| gone |  |  | no |\n"
            "\ngone: \"lost\"\n");
}

TEST(Render, TextAlignsWordsLeftAndNumbersRight) {
  EXPECT_EQ(RenderText(Small()),
            "figures: runs 2\n"
            "\n"
            "a<b>.txt: bytes 3\n"
            "name        size  KB/s  seen\n"
            "x & y  1,234,567  12.3   yes\n"
            "gone                      no\n"
            "gone: \"lost\"\n");
}

TEST(Render, JsonHasKeysAndAllDigits) {
  const Json json = Json::parse(RenderJson(Small()));
  EXPECT_EQ(json["title"], "figures");
  EXPECT_EQ(json["runs"], 2);
  const Json& table = json["tables"][0];
  EXPECT_EQ(table["name"], "a<b>.txt");
  EXPECT_EQ(table["bytes"], 3);
  EXPECT_EQ(table["rows"][0], Json({{"name", "x & y"},
                                    {"size", 1234567},
                                    {"rate", 12.345},
                                    {"exact", 0.1}}));
  EXPECT_TRUE(table["rows"][1]["size"].is_null());
}

TEST(Render, JsonReplacesWhatIsNotText) {
  const std::string json = RenderJson({"\xff", {}, {}});
  EXPECT_EQ(Json::parse(json)["title"], "\xEF\xBF\xBD");
}

TEST(Render, HtmlEscapes) {
  EXPECT_EQ(EscapeHtml("<a href=\"x\">Tom & 'Al'</a>"),
            "&lt;a href=&quot;x&quot;&gt;Tom &amp; &#39;Al&#39;&lt;/a&gt;");
  Report report = Small();
  report.title = "<script>alert";
  report.tables[0].charts = {
      {"<t>", "<x>", "<y>", {{1, 2, "<p>", Mark::kOwn, true}}}};
  const std::string page = RenderHtml(report);
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_NE(page.find("<h2>a&lt;b&gt;.txt</h2>"), std::string::npos);
  EXPECT_NE(page.find("x &amp; y"), std::string::npos);
  for (const char* bare : {"<t>", "<x>", "<y>", "<p>"}) {
    EXPECT_EQ(page.find(bare), std::string::npos) << bare;
  }
}

TEST(Render, HtmlNeedsNothingElse) {
  const std::string page = RenderHtml(Small());
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
  EXPECT_TRUE(page.ends_with("</html>\n"));
  for (const char* outside : {"http:", "https:", "src=", "@import", "url("}) {
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  }
}

TEST(Render, HtmlSortsByAllDigits) {
  Report report = {"r", {}, {}};
  report.tables.resize(1);
  report.tables[0].columns = {{"a", "a"}, {"b", "b", 1}, {"c", "c"}};
  report.tables[0].rows = {{{std::string("1,000"), 1234.56, uint64_t{7000}}}};
  const std::string page = RenderHtml(report);
  EXPECT_NE(page.find("<td class=\"words\">1,000</td>"), std::string::npos);
  EXPECT_NE(page.find("<td data-v=\"1234.56\">1,234.6</td>"),
            std::string::npos);
  EXPECT_NE(page.find("<td data-v=\"7000\">7,000</td>"), std::string::npos);
}

TEST(Render, CsvQuotesWhatWouldEndAField) {
  Table table;
  table.columns = {{"name", "name"}, {"", "for people"}, {"size", ""}};
  table.rows = {{{std::string("a,\"b\""), true, 0.1}},
                {{std::string("c"), true, uint64_t{1234567}}},
                {{Cell(), true, 1.0 / 0.0}}};
  EXPECT_EQ(RenderCsv(table),
            "name,size\r\n\"a,\"\"b\"\"\",0.1\r\nc,1234567\r\n,\r\n");
}

}  // namespace
}  // namespace lentil
