// SPDX-License-Identifier: Apache-2.0
// docs/numerics.md in plain C++: the specification that other targets equal bit
// for bit. Written for reading; compiled without contraction of × and +.

#include <bit>
#include <cmath>
#include <cstring>

#include "kernels/constants.h"
#include "kernels/kernels.h"
#include "kernels/targets.h"

namespace lentil {
namespace {

// Nearest integer, ties to even, for |x| ≤ 2^22.
float Round(float x) { return (x + kRounder) - kRounder; }

// ---- rows -----------------------------------------------------------------

// max |x_i|, where NaN is larger than any number: bit patterns of non-negative
// floats order as integers. 0 if it is tiny or not finite.
float Maximum(const float* x, size_t n) {
  uint32_t bits = 0;
  for (size_t i = 0; i < n; ++i) {
    bits = std::max(bits, std::bit_cast<uint32_t>(x[i]) & 0x7fffffffu);
  }
  const float m = std::bit_cast<float>(bits);
  return bits >= kInfinityBits || m < kTiny ? 0.0f : m;
}

int32_t SumOfSquares(const int8_t* q, size_t n) {
  int32_t sum = 0;
  for (size_t i = 0; i < n; ++i) sum += q[i] * q[i];
  return sum;
}

// Returns m. q is all zero if and only if m is.
float QuantizeRow(const float* x, size_t n, int8_t* q) {
  const float m = Maximum(x, n);
  if (m == 0.0f) {
    std::memset(q, 0, n);
    return m;
  }
  const float r = kMaxInt8 / m;
  for (size_t i = 0; i < n; ++i) q[i] = static_cast<int8_t>(Round(x[i] * r));
  return m;
}

float Quantize(const float* x, size_t n, ScaleKind kind, int8_t* q) {
  const float m = QuantizeRow(x, n, q);
  if (kind == ScaleKind::kMax || m == 0.0f) return m / kMaxInt8;
  const float square = static_cast<float>(SumOfSquares(q, n));
  return 1.0f / std::sqrt(square / static_cast<float>(n));
}

void Embed(const int8_t* const* rows, const float* scale, size_t count,
           size_t d, float* h) {
  for (size_t i = 0; i < d; ++i) {
    h[i] = static_cast<float>(rows[0][i]) * scale[0];
    for (size_t k = 1; k < count; ++k) {
      h[i] = h[i] + static_cast<float>(rows[k][i]) * scale[k];
    }
  }
}

// ---- matrix products: row-major weights, then the scales -------------------

size_t WeightBytes(size_t n, size_t k) { return (n * k + 63) / 64 * 64; }

size_t PackedBytes(size_t n, size_t k) {
  return WeightBytes(n, k) + n * sizeof(float);
}

void Pack(const int8_t* weight, const float* scale, size_t n, size_t k,
          uint8_t* packed) {
  std::memcpy(packed, weight, n * k);
  std::memcpy(packed + WeightBytes(n, k), scale, n * sizeof(float));
}

int32_t Dot(const int8_t* a, const int8_t* b, size_t k) {
  int32_t sum = 0;
  for (size_t i = 0; i < k; ++i) sum += a[i] * b[i];
  return sum;
}

void Linear(const LinearArgs& a) {
  const auto* weight = reinterpret_cast<const int8_t*>(a.packed);
  const auto* scale =
      reinterpret_cast<const float*>(a.packed + WeightBytes(a.n, a.k));
  for (size_t r = 0; r < a.rows; ++r) {
    float* out = a.out + r * a.out_stride;
    for (size_t j = 0; j < a.n; ++j) {
      const int32_t sum = Dot(weight + j * a.k, a.q + r * a.q_stride, a.k);
      const float y = (static_cast<float>(sum) * a.sigma[r]) * scale[j];
      const float z = y > 0.0f ? y : 0.0f;
      switch (a.epilogue) {
        case Epilogue::kStore:
          out[j] = y;
          break;
        case Epilogue::kAdd:
          out[j] = out[j] + y;
          break;
        case Epilogue::kSquaredRelu:
          out[j] = z * z;
          break;
      }
    }
  }
}

// ---- attention ------------------------------------------------------------

void SinCos(uint32_t phase, float* sine, float* cosine) {
  const uint32_t quadrant = (phase + (1u << 29)) >> 30;
  const auto r = static_cast<int32_t>(phase - (quadrant << 30));
  const float x = static_cast<float>(r) * kPhaseToRadians;
  const float z = x * x;
  const float s = (z * ((kSin3 * z + kSin2) * z + kSin1)) * x + x;
  const float c = (((kCos3 * z + kCos2) * z + kCos1) * z + kCos0) * z + 1.0f;
  switch (quadrant & 3) {
    case 0:
      *sine = s, *cosine = c;
      break;
    case 1:
      *sine = c, *cosine = -s;
      break;
    case 2:
      *sine = -s, *cosine = -c;
      break;
    case 3:
      *sine = -c, *cosine = s;
      break;
  }
}

void Rotary(uint32_t position, const uint32_t* step, size_t half, float* cosine,
            float* sine) {
  for (size_t i = 0; i < half; ++i) {
    SinCos(position * step[i], &sine[i], &cosine[i]);
  }
}

int8_t ClampToInt8(float x) {
  const float low = x > -kMaxInt8 ? x : -kMaxInt8;
  return static_cast<int8_t>(Round(low < kMaxInt8 ? low : kMaxInt8));
}

void HeadNorm(const float* x, size_t heads, size_t k, const float* cosine,
              const float* sine, int8_t* out) {
  const size_t half = k / 2;
  for (size_t h = 0; h < heads; ++h, x += k, out += k) {
    const float m = QuantizeRow(x, k, out);
    if (m == 0.0f) continue;  // zeros
    const float square = static_cast<float>(SumOfSquares(out, k));
    const float f = (kMaxInt8 / m) *
                    (kHeadSteps / std::sqrt(square / static_cast<float>(k)));
    for (size_t i = 0; i < half; ++i) {
      float a = x[i];
      float b = x[i + half];
      if (cosine != nullptr) {
        a = x[i] * cosine[i] - x[i + half] * sine[i];
        b = x[i] * sine[i] + x[i + half] * cosine[i];
      }
      out[i] = ClampToInt8(a * f);
      out[i + half] = ClampToInt8(b * f);
    }
  }
}

// 2^(bits − y), rounded, for y ≥ 0.
int32_t Exp2(float y, int bits) {
  y = y < kExp2Limit ? y : kExp2Limit;
  const float n = Round(y);
  const float f = n - y;
  float p = kExp2C5 * f + kExp2C4;
  p = p * f + kExp2C3;
  p = p * f + kExp2C2;
  p = p * f + kExp2C1;
  p = p * f + 1.0f;
  const auto exponent = static_cast<uint32_t>(127 + bits - static_cast<int>(n));
  return static_cast<int32_t>(Round(p * std::bit_cast<float>(exponent << 23)));
}

// Keys [capacity, K], then values [capacity, K].
void RingPut(const KvRing& ring, uint32_t position, const int8_t* key,
             const int8_t* value) {
  const size_t slot = position % ring.capacity;
  const size_t k = ring.head_width;
  std::memcpy(ring.data + slot * k, key, k);
  std::memcpy(ring.data + (ring.capacity + slot) * k, value, k);
}

void AttendHead(const AttendArgs& a, size_t head) {
  const size_t k = a.ring.head_width;
  const auto* keys = reinterpret_cast<const int8_t*>(a.ring.data);
  const int8_t* values = keys + a.ring.capacity * k;
  auto* score = reinterpret_cast<int32_t*>(a.scratch);  // of position first + j
  const uint32_t count = a.last - a.first + 1;

  int32_t maximum = a.sink[head];
  for (uint32_t j = 0; j < count; ++j) {
    const size_t slot = (a.first + j) % a.ring.capacity;
    score[j] = Dot(a.q + head * k, keys + slot * k, k);
    maximum = std::max(maximum, score[j]);
  }
  const auto weight = [&](int32_t s) {
    return Exp2(static_cast<float>(maximum - s) * a.c[head], kAttendBits);
  };
  int32_t total = weight(a.sink[head]);
  int32_t sum[kMaxHeadWidth] = {};
  for (uint32_t j = 0; j < count; ++j) {
    const size_t slot = (a.first + j) % a.ring.capacity;
    const int32_t e = weight(score[j]);
    total += e;
    for (size_t i = 0; i < k; ++i) sum[i] += e * values[slot * k + i];
  }
  const float scale = 1.0f / (static_cast<float>(total) * kHeadSteps);
  for (size_t i = 0; i < k; ++i) {
    a.out[head * k + i] = static_cast<float>(sum[i]) * scale;
  }
}

void Attend(const AttendArgs& a) {
  for (size_t head = 0; head < a.heads; ++head) AttendHead(a, head);
}

// ---- frequencies ----------------------------------------------------------

void Frequencies(const float* logits, FrequencyTable* table) {
  float largest = logits[0];
  for (int i = 1; i < 256; ++i) {
    largest = logits[i] > largest ? logits[i] : largest;
  }
  uint32_t* w = table->frequency;
  uint64_t sum = 0;
  uint32_t best = 0;
  for (uint32_t i = 0; i < 256; ++i) {
    w[i] = static_cast<uint32_t>(Exp2(largest - logits[i], kFrequencyBits));
    sum += w[i];
    if (w[i] > w[best]) best = i;
  }
  const uint64_t ratio =
      (((uint64_t{1} << kTotalBits) - 256) << 30) / sum;  // < 2^32
  uint32_t rest = 1u << kTotalBits;
  for (uint32_t i = 0; i < 256; ++i) {
    w[i] = 1 + static_cast<uint32_t>((w[i] * ratio) >> 30);
    rest -= w[i];
  }
  w[best] += rest;
  uint32_t cumulative = 0;
  for (uint32_t i = 0; i < 256; ++i) {
    if (i % 16 == 0) table->block[i / 16] = cumulative;
    cumulative += w[i];
  }
}

// ---- mixing log-odds ------------------------------------------------------

int32_t Mix(const int32_t* w, const int32_t* x, size_t n) {
  int32_t sum = 0;
  for (size_t i = 0; i < n; ++i) sum += (w[i] * x[i]) >> 6;
  return sum >> 10;
}

void TrainMix(int32_t* w, const int32_t* x, int32_t error, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const int32_t moved = w[i] + ((x[i] * error + (1 << 15)) >> 16);
    w[i] = std::clamp(moved, -kMaxMixWeight, kMaxMixWeight);
  }
}

constexpr MatrixKernels kMatrix = {
    .packed_bytes = PackedBytes,
    .pack = Pack,
    .apply = Linear,
};

}  // namespace

const Kernels& ScalarKernels() {
  static const Kernels table = {
      .name = "scalar",
      .linear = kMatrix,
      .narrow = kMatrix,
      .sparse = kMatrix,
      .quantize = Quantize,
      .embed = Embed,
      .rotary = Rotary,
      .head_norm = HeadNorm,
      .ring_put = RingPut,
      .attend = Attend,
      .mix = Mix,
      .train_mix = TrainMix,
      .frequencies = Frequencies,
      .floats = ScalarFloats(),
  };
  return table;
}

}  // namespace lentil
