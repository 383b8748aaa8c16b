// SPDX-License-Identifier: Apache-2.0
// The Pareto frontier and the table of a contest.

#include "bench/bench_report.h"

#include <gtest/gtest.h>

#include "bench/pareto.h"

namespace lentil {
namespace {

using Marks = std::vector<bool>;

TEST(Pareto, SmallerOrFasterThanEveryOtherOne) {
  const Offer offers[] = {{10, 1}, {20, 5}, {15, 2}, {25, 4}, {30, 9}};
  EXPECT_EQ(ParetoFrontier(offers), Marks({true, true, true, false, true}));
}

TEST(Pareto, EqualOnesStandTogether) {
  const Offer offers[] = {{10, 1}, {10, 1}, {10, 0.5}, {11, 1}};
  EXPECT_EQ(ParetoFrontier(offers), Marks({true, true, false, false}));
}

TEST(Pareto, OneOrNone) {
  EXPECT_EQ(ParetoFrontier({}), Marks());
  const Offer one[] = {{10, 0}};
  EXPECT_EQ(ParetoFrontier(one), Marks({true}));
}

Standing Stand(const std::string& name, uint64_t bytes, double seconds,
               bool own = false) {
  Standing standing;
  standing.contender.name = name;
  standing.contender.own = own;
  standing.contender.model_bytes = own ? 500 : 0;
  standing.source_bytes = 4000;
  standing.code_bytes = bytes;
  standing.compress.seconds = seconds;
  standing.compress.peak_bytes = 3 << 20;
  standing.decompress.seconds = 1;
  standing.decompress.peak_bytes = 1 << 20;
  return standing;
}

// The cell of `row` under `key`.
Cell Value(const Table& table, size_t row, const std::string& key) {
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].key == key) return table.rows[row].cells[c];
  }
  ADD_FAILURE() << "no column " << key;
  return {};
}

TEST(BenchTable, SmallestFirstFailedLast) {
  Standing failed = Stand("c", 1, 1);
  failed.status = Status(Code::kVerifyFailed, "differs");
  const Standing standings[] = {failed, Stand("a", 2000, 0.5),
                                Stand("b", 1000, 2, true)};
  const Table table = BenchTable("file", standings);
  ASSERT_EQ(table.rows.size(), 3u);
  for (const TableRow& row : table.rows) {
    EXPECT_EQ(row.cells.size(), table.columns.size());
  }
  EXPECT_EQ(Value(table, 0, "contender"), Cell(std::string("b")));
  EXPECT_EQ(Value(table, 1, "contender"), Cell(std::string("a")));
  EXPECT_EQ(Value(table, 2, "contender"), Cell(std::string("c")));
  EXPECT_EQ(Value(table, 2, "ok"), Cell(false));
  EXPECT_EQ(Value(table, 2, "error"), Cell(std::string("differs")));
  EXPECT_EQ(Value(table, 2, "compressed_bytes"), Cell());
  EXPECT_EQ(table.rows[2].mark, Mark::kFailed);
  EXPECT_EQ(table.notes, std::vector<std::string>({"c: failed: differs"}));
  EXPECT_EQ(table.charts[0].points.size(), 2u);
}

TEST(BenchTable, ATimeLimitThatWasPassedIsTold) {
  Standing slow = Stand("slow", 1, 1), broken = Stand("broken", 1, 1);
  slow.status = Status(Code::kResourceLimit, "killed");
  broken.status = Status(Code::kIo, "exit code 1");
  const Standing standings[] = {slow, broken, Stand("a", 2000, 0.5)};
  const Table table = BenchTable("file", standings);
  EXPECT_EQ(Value(table, 0, "timed_out"), Cell(false));
  EXPECT_EQ(Value(table, 1, "contender"), Cell(std::string("slow")));
  EXPECT_EQ(Value(table, 1, "timed_out"), Cell(true));
  EXPECT_EQ(Value(table, 1, "ok"), Cell(false));
  EXPECT_EQ(Value(table, 2, "timed_out"), Cell(false));
}

TEST(BenchTable, FiguresFollowFromSizesAndTimes) {
  const Standing standings[] = {Stand("b", 1000, 2, true)};
  const Table table = BenchTable("file", standings);
  EXPECT_EQ(Value(table, 0, "bits_per_byte"), Cell(2.0));
  EXPECT_EQ(Value(table, 0, "adjusted_bits_per_byte"), Cell(3.0));
  EXPECT_EQ(Value(table, 0, "compress_kb_per_s"), Cell(2.0));
  EXPECT_EQ(Value(table, 0, "decompress_kb_per_s"), Cell(4.0));
  EXPECT_EQ(Value(table, 0, "peak_mib"), Cell(3.0));
  EXPECT_EQ(Value(table, 0, "model_bytes"), Cell(uint64_t{500}));
}

TEST(BenchTable, AModelPaysBesideTheSmallestWithoutOne) {
  Standing gone = Stand("gone", 100, 1);
  gone.status = Status(Code::kIo, "gone");
  const Standing standings[] = {Stand("large", 3000, 1), Stand("next", 2000, 1),
                                Stand("own", 1000, 1, true),
                                Stand("worse", 2001, 1, true), gone};
  const Table table = BenchTable("file", standings);
  // Each source byte saves a quarter of one; the model has 500.
  EXPECT_EQ(Value(table, 0, "pay_off_bytes"), Cell(2000.0));
  for (size_t i = 1; i < 5; ++i) {
    EXPECT_EQ(Value(table, i, "pay_off_bytes"), Cell()) << i;
  }
  const Table alone = BenchTable("file", {&standings[2], 1});
  EXPECT_EQ(Value(alone, 0, "pay_off_bytes"), Cell());
}

TEST(BenchTable, EachDirectionHasItsFrontier) {
  const Standing standings[] = {Stand("small", 1000, 2), Stand("fast", 2000, 1),
                                Stand("neither", 3000, 3)};
  const Table table = BenchTable("file", standings);
  const bool compress[] = {true, true, false};
  const bool decompress[] = {true, false, false};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(Value(table, i, "pareto_compress"), Cell(compress[i])) << i;
    EXPECT_EQ(Value(table, i, "pareto_decompress"), Cell(decompress[i])) << i;
  }
}

TEST(BenchTable, AnEmptySourceHasNoRates) {
  Standing standing = Stand("a", 10, 0);
  standing.source_bytes = 0;
  const Table table = BenchTable("file", {&standing, 1});
  EXPECT_EQ(Value(table, 0, "bits_per_byte"), Cell(0.0));
  EXPECT_EQ(Value(table, 0, "compress_kb_per_s"), Cell(0.0));
}

}  // namespace
}  // namespace lentil
