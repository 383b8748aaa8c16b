// SPDX-License-Identifier: Apache-2.0

#include "codec/lane_parameters.h"

#include <gtest/gtest.h>

namespace lentil {
namespace {

TEST(LaneParameters, AreReadAsTheyWereWritten) {
  LaneParameters written = {
      .lanes = 40, .lanes_per_group = 8, .table_bits = 18, .section_bits = 14};
  for (const Layout::Kind kind :
       {Layout::Kind::kText, Layout::Kind::kFields, Layout::Kind::kSamples}) {
    written.layout = {.kind = kind, .period = 0};
    if (kind != Layout::Kind::kText) written.layout.period = 12;
    written.x86_calls = kind == Layout::Kind::kFields;
    std::vector<uint8_t> payload = {7};  // something before
    AppendParameters(written, &payload);
    payload.push_back(7);  // and behind
    size_t at = 1;
    const Result<LaneParameters> read = ReadParameters(payload, &at);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(at + 1, payload.size());
    EXPECT_EQ(read->lanes, written.lanes);
    EXPECT_EQ(read->lanes_per_group, written.lanes_per_group);
    EXPECT_EQ(read->table_bits, written.table_bits);
    EXPECT_EQ(read->layout.kind, written.layout.kind);
    EXPECT_EQ(read->layout.period, written.layout.period);
    EXPECT_EQ(read->x86_calls, written.x86_calls);
    EXPECT_EQ(read->section_bits, written.section_bits);
    for (size_t size = 1; size + 1 < payload.size(); ++size) {
      at = 1;
      EXPECT_FALSE(ReadParameters({payload.data(), size}, &at).ok()) << size;
    }
  }
}

TEST(LaneParameters, SectionsHaveASize) {
  for (const uint8_t bits : {0, 1, 11, 12, 31, 32, 127}) {
    // Two lanes in one group; tables of 2^18, text, sections.
    const std::vector<uint8_t> payload = {2, 2, 0x92, 0x02, bits};
    size_t at = 0;
    EXPECT_EQ(ReadParameters(payload, &at).ok(), bits >= 12 && bits <= 31)
        << +bits;
  }
}

TEST(LaneParameters, OneGroupThatSeesTheWholeFrame) {
  for (const uint64_t size : {0, 1, 20'000, 100'000, 4 << 20}) {
    const LaneParameters chosen =
        ChooseParameters(size, {.lanes = 16, .table_bits = 20});
    EXPECT_EQ(chosen.groups(), 1u);
    EXPECT_EQ(chosen.section_bits != 0, chosen.lanes > 1);
    EXPECT_TRUE(IsAllowed(chosen, size, true)) << size;
  }
}

}  // namespace
}  // namespace lentil
