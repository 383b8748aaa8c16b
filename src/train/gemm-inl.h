// SPDX-License-Identifier: Apache-2.0
// Single-precision matrix product for the trainer: B packed into panels, A read
// in place with any strides, a tile of C in registers (Goto & van de Geijn,
// "Anatomy of high-performance matrix multiplication", 2008). Included by
// engine_*.cc after simd-inl.h.

constexpr int kTileCols = 2 * kLanes;
constexpr int kTileRows = kLanes == 16 ? 12 : 6;
constexpr size_t kDepthBlock = 256;  // a panel of B then fits the L1 cache
constexpr size_t kPanelBlock = 512 / kTileCols;  // as many the L2 cache

// C tile [kRows, cols] (+)= A [kRows, depth] · panel [depth, kTileCols].
template <int kRows>
inline void Tile(size_t depth, const float* a, ptrdiff_t a_row, ptrdiff_t a_col,
                 const float* panel, float* c, size_t c_row, size_t cols,
                 bool accumulate) {
  V sum[kRows][2];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) sum[i][0] = sum[i][1] = V{};
  // A pointer to every fourth row: the others are reached by an address mode,
  // where one for each row would not fit the registers.
  constexpr int kBases = (kRows + 3) / 4;
  const float* base[kBases];
#pragma GCC unroll 4
  for (int q = 0; q < kBases; ++q) base[q] = a + 4 * q * a_row;
  const ptrdiff_t from_base[] = {0, a_row, 2 * a_row, 3 * a_row};
  for (size_t k = 0; k < depth; ++k, panel += kTileCols) {
    const V b0 = Load(panel);
    const V b1 = Load(panel + kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const V scalar = Set(base[i / 4][from_base[i % 4]]);
      sum[i][0] += scalar * b0;
      sum[i][1] += scalar * b1;
    }
#pragma GCC unroll 4
    for (int q = 0; q < kBases; ++q) base[q] += a_col;
  }
  if (cols == kTileCols) {
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i, c += c_row) {
      Store(c, accumulate ? Load(c) + sum[i][0] : sum[i][0]);
      Store(c + kLanes, accumulate ? Load(c + kLanes) + sum[i][1] : sum[i][1]);
    }
    return;
  }
  for (int i = 0; i < kRows; ++i, c += c_row) {
    float lanes[kTileCols];
    Store(lanes, sum[i][0]);
    Store(lanes + kLanes, sum[i][1]);
    for (size_t j = 0; j < cols; ++j) {
      c[j] = accumulate ? c[j] + lanes[j] : lanes[j];
    }
  }
}

// The last, lower tile: `rows` < kTileRows, known only at run time.
template <int kRows>
inline void TileOf(int rows, size_t depth, const float* a, ptrdiff_t a_row,
                   ptrdiff_t a_col, const float* panel, float* c, size_t c_row,
                   size_t cols, bool accumulate) {
  if constexpr (kRows > 0) {
    if (rows == kRows) {
      Tile<kRows>(depth, a, a_row, a_col, panel, c, c_row, cols, accumulate);
    } else {
      TileOf<kRows - 1>(rows, depth, a, a_row, a_col, panel, c, c_row, cols,
                        accumulate);
    }
  }
}

// Of a square of floats: swaps the blocks of kStep × kStep that lie beside the
// diagonal ones of twice the size.
template <int kStep, int... J>
inline void SwapBlocks(V (&row)[kLanes], std::integer_sequence<int, J...>) {
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) {
    if ((i & kStep) != 0) continue;
    const V a = row[i];
    const V b = row[i + kStep];
    row[i] = __builtin_shufflevector(
        a, b, ((J & kStep) != 0 ? kLanes + J - kStep : J)...);
    row[i + kStep] = __builtin_shufflevector(
        a, b, ((J & kStep) != 0 ? kLanes + J : J + kStep)...);
  }
  if constexpr (kStep > 1) {
    SwapBlocks<kStep / 2>(row, std::integer_sequence<int, J...>());
  }
}

// PackPanel of a transposed B, kLanes steps of the depth; returns how many
// steps were packed.
inline size_t PackTransposed(const float* source, ptrdiff_t b_col, size_t depth,
                             size_t cols, float* panel) {
  size_t k = 0;
  for (; k + kLanes <= depth; k += kLanes, panel += kLanes * kTileCols) {
    for (size_t half = 0; half < kTileCols; half += kLanes) {
      V row[kLanes];
#pragma GCC unroll 16
      for (size_t j = 0; j < kLanes; ++j) {
        const size_t at = half + j;
        row[j] = at < cols
                     ? Load(source + static_cast<ptrdiff_t>(at) * b_col + k)
                     : V{};
      }
      SwapBlocks<kLanes / 2>(row, std::make_integer_sequence<int, kLanes>());
#pragma GCC unroll 16
      for (size_t i = 0; i < kLanes; ++i) {
        Store(panel + i * kTileCols + half, row[i]);
      }
    }
  }
  return k;
}

// panel[k][j] = b(k, j) for j < cols, then zeros up to kTileCols.
inline void PackPanel(const Operand& b, size_t k0, size_t depth, size_t j0,
                      size_t cols, float* panel) {
  const float* source = b.data + static_cast<ptrdiff_t>(k0) * b.row +
                        static_cast<ptrdiff_t>(j0) * b.col;
  if (b.col == 1 && cols == kTileCols) {
    for (size_t k = 0; k < depth; ++k, source += b.row, panel += kTileCols) {
      Store(panel, Load(source));
      Store(panel + kLanes, Load(source + kLanes));
    }
    return;
  }
  size_t k = 0;
  if (b.row == 1) {
    k = PackTransposed(source, b.col, depth, cols, panel);
    source += k;
    panel += k * kTileCols;
  }
  for (; k < depth; ++k, source += b.row, panel += kTileCols) {
    for (size_t j = 0; j < cols; ++j) {
      panel[j] = source[static_cast<ptrdiff_t>(j) * b.col];
    }
    for (size_t j = cols; j < kTileCols; ++j) panel[j] = 0;
  }
}

// A block of a transposed A, kTileRows wide: in place each step of the depth
// would be on a page of its own.
inline void PackRows(const float* a, ptrdiff_t a_col, size_t depth, int height,
                     float* packed) {
  for (size_t k = 0; k < depth; ++k, a += a_col, packed += kTileRows) {
    std::copy_n(a, height, packed);
  }
}

void Gemm(size_t m, size_t n, size_t depth, Operand a, Operand b, float* c,
          size_t c_row, bool accumulate) {
  thread_local AlignedFloats packed, packed_rows;
  const size_t panels = (n + kTileCols - 1) / kTileCols;
  packed.Reserve(std::min(panels, kPanelBlock) * kTileCols * kDepthBlock);
  packed_rows.Reserve(kTileRows * kDepthBlock);
  const bool pack_rows = a.row == 1 && a.col > kTileRows && panels > 1;
  for (size_t k0 = 0; k0 < depth; k0 += kDepthBlock) {
    const size_t block = std::min(kDepthBlock, depth - k0);
    const bool add = accumulate || k0 > 0;
    for (size_t p0 = 0; p0 < panels; p0 += kPanelBlock) {
      const size_t p1 = std::min(panels, p0 + kPanelBlock);
      for (size_t p = p0; p < p1; ++p) {
        const size_t j0 = p * kTileCols;
        PackPanel(b, k0, block, j0, std::min<size_t>(kTileCols, n - j0),
                  packed.data() + (p - p0) * kTileCols * block);
      }
      for (size_t i = 0; i < m; i += kTileRows) {
        const float* rows = a.data + static_cast<ptrdiff_t>(i) * a.row +
                            static_cast<ptrdiff_t>(k0) * a.col;
        const int height = static_cast<int>(std::min<size_t>(kTileRows, m - i));
        Operand tile = {rows, a.row, a.col};
        if (pack_rows) {
          PackRows(rows, a.col, block, height, packed_rows.data());
          tile = {packed_rows.data(), 1, kTileRows};
        }
        for (size_t p = p0; p < p1; ++p) {
          const size_t j0 = p * kTileCols;
          TileOf<kTileRows>(height, block, tile.data, tile.row, tile.col,
                            packed.data() + (p - p0) * kTileCols * block,
                            c + i * c_row + j0, c_row,
                            std::min<size_t>(kTileCols, n - j0), add);
        }
      }
    }
  }
}
