// SPDX-License-Identifier: Apache-2.0
// The decoder's mathematics in doubles, without quantised activations, written
// apart from the kernels: the integer path must stay close to it.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "base/fp_mode.h"
#include "model/decoder.h"
#include "model/selftest.h"

namespace lentil {
namespace {

using Vector = std::vector<double>;

Vector Multiply(const QuantizedMatrix& m, const Vector& x) {
  Vector y(m.rows, 0.0);
  for (uint32_t r = 0; r < m.rows; ++r) {
    for (uint32_t c = 0; c < m.cols; ++c) {
      y[r] += m.weight[size_t{r} * m.cols + c] * x[c];
    }
    y[r] *= m.scale[r];
  }
  return y;
}

// x divided by its root mean square.
Vector Normalize(const Vector& x) {
  double square = 0;
  for (double v : x) square += v * v;
  Vector y = x;
  for (double& v : y) v /= std::sqrt(square / static_cast<double>(x.size()));
  return y;
}

// docs/numerics.md, "Embedding", with sums taken as they are written there.
size_t InputSymbol(const ByteSum& sum, const std::vector<uint8_t>& text) {
  int64_t total = 0;
  for (const int64_t term : sum) {
    const int64_t place = static_cast<int64_t>(text.size()) - std::abs(term);
    if (place < 0) return kStartSymbol;
    total += (term < 0 ? -1 : 1) * int64_t{text[place]};
  }
  return static_cast<size_t>((total % 256 + 256) % 256);
}

class Reference {
 public:
  explicit Reference(NativeModel model)
      : m_(std::move(model)),
        c_(m_.config),
        keys_(c_.layers()),
        values_(c_.layers()) {}

  // Probabilities of the byte at the end of `text`; call for 0, 1, 2, … bytes.
  Vector Next(const std::vector<uint8_t>& text) {
    Vector h(c_.d_model, 0.0);
    for (uint32_t k = 0; k < c_.num_inputs(); ++k) {
      const size_t symbol = InputSymbol(c_.inputs[k], text);
      for (uint32_t i = 0; i < c_.d_model; ++i) {
        h[i] += m_.embed[(k * kNumSymbols + symbol) * c_.d_model + i] *
                double{m_.embed_scale[k]};
      }
    }
    for (uint32_t layer = 0; layer < c_.layers(); ++layer) {
      Add(Attention(layer, Normalize(h), text.size()), &h);
      Vector u = Multiply(m_.blocks[layer].up, Normalize(h));
      for (double& v : u) v = v > 0 ? v * v : 0;
      Add(Multiply(m_.blocks[layer].down, u), &h);
    }
    Vector p = Multiply(m_.unembed, Normalize(h));
    const double largest = *std::max_element(p.begin(), p.end());
    double sum = 0;
    for (double& v : p) sum += v = std::exp2(v - largest);
    for (double& v : p) v /= sum;
    return p;
  }

 private:
  static void Add(const Vector& x, Vector* h) {
    for (size_t i = 0; i < x.size(); ++i) (*h)[i] += x[i];
  }

  // Head `index` of a qkv row: unit RMS, rotated unless it is a value.
  Vector Head(const Vector& qkv, uint32_t index, double position) const {
    const uint32_t n = c_.head_dim;
    const Vector x =
        Normalize({qkv.begin() + index * n, qkv.begin() + (index + 1) * n});
    if (index >= c_.heads + c_.kv_heads) return x;
    Vector y(n);
    for (uint32_t i = 0; i < n / 2; ++i) {
      const double turns = m_.rotary_step[i] / 4294967296.0 * position;
      const double angle = (turns - std::floor(turns)) * 2 * M_PI;
      y[i] = x[i] * std::cos(angle) - x[i + n / 2] * std::sin(angle);
      y[i + n / 2] = x[i] * std::sin(angle) + x[i + n / 2] * std::cos(angle);
    }
    return y;
  }

  Vector Attention(uint32_t layer, const Vector& x, size_t position) {
    const NativeBlock& block = m_.blocks[layer];
    const Vector qkv = Multiply(block.qkv, x);
    const auto t = static_cast<double>(position);
    std::vector<Vector> key, value;
    for (uint32_t g = 0; g < c_.kv_heads; ++g) {
      key.push_back(Head(qkv, c_.heads + g, t));
      value.push_back(Head(qkv, c_.heads + c_.kv_heads + g, t));
    }
    keys_[layer].push_back(key);
    values_[layer].push_back(value);
    Vector o;
    for (uint32_t head = 0; head < c_.heads; ++head) {
      const Vector part = AttendHead(layer, head, Head(qkv, head, t));
      o.insert(o.end(), part.begin(), part.end());
    }
    return Multiply(block.out, o);
  }

  // Scores are in steps of 1/32 per factor: 1024 of them are one unit.
  Vector AttendHead(uint32_t layer, uint32_t head, const Vector& q) const {
    const NativeBlock& block = m_.blocks[layer];
    const uint32_t g = head / (c_.heads / c_.kv_heads);
    const double c = block.temperature[head];
    double z = std::exp2(block.sink[head] * c);
    Vector o(c_.head_dim, 0.0);
    const size_t count = keys_[layer].size();
    const size_t window = std::min<size_t>(count, c_.windows[layer]);
    for (size_t j = count - window; j < count; ++j) {
      double score = 0;
      for (uint32_t i = 0; i < c_.head_dim; ++i) {
        score += q[i] * keys_[layer][j][g][i];
      }
      const double e = std::exp2(score * 1024 * c);
      z += e;
      for (uint32_t i = 0; i < c_.head_dim; ++i) {
        o[i] += e * values_[layer][j][g][i];
      }
    }
    for (double& v : o) v /= z;
    return o;
  }

  const NativeModel m_;
  const DecoderConfig& c_;
  std::vector<std::vector<std::vector<Vector>>> keys_,
      values_;  // [layer][t][g]
};

// Mean divergence, in bits, of the decoder's frequencies from the reference,
// and the mean entropy of the latter.
struct Distance {
  double divergence = 0;
  double entropy = 0;
};

Distance Measure(const DecoderConfig& config, uint32_t length) {
  const NativeModel native = RandomModel(config, 3);
  const auto model = Model::Parse(*WriteNative(native));
  Reference reference(native);
  const ScopedFpMode fp_mode;
  Decoder decoder(*model, 1);
  std::mt19937 random(1);
  std::vector<uint8_t> text;
  Distance mean;
  for (uint32_t t = 0; t < length; ++t) {
    const DecoderRow row = {0, t, text.data()};
    FrequencyTable table;
    decoder.Forward({&row, 1}, &table);
    const Vector p = reference.Next(text);
    for (int i = 0; i < 256; ++i) {
      const double q = table.frequency[i] / double{1 << kTotalBits};
      mean.divergence += p[i] * std::log2(p[i] / q) / length;
      mean.entropy -= p[i] * std::log2(p[i]) / length;
    }
    text.push_back(static_cast<uint8_t>(random() % 256));
  }
  return mean;
}

TEST(Reference, DecoderIsCloseToTheMathematics) {
  const Distance distance = Measure({.d_model = 64,
                                     .heads = 4,
                                     .kv_heads = 2,
                                     .head_dim = 32,
                                     .d_mlp = 256,
                                     .inputs = LastBytes(4),
                                     .windows = {16, 40, 100}},
                                    150);
  EXPECT_LT(distance.divergence, 0.004);  // 0.002 when right
  EXPECT_GT(distance.divergence, 0.0);
  EXPECT_LT(distance.entropy, 7.0) << "a model that says something";
}

TEST(Reference, SumsOfBytesEnterAsWritten) {
  const Distance distance = Measure({.d_model = 64,
                                     .heads = 4,
                                     .kv_heads = 2,
                                     .head_dim = 32,
                                     .d_mlp = 256,
                                     .inputs = {{64}, {64, 1, -65}, {-3}},
                                     .windows = {16, 40, 100}},
                                    150);
  EXPECT_LT(distance.divergence, 0.004);
  EXPECT_LT(distance.entropy, 7.0);
}

}  // namespace
}  // namespace lentil
