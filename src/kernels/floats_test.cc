// SPDX-License-Identifier: Apache-2.0
// The float table: right against double precision, and on every target equal to
// the reference bit for bit.

#include "kernels/floats.h"

#include <gtest/gtest.h>

#include <bit>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

#include "base/fp_mode.h"
#include "kernels/kernels.h"
#include "kernels/test_random.h"
#include "kernels/test_tables.h"

namespace lentil {
namespace {

std::vector<const Kernels*> Tables() {
  const auto all = AvailableKernels();
  std::vector<const Kernels*> tables(all.begin(), all.end());
  if (EmulatedTable() != nullptr) tables.push_back(EmulatedTable());
  return tables;
}

void ExpectSameBits(const std::vector<float>& a, const std::vector<float>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    ASSERT_EQ(std::memcmp(&a[i], &b[i], sizeof(float)), 0)
        << "at " << i << ": " << a[i] << " and " << b[i];
  }
}

class FloatTable : public testing::TestWithParam<const Kernels*> {
 protected:
  const FloatKernels& target() const { return GetParam()->floats; }
  const FloatKernels& reference() const { return ScalarKernels().floats; }
  ScopedFpMode mode_;
};
INSTANTIATE_TEST_SUITE_P(
    All, FloatTable, testing::ValuesIn(Tables()), [](const auto& info) {
      return info.param->name +
             std::string(info.param == EmulatedTable() ? "_emulated" : "");
    });

// ---- products -------------------------------------------------------------

struct Product {
  size_t rows, n, k;
  std::vector<float> weight, x;
};

Product RandomProduct(Random& random, size_t rows, size_t n, size_t k,
                      uint32_t kind) {
  Product p{rows, n, k, {}, random.Floats(rows * k, kind)};
  for (size_t i = 0; i < n * k; ++i) p.weight.push_back(random.Normal());
  return p;
}

std::vector<float> Multiply(const FloatKernels& kernels, const Product& p) {
  const size_t padded = PadToPanel(p.n);
  std::vector<float> packed(padded * p.k);
  for (size_t j = 0; j < p.n; j += kPanel) {
    PackFloatPanel(p.weight.data() + j * p.k, std::min(kPanel, p.n - j), p.k,
                   packed.data() + j * p.k);
  }
  std::vector<float> out(p.rows * padded);
  kernels.linear({.packed = packed.data(),
                  .n = p.n,
                  .k = p.k,
                  .x = p.x.data(),
                  .x_stride = p.k,
                  .rows = p.rows,
                  .out = out.data(),
                  .out_stride = padded});
  return out;
}

TEST_P(FloatTable, LinearIsTheProduct) {
  Random random(1);
  const Product p = RandomProduct(random, 7, 21, 37, 0);
  const std::vector<float> y = Multiply(target(), p);
  for (size_t r = 0; r < p.rows; ++r) {
    for (size_t j = 0; j < p.n; ++j) {
      double sum = 0;
      for (size_t i = 0; i < p.k; ++i) {
        sum += double{p.weight[j * p.k + i]} * p.x[r * p.k + i];
      }
      EXPECT_NEAR(y[r * 32 + j], sum, 1e-5);
    }
  }
}

TEST_P(FloatTable, LinearEqualsTheReference) {
  Random random(2);
  for (uint32_t kind = 0; kind < 48; ++kind) {
    const Product p =
        RandomProduct(random, 1 + random.Below(29), 1 + random.Below(70),
                      1 + random.Below(90), kind);
    ExpectSameBits(Multiply(reference(), p), Multiply(target(), p));
  }
}

// All values of 16 bits that are finite, as weights against 1.
std::vector<float> Widened(const FloatKernels& kernels, FloatType type) {
  const uint32_t exponent = type == FloatType::kFloat16 ? 0x7c00 : 0x7f80;
  std::vector<uint16_t> weight(1 << 16);
  for (size_t i = 0; i < weight.size(); ++i) {
    if ((i & exponent) != exponent) weight[i] = static_cast<uint16_t>(i);
  }
  const float one = 1.0f;
  std::vector<float> out(weight.size());
  kernels.linear({.type = type,
                  .packed = weight.data(),
                  .n = weight.size(),
                  .k = 1,
                  .x = &one,
                  .x_stride = 1,
                  .rows = 1,
                  .out = out.data(),
                  .out_stride = weight.size()});
  return out;
}

TEST_P(FloatTable, HalvesAreWidenedExactly) {
  const std::vector<float> half = Widened(target(), FloatType::kFloat16);
  const std::vector<float> brain = Widened(target(), FloatType::kBfloat16);
  for (uint32_t i = 0; i < 1 << 16; ++i) {
    const float sign = i < 0x8000 ? 1.0f : -1.0f;
    const uint32_t exponent = i >> 10 & 0x1f;
    const auto mantissa = static_cast<int>(i & 0x3ff);
    if (exponent != 0x1f) {
      const double size =
          exponent == 0
              ? std::ldexp(mantissa, -24)
              : std::ldexp(1024 + mantissa, static_cast<int>(exponent) - 25);
      ASSERT_EQ(half[i], sign * size) << i;
    }
    if ((i & 0x7f80) != 0x7f80) {
      ASSERT_EQ(brain[i], std::bit_cast<float>(i << 16)) << i;
    }
  }
}

TEST_P(FloatTable, LinearOfHalvesIsThatOfTheirFloats) {
  Random random(9);
  for (const FloatType type : {FloatType::kFloat16, FloatType::kBfloat16}) {
    for (const size_t k : {1u, 255u, 256u, 257u, 700u}) {
      Product p = RandomProduct(random, 1 + random.Below(29), 35, k, 0);
      const std::vector<float> values = Widened(reference(), type);
      std::vector<uint16_t> half(p.n * k), packed(PadToPanel(p.n) * k);
      for (size_t i = 0; i < half.size(); ++i) {
        half[i] = static_cast<uint16_t>(random.Below(1 << 16) & 0xbfff);  // < 2
        p.weight[i] = values[half[i]];
      }
      for (size_t j = 0; j < p.n; j += kPanel) {
        PackFloatPanel(half.data() + j * k, std::min(kPanel, p.n - j), k,
                       packed.data() + j * k);
      }
      std::vector<float> out(p.rows * PadToPanel(p.n));
      target().linear({.type = type,
                       .packed = packed.data(),
                       .n = p.n,
                       .k = k,
                       .x = p.x.data(),
                       .x_stride = k,
                       .rows = p.rows,
                       .out = out.data(),
                       .out_stride = PadToPanel(p.n)});
      ExpectSameBits(out, Multiply(reference(), p));
    }
  }
}

TEST_P(FloatTable, LinearRowsDoNotDependOnTheBatch) {
  Random random(3);
  const Product all = RandomProduct(random, 13, 40, 33, 0);
  const std::vector<float> whole = Multiply(target(), all);
  for (size_t r = 0; r < all.rows; ++r) {
    Product one = all;
    one.rows = 1;
    one.x.assign(all.x.begin() + r * all.k, all.x.begin() + (r + 1) * all.k);
    const std::vector<float> y = Multiply(target(), one);
    ASSERT_EQ(std::memcmp(y.data(), whole.data() + r * y.size(),
                          y.size() * sizeof(float)),
              0);
  }
}

// ---- codes ----------------------------------------------------------------

struct CodedProduct {
  CodeFormat format;
  size_t rows, n, k;
  std::vector<uint8_t> codes;
  std::vector<float> scale, minimum, x;

  double Weight(size_t j, size_t i) const {
    const size_t block = (j * k + i) / format.block;
    const double low = format.has_minimum ? minimum[block] : 0;
    return double{scale[block]} * (codes[j * k + i] - format.offset) + low;
  }
};

CodedProduct RandomCodes(Random& random, CodeFormat format, uint32_t kind) {
  CodedProduct p{format,
                 1 + random.Below(20),
                 1 + random.Below(50),
                 32 * (1 + random.Below(5)),
                 {},
                 {},
                 {},
                 {}};
  const uint32_t largest = format.bits == 4 ? 15 : 255;
  for (size_t i = 0; i < p.n * p.k; ++i) {
    p.codes.push_back(static_cast<uint8_t>(
        kind % 5 == 4 ? largest : random.Below(largest + 1)));
  }
  for (size_t i = 0; i < p.n * p.k / format.block; ++i) {
    p.scale.push_back(random.Normal());
    p.minimum.push_back(random.Normal());
  }
  p.x = random.Floats(p.rows * p.k, kind);
  return p;
}

struct Quantized {
  std::vector<int8_t> q;
  std::vector<float> scale;
  std::vector<int32_t> sum16;
  CodeRows rows() { return {q.data(), scale.data(), sum16.data()}; }
};

Quantized Quantize(const FloatKernels& kernels, const std::vector<float>& x,
                   size_t rows, size_t k) {
  Quantized out;
  out.q.resize(rows * k);
  out.scale.resize(rows * k / 32);
  out.sum16.resize(rows * k / 16);
  kernels.quantize(x.data(), k, rows, k, out.rows());
  return out;
}

std::vector<float> Multiply(const FloatKernels& kernels, const CodedProduct& p,
                            Quantized* x) {
  const size_t padded = PadToPanel(p.n);
  const size_t bytes = CodePanelBytes(p.format, p.k);
  AlignedBytes packed(padded / kPanel * bytes);
  const size_t blocks = p.k / p.format.block;
  for (size_t j = 0; j < p.n; j += kPanel) {
    PackCodePanel(p.format, p.codes.data() + j * p.k,
                  p.scale.data() + j * blocks, p.minimum.data() + j * blocks,
                  std::min(kPanel, p.n - j), p.k,
                  packed.data() + j / kPanel * bytes);
  }
  std::vector<float> out(p.rows * padded);
  kernels.code_linear({.format = p.format,
                       .packed = packed.data(),
                       .n = p.n,
                       .k = p.k,
                       .x = x->rows(),
                       .rows = p.rows,
                       .out = out.data(),
                       .out_stride = padded});
  return out;
}

const CodeFormat kFormats[] = {
    {32, 4, 8, false}, {32, 4, 0, true},    {16, 4, 0, true},
    {16, 4, 7, false}, {32, 8, 128, false}, {16, 8, 32, false},
    {32, 8, 0, true},  {16, 8, 9, true},
};

TEST_P(FloatTable, CodesAreTheProduct) {
  Random random(4);
  for (const CodeFormat& format : kFormats) {
    const CodedProduct p = RandomCodes(random, format, 0);
    Quantized x = Quantize(target(), p.x, p.rows, p.k);
    const std::vector<float> y = Multiply(target(), p, &x);
    for (size_t r = 0; r < p.rows; ++r) {
      for (size_t j = 0; j < p.n; ++j) {
        double sum = 0, size = 0;
        for (size_t i = 0; i < p.k; ++i) {
          const size_t at = r * p.k + i;
          const double term = p.Weight(j, i) * x.q[at] * x.scale[at / 32];
          sum += term;
          size += std::abs(term);
        }
        EXPECT_NEAR(y[r * PadToPanel(p.n) + j], sum, size * 1e-5 + 1e-6);
      }
    }
  }
}

TEST_P(FloatTable, CodesEqualTheReference) {
  Random random(5);
  for (uint32_t kind = 0; kind < 36; ++kind) {
    for (const CodeFormat& format : kFormats) {
      const CodedProduct p = RandomCodes(random, format, kind);
      Quantized a = Quantize(reference(), p.x, p.rows, p.k);
      Quantized b = Quantize(target(), p.x, p.rows, p.k);
      ASSERT_EQ(a.q, b.q);
      ASSERT_EQ(a.sum16, b.sum16);
      ExpectSameBits(a.scale, b.scale);
      ExpectSameBits(Multiply(reference(), p, &a), Multiply(target(), p, &b));
    }
  }
}

// ---- attention ------------------------------------------------------------

struct AttentionCase {
  size_t positions, k, queries;
  float scale, cap, slope;
  bool rounded = false;
  std::vector<float> keys, values, q;  // keys and values by position
  std::vector<uint32_t> first, last;
};

AttentionCase RandomAttention(Random& random, uint32_t kind) {
  AttentionCase c;
  c.positions = 1 + random.Below(150);
  c.k = 1 + random.Below(70);
  c.queries = 1 + random.Below(30);
  c.scale = 0.3f;
  c.cap = kind % 3 == 1 ? 2.5f : 0.0f;
  c.slope = kind % 4 == 2 ? 0.125f : 0.0f;
  c.rounded = kind % 8 == 6;
  const float size = kind % 7 == 5 ? 1e18f : 1.0f;
  const auto fill = [&](std::vector<float>* v, size_t n) {
    for (size_t i = 0; i < n; ++i) v->push_back(size * random.Normal());
  };
  fill(&c.keys, c.positions * c.k);
  fill(&c.values, c.positions * c.k);
  fill(&c.q, c.queries * c.k);
  for (size_t i = 0; i < c.queries; ++i) {
    c.last.push_back(random.Below(static_cast<uint32_t>(c.positions)));
    c.first.push_back(random.Below(c.last.back() + 1));
  }
  return c;
}

std::vector<float> Attend(const FloatKernels& kernels, const AttentionCase& c,
                          size_t begin, size_t end) {
  const size_t padded = PadToPanel(c.k);
  const size_t panels = PadToPanel(c.positions);
  std::vector<float> keys(panels * c.k), values(panels * padded);
  for (size_t t = 0; t < c.positions; ++t) {
    for (size_t i = 0; i < c.k; ++i) {
      keys[t / 16 * 16 * c.k + i * 16 + t % 16] = c.keys[t * c.k + i];
      values[t * padded + i] = c.values[t * c.k + i];
    }
  }
  std::vector<float> out((end - begin) * padded);
  std::vector<float> scratch(FloatAttendScratch(c.positions));
  std::vector<FloatQuery> queries;
  for (size_t i = begin; i < end; ++i) {
    queries.push_back({c.q.data() + i * c.k, out.data() + (i - begin) * padded,
                       c.first[i], c.last[i], c.slope});
  }
  kernels.attend({.keys = keys.data(),
                  .values = values.data(),
                  .head_width = c.k,
                  .scale = c.scale,
                  .cap = c.cap,
                  .rounded_alibi = c.rounded,
                  .queries = queries,
                  .scratch = scratch.data()});
  return out;
}

TEST_P(FloatTable, AttentionIsSoftmax) {
  Random random(6);
  for (uint32_t kind = 0; kind < 5; ++kind) {
    const AttentionCase c = RandomAttention(random, kind);
    const std::vector<float> out = Attend(target(), c, 0, c.queries);
    for (size_t n = 0; n < c.queries; ++n) {
      std::vector<double> sum(c.k);
      double z = 0;
      for (uint32_t j = c.first[n]; j <= c.last[n]; ++j) {
        double s = 0;
        for (size_t i = 0; i < c.k; ++i) {
          s += double{c.q[n * c.k + i]} * c.keys[j * c.k + i];
        }
        s *= c.scale;
        if (c.cap > 0) s = c.cap * std::tanh(s / c.cap);
        s += c.slope * (double{static_cast<double>(j)} - c.last[n]);
        const double e = std::exp(s);
        z += e;
        for (size_t i = 0; i < c.k; ++i) sum[i] += e * c.values[j * c.k + i];
      }
      for (size_t i = 0; i < c.k; ++i) {
        EXPECT_NEAR(out[n * PadToPanel(c.k) + i], sum[i] / z, 2e-5);
      }
    }
  }
}

TEST_P(FloatTable, AttentionEqualsTheReferenceInAnyBatch) {
  Random random(7);
  for (uint32_t kind = 0; kind < 40; ++kind) {
    const AttentionCase c = RandomAttention(random, kind);
    const std::vector<float> all = Attend(target(), c, 0, c.queries);
    ExpectSameBits(Attend(reference(), c, 0, c.queries), all);
    const size_t split = random.Below(static_cast<uint32_t>(c.queries));
    std::vector<float> parts = Attend(target(), c, 0, split);
    const std::vector<float> rest = Attend(target(), c, split, c.queries);
    parts.insert(parts.end(), rest.begin(), rest.end());
    ExpectSameBits(parts, all);
  }
}

// ---- activations ----------------------------------------------------------

double Exact(Activation f, double x) {
  switch (f) {
    case Activation::kRelu:
      return std::max(x, 0.0);
    case Activation::kSquaredRelu:
      return std::pow(std::max(x, 0.0), 2);
    case Activation::kGelu:
      return x * 0.5 * std::erfc(-x / std::numbers::sqrt2);
    case Activation::kGeluTanh:
      return x * 0.5 *
             (1 + std::tanh(std::sqrt(2 / std::numbers::pi) *
                            (x + 0.044715 * x * x * x)));
    case Activation::kSilu:
      return x / (1 + std::exp(-x));
  }
  return 0;
}

TEST_P(FloatTable, ActivationsAreExactEnoughAndEqual) {
  Random random(8);
  for (int f = 0; f <= static_cast<int>(Activation::kSilu); ++f) {
    const auto activation = static_cast<Activation>(f);
    std::vector<float> x(1600), y(1600);
    for (size_t i = 0; i < x.size(); ++i) {
      x[i] = (static_cast<float>(i) - 800.0f) / 64.0f;
    }
    target().activate(activation, x.data(), nullptr, x.size(), y.data());
    for (size_t i = 0; i < x.size(); ++i) {
      EXPECT_NEAR(y[i], Exact(activation, x[i]), 1e-6 * (1 + std::abs(x[i])));
    }
    for (uint32_t kind = 0; kind < 24; ++kind) {
      const std::vector<float> in = random.Floats(48, kind);
      const std::vector<float> gate = random.Floats(48, 0);
      const float* gates = kind % 2 == 0 ? nullptr : gate.data();
      std::vector<float> a(48), b(48);
      reference().activate(activation, in.data(), gates, 48, a.data());
      target().activate(activation, in.data(), gates, 48, b.data());
      ExpectSameBits(a, b);
    }
  }
}

TEST_P(FloatTable, SoftCap) {
  Random random(9);
  for (uint32_t kind = 0; kind < 24; ++kind) {
    std::vector<float> a = random.Floats(64, kind);
    std::vector<float> b = a;
    const std::vector<float> x = a;
    reference().soft_cap(3.5f, a.size(), a.data());
    target().soft_cap(3.5f, b.size(), b.data());
    ExpectSameBits(a, b);
    for (size_t i = 0; i < x.size(); ++i) {
      if (!std::isfinite(x[i])) continue;
      EXPECT_NEAR(b[i], 3.5 * std::tanh(x[i] / 3.5), 2e-6);
    }
  }
}

// ---- rows -----------------------------------------------------------------

TEST(Floats, Norms) {
  Random random(10);
  for (const size_t n : {1, 5, 16, 37}) {
    const std::vector<float> x = random.Floats(n, 0);
    const std::vector<float> w = random.Floats(n, 0);
    for (const bool centre : {false, true}) {
      std::vector<float> y(n);
      Norm({.x = x.data(),
            .n = n,
            .centre = centre,
            .epsilon = 1e-3f,
            .weight = w.data(),
            .bias = x.data(),
            .out = y.data()});
      double mean = 0, square = 0;
      for (float v : x) mean += v / static_cast<double>(n);
      if (!centre) mean = 0;
      for (float v : x) square += (v - mean) * (v - mean);
      const double r = 1 / std::sqrt(square / static_cast<double>(n) + 1e-3);
      for (size_t i = 0; i < n; ++i) {
        EXPECT_NEAR(y[i], (x[i] - mean) * r * w[i] + x[i], 1e-5);
      }
    }
  }
}

TEST_P(FloatTable, TokenWeights) {
  Random random(11);
  for (uint32_t kind = 0; kind < 24; ++kind) {
    std::vector<float> logits = random.Floats(32 * (1 + random.Below(5)), kind);
    logits.back() = -FLT_MAX;
    const size_t n = logits.size();
    std::vector<uint32_t> wa(n), wb(n), sa(n / 32), sb(n / 32);
    reference().token_weights(logits.data(), n, wa.data(), sa.data());
    target().token_weights(logits.data(), n, wb.data(), sb.data());
    ASSERT_EQ(wa, wb);
    ASSERT_EQ(sa, sb);
    for (size_t i = 0; i < n; i += 32) {
      uint32_t sum = 0;
      for (size_t j = i; j < i + 32; ++j) sum += wb[j];
      EXPECT_EQ(sb[i / 32], sum);
    }
    float top = -FLT_MAX;
    for (float& l : logits) top = std::max(top, l = Finite(l));
    for (size_t i = 0; i < n; ++i) {
      const double exact = std::exp(double{logits[i]} - top) * 0x1p26;
      EXPECT_NEAR(wb[i], exact, exact * 1e-5 + 1);
    }
  }
}

}  // namespace
}  // namespace lentil
