// SPDX-License-Identifier: Apache-2.0
// Vectors of floats for the trainer, as wide as the target: the compiler's
// vector type and the few functions the loops need. No include guard: each
// engine_*.cc includes the -inl.h files once, inside its own namespace.
//
// Training is not bound by docs/numerics.md: sums may be in any order and
// multiply-adds may be fused.

constexpr int kLanes = LENTIL_TRAIN_LANES;
typedef float V __attribute__((vector_size(LENTIL_TRAIN_LANES * 4)));
typedef int32_t VI __attribute__((vector_size(LENTIL_TRAIN_LANES * 4)));

inline V Load(const float* p) {
  V v;
  std::memcpy(&v, p, sizeof(v));
  return v;
}
inline void Store(float* p, V v) { std::memcpy(p, &v, sizeof(v)); }
inline V Set(float x) { return x - V{}; }  // x − 0 folds away, 0 + x does not
inline V Max(V a, V b) { return a > b ? a : b; }
inline V Min(V a, V b) { return a < b ? a : b; }
inline V Abs(V a) { return Max(a, -a); }

inline float Sum(V v) {
  float lanes[kLanes];
  Store(lanes, v);
  for (int n = kLanes / 2; n > 0; n /= 2) {
    for (int i = 0; i < n; ++i) lanes[i] += lanes[i + n];
  }
  return lanes[0];
}

inline float MaxOf(V v) {
  float lanes[kLanes];
  Store(lanes, v);
  for (int n = kLanes / 2; n > 0; n /= 2) {
    for (int i = 0; i < n; ++i) lanes[i] = std::max(lanes[i], lanes[i + n]);
  }
  return lanes[0];
}

// Nearest integer for |x| < 2^22.
inline V Round(V x) {
  const V magic = Set(12582912.0f);  // 1.5 * 2^23
  V t = x + magic;
  asm("" : "+m"(t));  // keeps the compiler from cancelling the two additions
  return t - magic;
}

// e^x, relative error about 2e-7; 0 below −87: what is left of masked scores
// must not become subnormal, at which processors take a hundred times as long.
inline V Exp(V exponent) {
  const V x = Max(Min(exponent, Set(88.0f)), Set(-87.0f));
  const V n = Round(x * 1.44269504f);
  const V f = (x - n * 0.693359375f) + n * 2.12194440e-4f;  // Cody-Waite ln 2
  V p = Set(1.0f / 720);
  p = p * f + 1.0f / 120;
  p = p * f + 1.0f / 24;
  p = p * f + 1.0f / 6;
  p = p * f + 0.5f;
  p = p * f + 1.0f;
  p = p * f + 1.0f;
  const VI bits = (__builtin_convertvector(n, VI) + 127) << 23;
  V power;
  std::memcpy(&power, &bits, sizeof(power));
  return exponent < -87.0f ? V{} : p * power;
}

inline float Dot(const float* a, const float* b, size_t n) {
  V sum = {};
  for (size_t i = 0; i < n; i += kLanes) sum += Load(a + i) * Load(b + i);
  return Sum(sum);
}

inline void Axpy(float alpha, const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; i += kLanes) {
    Store(y + i, Load(y + i) + Load(x + i) * alpha);
  }
}
