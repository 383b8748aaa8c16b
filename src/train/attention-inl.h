// SPDX-License-Identifier: Apache-2.0
// Windowed causal attention with a learned sink, forward and backward, by
// blocks of queries; scores are computed again in the backward pass, so memory
// is linear in the sequence. Included by engine_*.cc after gemm-inl.h.

constexpr size_t kScoreRows = 64;  // queries × heads of a group in one block

// One KV group of one sequence. Letters as in docs/numerics.md; P = H / G heads
// share the keys. Rows of q and o are (position, head).
struct AttentionGroup {
  size_t length;             // T
  size_t heads;              // P
  size_t dim;                // K
  size_t window;             // W
  const float* q;            // [T * P, K], normalised and rotated
  const float* k;            // [T, K]
  const float* v;            // [T, K]
  const float* temperature;  // [P]
  const float* sink;         // [P]
  float* log_sum;            // [T * P]: ln of the softmax denominator
};

struct AttentionGradient {
  float* q;            // [T * P, K], written
  float* k;            // [T, K], added to
  float* v;            // [T, K], added to
  float* temperature;  // [P], added to
  float* sink;         // [P], added to
};

// Queries t0 … t0 + count − 1 against keys k0 … k0 + keys − 1.
struct ScoreBlock {
  size_t t0, count, k0, keys, stride;  // stride: floats per row of scores
};

inline ScoreBlock BlockAt(const AttentionGroup& g, size_t t0) {
  ScoreBlock b;
  b.t0 = t0;
  b.count = std::min(std::max<size_t>(1, kScoreRows / g.heads), g.length - t0);
  b.k0 = t0 + 1 > g.window ? t0 + 1 - g.window : 0;
  b.keys = t0 + b.count - b.k0;
  b.stride = (b.keys + 15) / 16 * 16;
  return b;
}

// Scores of a block times temperature/√K, −1e30 where a query does not see a
// key.
inline void Scores(const AttentionGroup& g, const ScoreBlock& b, float* s) {
  Gemm(b.count * g.heads, b.keys, g.dim,
       {g.q + b.t0 * g.heads * g.dim, static_cast<ptrdiff_t>(g.dim), 1},
       {g.k + b.k0 * g.dim, 1, static_cast<ptrdiff_t>(g.dim)}, s, b.stride,
       false);
  const float unit = 1.0f / std::sqrt(static_cast<float>(g.dim));
  for (size_t r = 0; r < b.count * g.heads; ++r, s += b.stride) {
    const size_t t = b.t0 + r / g.heads;
    const size_t first = t + 1 > g.window ? t + 1 - g.window - b.k0 : 0;
    const size_t last = t - b.k0;
    const float scale = g.temperature[r % g.heads] * unit;
    for (size_t j = 0; j <= last; j += kLanes)
      Store(s + j, Load(s + j) * scale);
    for (size_t j = 0; j < first; ++j) s[j] = -1e30f;
    for (size_t j = last + 1; j < b.stride; ++j) s[j] = -1e30f;
  }
}

// `o` gets T * P rows of K floats. Scratch: kScoreRows * (W + kScoreRows + 16).
void AttentionForward(const AttentionGroup& g, float* scratch, float* o) {
  for (size_t t0 = 0; t0 < g.length;) {
    const ScoreBlock b = BlockAt(g, t0);
    const size_t rows = b.count * g.heads;
    Scores(g, b, scratch);
    for (size_t r = 0; r < rows; ++r) {
      float* s = scratch + r * b.stride;
      V top = Set(g.sink[r % g.heads]);
      for (size_t j = 0; j < b.stride; j += kLanes) top = Max(top, Load(s + j));
      const float peak = MaxOf(top);
      V sum = {};
      for (size_t j = 0; j < b.stride; j += kLanes) {
        const V e = Exp(Load(s + j) - peak);
        Store(s + j, e);
        sum += e;
      }
      const float total = Sum(sum) + std::exp(g.sink[r % g.heads] - peak);
      g.log_sum[t0 * g.heads + r] = peak + std::log(total);
      const float inverse = 1.0f / total;
      for (size_t j = 0; j < b.stride; j += kLanes) {
        Store(s + j, Load(s + j) * inverse);
      }
    }
    Gemm(rows, g.dim, b.keys, {scratch, static_cast<ptrdiff_t>(b.stride), 1},
         {g.v + b.k0 * g.dim, static_cast<ptrdiff_t>(g.dim), 1},
         o + t0 * g.heads * g.dim, g.dim, false);
    t0 += b.count;
  }
}

// Turns scores into probabilities and `dp` into the gradient of q · k; adds the
// gradients of temperature and sink. One row.
inline void SoftmaxBackward(float log_sum, float temperature, float sink,
                            size_t dim, size_t stride, float* s, float* dp,
                            float* d_temperature, float* d_sink) {
  V dot = {};
  V dot_score = {};
  V weight = {};
  for (size_t j = 0; j < stride; j += kLanes) {
    const V score = Load(s + j);
    const V p = Exp(score - log_sum);
    const V pd = p * Load(dp + j);
    Store(s + j, p);
    dot += pd;
    const V seen = score < -1e29f ? V{} : score;
    dot_score += pd * seen;
    weight += p * seen;
  }
  const float delta = Sum(dot);
  const float scale = temperature / std::sqrt(static_cast<float>(dim));
  for (size_t j = 0; j < stride; j += kLanes) {
    Store(dp + j, Load(s + j) * (Load(dp + j) - delta) * scale);
  }
  // Scores are temperature × (q·k)/√K, so d/d temperature = Σ dscore · score /
  // temperature.
  *d_temperature += (Sum(dot_score) - delta * Sum(weight)) / temperature;
  *d_sink -= std::exp(sink - log_sum) * delta;
}

// Scratch: twice that of the forward pass.
void AttentionBackward(const AttentionGroup& g, const float* d_o,
                       const AttentionGradient& d, float* scratch) {
  for (size_t t0 = 0; t0 < g.length;) {
    const ScoreBlock b = BlockAt(g, t0);
    const size_t rows = b.count * g.heads;
    const ptrdiff_t dim = static_cast<ptrdiff_t>(g.dim);
    const ptrdiff_t stride = static_cast<ptrdiff_t>(b.stride);
    float* s = scratch;
    float* dp = scratch + rows * b.stride;
    const float* q = g.q + t0 * g.heads * g.dim;
    const float* block_d_o = d_o + t0 * g.heads * g.dim;
    Scores(g, b, s);
    Gemm(rows, b.keys, g.dim, {block_d_o, dim, 1}, {g.v + b.k0 * g.dim, 1, dim},
         dp, b.stride, false);
    for (size_t r = 0; r < rows; ++r) {
      const size_t h = r % g.heads;
      float* row = dp + r * b.stride;
      std::fill(row + b.keys, row + b.stride, 0.0f);
      SoftmaxBackward(g.log_sum[t0 * g.heads + r], g.temperature[h], g.sink[h],
                      g.dim, b.stride, s + r * b.stride, row, d.temperature + h,
                      d.sink + h);
    }
    Gemm(b.keys, g.dim, rows, {s, 1, stride}, {block_d_o, dim, 1},
         d.v + b.k0 * g.dim, g.dim, true);
    Gemm(rows, g.dim, b.keys, {dp, stride, 1}, {g.k + b.k0 * g.dim, dim, 1},
         d.q + t0 * g.heads * g.dim, g.dim, false);
    Gemm(b.keys, g.dim, rows, {dp, 1, stride}, {q, dim, 1}, d.k + b.k0 * g.dim,
         g.dim, true);
    t0 += b.count;
  }
}
