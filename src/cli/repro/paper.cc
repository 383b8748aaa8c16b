// SPDX-License-Identifier: Apache-2.0
// The paper's Table 1, and what is said of its Table 2.

#include "cli/repro/paper.h"

#include <algorithm>
#include <iterator>

namespace lentil {
namespace {

// Its PNG has rows of 32 pixels, half of a patch's: our png32.
constexpr PaperRow kTable1[] = {
    {"gzip",
     "gzip",
     false,
     {32.3, 70.7, 36.4, 100.0},
     {32.3, 70.7, 36.4, 100.0}},
    {"LZMA2",
     "lzma",
     false,
     {23.0, 57.9, 29.9, 100.0},
     {23.0, 57.9, 29.9, 100.0}},
    {"PNG",
     "png32",
     false,
     {42.9, 58.5, 32.2, 100.0},
     {42.9, 58.5, 32.2, 100.0}},
    {"FLAC",
     "flac",
     false,
     {89.5, 61.9, 30.9, 107.8},
     {89.5, 61.9, 30.9, 107.8}},
    {"gzip",
     "gzip",
     true,
     {48.1, 68.6, 38.5, 100.1},
     {48.1, 68.6, 38.5, 100.1}},
    {"LZMA2",
     "lzma",
     true,
     {50.0, 62.4, 38.2, 100.0},
     {50.0, 62.4, 38.2, 100.0}},
    {"PNG",
     "png32",
     true,
     {80.6, 61.7, 37.6, 103.2},
     {80.6, 61.7, 37.6, 103.2}},
    {"FLAC",
     "flac",
     true,
     {88.9, 60.9, 30.3, 107.2},
     {88.9, 60.9, 30.3, 107.2}},
    {"Transformer 200K",
     "nano",
     true,
     {30.9, 194.0, 146.6, 195.5},
     {30.9, 194.0, 146.6, 195.5}},
    {"Transformer 800K",
     "small",
     true,
     {21.7, 185.1, 131.1, 200.1},
     {21.9, 185.3, 131.3, 200.3}},
    {"Transformer 3.2M",
     "base",
     true,
     {17.0, 215.8, 228.2, 224.0},
     {17.7, 216.5, 228.9, 224.7}},
    {"Llama 2 7B",
     "",
     true,
     {8.9, 53.4, 23.1, 103.2},
     {1408.9, 1453.4, 1423.1, 1503.2}},
    {"Chinchilla 1B",
     "",
     true,
     {11.3, 62.2, 24.9, 108.8},
     {211.3, 262.2, 224.9, 308.8}},
    {"Chinchilla 7B",
     "",
     true,
     {10.2, 54.7, 23.6, 101.6},
     {1410.2, 1454.7, 1423.6, 1501.6}},
    {"Chinchilla 70B",
     "",
     true,
     {8.3, 48.0, 21.0, 100.8},
     {14008.3, 14048.0, 14021.0, 14100.8}},
};

constexpr uint32_t kPaperTokens[] = {256, 1000, 2000, 5000, 10000, 20000};
constexpr PaperBody kTable2[] = {
    {"200K", {22.9, 25.4, 25.6, 23.1, 21.3, 19.3}},
    {"6.4M", {13.6, 14.8, 15.7, 17.1, 17.0, 16.4}},
    {"38M", {6.4, 6.9, 7.4, 8.7, 8.9, 9.0}},
};

}  // namespace

std::span<const PaperBody> PaperBodies() { return kTable2; }

const double* PaperBody::Of(uint32_t tokens) const {
  const auto* found =
      std::find(std::begin(kPaperTokens), std::end(kPaperTokens), tokens);
  return found == std::end(kPaperTokens) ? nullptr
                                         : raw + (found - kPaperTokens);
}

std::span<const PaperRow> PaperTable1() { return kTable1; }

int PaperColumn(SetKind kind) {
  switch (kind) {
    case SetKind::kText:
      return 0;
    case SetKind::kGray:
      return 1;
    case SetKind::kAudio8:
      return 2;
    case SetKind::kRandom:
      return 3;
    case SetKind::kAudio16:
      break;
  }
  return -1;
}

const PaperRow* PaperRowOf(std::string_view subject, bool chunked) {
  for (const PaperRow& row : kTable1) {
    if (row.subject == subject && row.chunked == chunked) return &row;
  }
  return nullptr;
}

}  // namespace lentil
