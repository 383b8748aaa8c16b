// SPDX-License-Identifier: Apache-2.0
// Which rows of a stored matrix are which: fused queries, keys and values, and
// rows that lie in pairs.

#ifndef LENTIL_MODEL_IMPORTED_ROW_RUNS_H_
#define LENTIL_MODEL_IMPORTED_ROW_RUNS_H_

#include <cstdint>

namespace lentil {

// Rows of heads as GGUF has them for some families: of the first `paired` rows
// of each head, those of its first half are 0, 2, 4 …, those of the second 1,
// 3, 5 ….
struct RowPairs {
  uint64_t head = 0;    // rows of a head
  uint64_t paired = 0;  // of which so many lie in pairs; 0 = none

  // Where row i is stored.
  uint64_t Row(uint64_t i) const {
    if (paired == 0 || i % head >= paired) return i;
    const uint64_t half = paired / 2;
    const uint64_t in = i % head;
    return i - in + (in < half ? 2 * in : 2 * (in - half) + 1);
  }
  // Which row is stored at i.
  uint64_t RowAt(uint64_t i) const {
    if (paired == 0 || i % head >= paired) return i;
    const uint64_t in = i % head;
    return i - in + in / 2 + in % 2 * (paired / 2);
  }
};

// Which rows of a tensor make a matrix: row i is that of the pairs, j, at
// offset + (j ÷ run) × stride + j mod run.
struct RowRuns {
  uint64_t offset = 0;
  uint64_t run = 0;  // 0 = all rows are one run
  uint64_t stride = 0;
  RowPairs pairs = {};

  uint64_t Row(uint64_t i) const {
    const uint64_t j = pairs.Row(i);
    return run == 0 ? offset + j : offset + j / run * stride + j % run;
  }
};

// Where a layer's queries, keys and values are, in one matrix or in three.
struct QkvRuns {
  RowRuns q, k, v;
};

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_ROW_RUNS_H_
