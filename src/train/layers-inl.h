// SPDX-License-Identifier: Apache-2.0
// The pieces of the network that know nothing of it: norms, rounding, linear
// layers and the activation, with their gradients. Included by engine_*.cc
// after gemm-inl.h.

// ---- rows: norm and rounding ------------------------------------------------

constexpr float kNormEpsilon = 1e-12f;

inline float MaxAbs(const float* x, size_t n) {
  V top = {};
  for (size_t i = 0; i < n; i += kLanes) top = Max(top, Abs(Load(x + i)));
  return MaxOf(top);
}

// x_i = round(x_i × 127 / max) × max / 127, as QuantizeRow does.
inline void RoundRow(float* x, size_t n) {
  const float top = MaxAbs(x, n);
  if (top < 1e-18f) return;
  const V up = Set(127.0f / top);
  const V down = Set(top / 127.0f);
  for (size_t i = 0; i < n; i += kLanes) {
    Store(x + i, Round(Load(x + i) * up) * down);
  }
}

// y = x × inverse_rms; returns inverse_rms. With `quantize`, y is what the int8
// decoder sees: rounded, and scaled by the RMS of the rounded row.
inline float NormRow(const float* x, size_t n, bool quantize, float* y) {
  const float inverse_rms =
      1.0f / std::sqrt(Dot(x, x, n) / static_cast<float>(n) + kNormEpsilon);
  float scale = inverse_rms;
  if (!quantize) {
    for (size_t i = 0; i < n; i += kLanes) Store(y + i, Load(x + i) * scale);
    return inverse_rms;
  }
  const V up = Set(127.0f / std::max(MaxAbs(x, n), 1e-18f));
  for (size_t i = 0; i < n; i += kLanes) Store(y + i, Round(Load(x + i) * up));
  scale = 1.0f / std::sqrt(Dot(y, y, n) / static_cast<float>(n) + kNormEpsilon);
  for (size_t i = 0; i < n; i += kLanes) Store(y + i, Load(y + i) * scale);
  return inverse_rms;
}

// dx += inverse_rms × (dy − y × mean(dy · y)).
inline void NormRowBackward(const float* y, const float* dy, float inverse_rms,
                            size_t n, float* dx) {
  const V mean = Set(Dot(dy, y, n) / static_cast<float>(n));
  for (size_t i = 0; i < n; i += kLanes) {
    Store(dx + i,
          Load(dx + i) + (Load(dy + i) - Load(y + i) * mean) * inverse_rms);
  }
}

// ---- linear layers: W is [outputs, inputs] ----------------------------------

void Linear(size_t n, size_t inputs, size_t outputs, const float* x,
            const float* w, float* y, bool accumulate) {
  const ptrdiff_t depth = static_cast<ptrdiff_t>(inputs);
  Gemm(n, outputs, inputs, {x, depth, 1}, {w, 1, depth}, y, outputs,
       accumulate);
}

// dw += dyᵀ · x; dx = dy · w.
void LinearBackward(size_t n, size_t inputs, size_t outputs, const float* x,
                    const float* w, const float* dy, float* dw, float* dx) {
  Gemm(outputs, inputs, n, {dy, 1, static_cast<ptrdiff_t>(outputs)},
       {x, static_cast<ptrdiff_t>(inputs), 1}, dw, inputs, true);
  Gemm(n, inputs, outputs, {dy, static_cast<ptrdiff_t>(outputs), 1},
       {w, static_cast<ptrdiff_t>(inputs), 1}, dx, inputs, false);
}

// ---- activation -------------------------------------------------------------

// z = relu(u)², rounded if quantising.
inline void Activate(const float* u, size_t n, size_t width, bool quantize,
                     float* z) {
  for (size_t i = 0; i < n * width; i += kLanes) {
    const V r = Max(Load(u + i), V{});
    Store(z + i, r * r);
  }
  if (!quantize) return;
  for (size_t t = 0; t < n; ++t) RoundRow(z + t * width, width);
}
