// SPDX-License-Identifier: Apache-2.0
// Loss and gradient of the whole decoder for one shard. Included by engine_*.cc
// after attention-inl.h and layers-inl.h. Tensors are row-major; n = tokens of
// the shard.

// What one layer keeps for the backward pass. Heads of q are stored by group,
// [G][n * P][K], so that a group's rows lie together; k and v are [G][n][K].
struct LayerState {
  float* x1;         // [n, D] input of attention, normalised
  float* norm1;      // [n]
  float* qkv;        // [n, R] before the head norm
  float* head_norm;  // [n, H + 2G]
  float *q, *k, *v;
  float* log_sum;  // [G][n * P]
  float* o;        // [n, H * K]
  float* x2;       // [n, D] input of the MLP, normalised
  float* norm2;    // [n]
  float* u;        // [n, F] before the activation
};

// Positions whose logits exist at once: what Gemm sums at once, so that the
// unembedding's gradient is that of one product.
constexpr size_t kOutputRows = kDepthBlock;

class Network {
 public:
  Network(const ParameterLayout& layout, const float* parameters,
          const Shard& shard, bool quantize, Workspace& workspace)
      : layout_(layout),
        c_(layout.config),
        w_(parameters),
        shard_(shard),
        quantize_(quantize),
        outputs_(layout.outputs()),
        n_(shard.size()) {
    Allocate(workspace);
    for (size_t t = 0; t < shard_.length; ++t) {
      for (size_t i = 0; i < c_.head_dim / 2; ++i) {
        const double angle =
            static_cast<double>(t) *
            std::pow(c_.rotary_base,
                     -2.0 * static_cast<double>(i) / c_.head_dim);
        cos_[t * c_.head_dim / 2 + i] = static_cast<float>(std::cos(angle));
        sin_[t * c_.head_dim / 2 + i] = static_cast<float>(std::sin(angle));
      }
    }
  }

  // What the last layer says, normalised.
  void Forward() {
    Embed();
    for (size_t l = 0; l < layers_.size(); ++l) {
      AttentionBlock(l);
      MlpBlock(l);
    }
    for (size_t t = 0; t < n_; ++t) {
      final_norm_[t] = NormRow(h_ + t * c_.d_model, c_.d_model, quantize_,
                               x_final_ + t * c_.d_model);
    }
  }

  // Σ −ln p, and, unless `gradient` is null, scale × its gradient added: of the
  // unembedding, and for Backward of what Forward left. Logits of all positions
  // would not fit a cache, nor memory if there are many tokens.
  double Output(float scale, float* gradient) {
    const size_t d = c_.d_model;
    const float* w = w_ + layout_.unembed;
    g_ = gradient;
    double nats = 0;
    for (size_t t0 = 0; t0 < n_; t0 += kOutputRows) {
      const size_t rows = std::min(kOutputRows, n_ - t0);
      const float* x = x_final_ + t0 * d;
      Linear(rows, d, outputs_, x, w, logits_, false);
      for (size_t r = 0; r < rows; ++r) {
        nats += SoftmaxLoss(logits_ + r * outputs_, shard_[t0 + r]);
      }
      if (gradient == nullptr) continue;
      for (size_t r = 0; r < rows; ++r) {
        float* row = logits_ + r * outputs_;
        row[shard_[t0 + r]] -= 1.0f;
        for (size_t i = 0; i < outputs_; i += kLanes) {
          Store(row + i, Load(row + i) * scale);
        }
      }
      LinearBackward(rows, d, outputs_, x, w, logits_, g_ + layout_.unembed,
                     dx_ + t0 * d);
    }
    return nats;
  }

  // The rest of the gradient. h_ becomes that of the residual stream.
  void Backward() {
    std::fill(h_, h_ + n_ * c_.d_model, 0.0f);
    NormBackward(x_final_, final_norm_);
    for (size_t l = layers_.size(); l-- > 0;) {
      MlpBackward(l);
      AttentionBlockBackward(l);
    }
    EmbedBackward();
  }

 private:
  void Allocate(Workspace& workspace);
  void Embed();
  void EmbedBackward();
  void AttentionBlock(size_t l);
  void AttentionBlockBackward(size_t l);
  void MlpBlock(size_t l);
  void MlpBackward(size_t l);
  void HeadNorms(const LayerState& s);
  void HeadNormsBackward(const LayerState& s);
  AttentionGroup Group(size_t l, size_t group, size_t sequence) const;

  // Residual gradient h_ += norm backward of dx_.
  void NormBackward(const float* y, const float* inverse_rms) {
    const size_t d = c_.d_model;
    for (size_t t = 0; t < n_; ++t) {
      NormRowBackward(y + t * d, dx_ + t * d, inverse_rms[t], d, h_ + t * d);
    }
  }

  // Logits → probabilities.
  double SoftmaxLoss(float* row, uint32_t symbol) const {
    V top = Load(row);
    for (size_t i = 0; i < outputs_; i += kLanes) top = Max(top, Load(row + i));
    const float peak = MaxOf(top);
    const float target = row[symbol];
    V sum = {};
    for (size_t i = 0; i < outputs_; i += kLanes) {
      const V e = Exp(Load(row + i) - peak);
      Store(row + i, e);
      sum += e;
    }
    const float total = Sum(sum);
    const float inverse = 1.0f / total;
    for (size_t i = 0; i < outputs_; i += kLanes) {
      Store(row + i, Load(row + i) * inverse);
    }
    return std::log(static_cast<double>(total)) + peak - target;
  }

  // Row of the embedding table that input k has at token t.
  size_t InputRow(size_t t, size_t k) const {
    const size_t position = t % shard_.length;
    if (layout_.of_tokens()) {
      return position == 0 ? layout_.vocabulary.start : shard_[t - 1];
    }
    const uint8_t* text = shard_.bytes.data() + (t - position);
    return k * kNumSymbols + SymbolOf(c_.inputs[k], text, position);
  }

  size_t heads_per_group() const { return c_.heads / c_.kv_heads; }
  // Row of q for (token, head of the group) within a group's part.
  float* HeadVector(const LayerState& s, size_t t, size_t head) const {
    const size_t p = heads_per_group();
    if (head < c_.heads) {
      const size_t row = (head / p) * n_ * p + t * p + head % p;
      return s.q + row * c_.head_dim;
    }
    head -= c_.heads;
    float* base = head < c_.kv_heads ? s.k : s.v;
    return base + ((head % c_.kv_heads) * n_ + t) * c_.head_dim;
  }

  const ParameterLayout& layout_;
  const DecoderConfig& c_;
  const float* w_;
  const Shard& shard_;
  const bool quantize_;
  const size_t outputs_;
  const size_t n_;
  float* g_ = nullptr;
  std::vector<LayerState> layers_;
  float *h_, *dx_, *x_final_, *final_norm_, *logits_, *cos_, *sin_;
  LayerState d_;  // gradients of one layer: qkv, q, k, v, o, u
  float *z_, *scores_;
};

void Network::Allocate(Workspace& workspace) {
  const size_t d = c_.d_model, heads = c_.heads + 2 * c_.kv_heads;
  const size_t width = c_.heads * c_.head_dim, kv = c_.kv_heads * c_.head_dim;
  const size_t longest =
      *std::max_element(c_.windows.begin(), c_.windows.end()) + 2 * kScoreRows;
  // First pass counts, second hands out.
  float* base = nullptr;
  for (int pass = 0; pass < 2; ++pass) {
    size_t used = 0;
    auto take = [&](size_t floats) {
      float* p = pass == 0 ? nullptr : base + used;
      used += (floats + 15) / 16 * 16;
      return p;
    };
    layers_.assign(c_.layers(), {});
    for (LayerState& s : layers_) {
      s = {take(n_ * d),
           take(n_),
           take(n_ * c_.qkv_rows()),
           take(n_ * heads),
           take(n_ * width),
           take(n_ * kv),
           take(n_ * kv),
           take(n_ * c_.heads),
           take(n_ * width),
           take(n_ * d),
           take(n_),
           take(n_ * c_.d_mlp)};
    }
    d_ = {nullptr,       nullptr,          take(n_ * c_.qkv_rows()),
          nullptr,       take(n_ * width), take(n_ * kv),
          take(n_ * kv), nullptr,          take(n_ * width),
          nullptr,       nullptr,          take(n_ * c_.d_mlp)};
    h_ = take(n_ * d);
    dx_ = take(n_ * std::max(d, width));
    x_final_ = take(n_ * d);
    final_norm_ = take(n_);
    logits_ = take(std::min(n_, kOutputRows) * outputs_);
    cos_ = take(shard_.length * c_.head_dim / 2);
    sin_ = take(shard_.length * c_.head_dim / 2);
    z_ = take(n_ * c_.d_mlp);
    scores_ = take(2 * kScoreRows * longest +
                   shard_.length * heads_per_group() * c_.head_dim * 2);
    if (pass == 0) {
      workspace.floats.Reserve(used);
      base = workspace.floats.data();
    }
  }
}

void Network::Embed() {
  const size_t d = c_.d_model;
  std::fill(h_, h_ + n_ * d, 0.0f);
  for (size_t t = 0; t < n_; ++t) {
    for (size_t k = 0; k < c_.num_inputs(); ++k) {
      const size_t row = InputRow(t, k);
      Axpy(1.0f, w_ + layout_.embed + row * d, h_ + t * d, d);
    }
  }
}

void Network::EmbedBackward() {
  const size_t d = c_.d_model;
  for (size_t t = 0; t < n_; ++t) {
    for (size_t k = 0; k < c_.num_inputs(); ++k) {
      const size_t row = InputRow(t, k);
      Axpy(1.0f, h_ + t * d, g_ + layout_.embed + row * d, d);
    }
  }
}

AttentionGroup Network::Group(size_t l, size_t group, size_t sequence) const {
  const LayerState& s = layers_[l];
  const size_t p = heads_per_group(), start = sequence * shard_.length;
  const size_t q_row = group * n_ * p + start * p;
  const size_t kv_row = group * n_ + start;
  const float* block = w_;
  return {shard_.length,
          p,
          c_.head_dim,
          c_.windows[l],
          s.q + q_row * c_.head_dim,
          s.k + kv_row * c_.head_dim,
          s.v + kv_row * c_.head_dim,
          block + layout_.blocks[l].temperature + group * p,
          block + layout_.blocks[l].sink + group * p,
          s.log_sum + q_row};
}

// qkv rows → normalised (q, k: rotated) head vectors in group order.
void Network::HeadNorms(const LayerState& s) {
  const size_t dim = c_.head_dim, half = dim / 2;
  const size_t heads = c_.heads + 2 * c_.kv_heads;
  for (size_t t = 0; t < n_; ++t) {
    const float* cos = cos_ + t % shard_.length * half;
    const float* sin = sin_ + t % shard_.length * half;
    for (size_t head = 0; head < heads; ++head) {
      float* y = HeadVector(s, t, head);
      s.head_norm[t * heads + head] =
          NormRow(s.qkv + t * c_.qkv_rows() + head * dim, dim, false, y);
      if (head < c_.heads + c_.kv_heads) {
        for (size_t i = 0; i < half; ++i) {
          const float a = y[i], b = y[i + half];
          y[i] = a * cos[i] - b * sin[i];
          y[i + half] = a * sin[i] + b * cos[i];
        }
      }
      if (!quantize_) continue;
      for (size_t i = 0; i < dim; i += kLanes) {
        const V steps = Round(Load(y + i) * 32.0f);
        Store(y + i, Max(Min(steps, Set(127.0f)), Set(-127.0f)) * (1.0f / 32));
      }
    }
  }
}

// d_.q, d_.k, d_.v → d_.qkv.
void Network::HeadNormsBackward(const LayerState& s) {
  const size_t dim = c_.head_dim, half = dim / 2;
  const size_t heads = c_.heads + 2 * c_.kv_heads;
  AlignedFloats buffer;
  buffer.Reserve(2 * dim);
  float* y = buffer.data();
  float* dy = y + dim;
  std::fill(d_.qkv, d_.qkv + n_ * c_.qkv_rows(), 0.0f);
  for (size_t t = 0; t < n_; ++t) {
    const float* cos = cos_ + t % shard_.length * half;
    const float* sin = sin_ + t % shard_.length * half;
    for (size_t head = 0; head < heads; ++head) {
      const size_t at = t * c_.qkv_rows() + head * dim;
      const float inverse_rms = s.head_norm[t * heads + head];
      const float* d = HeadVector(d_, t, head);
      for (size_t i = 0; i < dim; ++i) y[i] = s.qkv[at + i] * inverse_rms;
      if (head < c_.heads + c_.kv_heads) {
        for (size_t i = 0; i < half; ++i) {
          dy[i] = d[i] * cos[i] + d[i + half] * sin[i];
          dy[i + half] = d[i + half] * cos[i] - d[i] * sin[i];
        }
      } else {
        std::copy(d, d + dim, dy);
      }
      NormRowBackward(y, dy, inverse_rms, dim, d_.qkv + at);
    }
  }
}

void Network::AttentionBlock(size_t l) {
  const LayerState& s = layers_[l];
  const BlockOffsets& o = layout_.blocks[l];
  const size_t d = c_.d_model, width = c_.heads * c_.head_dim;
  const size_t p = heads_per_group(), part = p * c_.head_dim;
  for (size_t t = 0; t < n_; ++t) {
    s.norm1[t] = NormRow(h_ + t * d, d, quantize_, s.x1 + t * d);
  }
  Linear(n_, d, c_.qkv_rows(), s.x1, w_ + o.qkv, s.qkv, false);
  HeadNorms(s);
  float* out = scores_ + shard_.length * part;
  for (size_t group = 0; group < c_.kv_heads; ++group) {
    for (size_t i = 0; i < shard_.count(); ++i) {
      AttentionForward(Group(l, group, i), out, scores_);
      for (size_t t = 0; t < shard_.length; ++t) {
        std::copy_n(scores_ + t * part, part,
                    s.o + (i * shard_.length + t) * width + group * part);
      }
    }
  }
  if (quantize_) {
    for (size_t t = 0; t < n_; ++t) RoundRow(s.o + t * width, width);
  }
  Linear(n_, width, d, s.o, w_ + o.out, h_, true);
}

void Network::AttentionBlockBackward(size_t l) {
  const LayerState& s = layers_[l];
  const BlockOffsets& o = layout_.blocks[l];
  const size_t d = c_.d_model, width = c_.heads * c_.head_dim;
  const size_t p = heads_per_group(), part = p * c_.head_dim;
  const size_t dim = c_.head_dim;
  LinearBackward(n_, width, d, s.o, w_ + o.out, h_, g_ + o.out, d_.o);
  std::fill(d_.k, d_.k + n_ * c_.kv_heads * dim, 0.0f);
  std::fill(d_.v, d_.v + n_ * c_.kv_heads * dim, 0.0f);
  float* scratch = scores_ + shard_.length * part;
  for (size_t group = 0; group < c_.kv_heads; ++group) {
    for (size_t i = 0; i < shard_.count(); ++i) {
      const size_t start = i * shard_.length;
      for (size_t t = 0; t < shard_.length; ++t) {
        std::copy_n(d_.o + (start + t) * width + group * part, part,
                    scores_ + t * part);
      }
      AttentionBackward(
          Group(l, group, i), scores_,
          {d_.q + (group * n_ + start) * part,
           d_.k + (group * n_ + start) * dim, d_.v + (group * n_ + start) * dim,
           g_ + o.temperature + group * p, g_ + o.sink + group * p},
          scratch);
    }
  }
  HeadNormsBackward(s);
  LinearBackward(n_, d, c_.qkv_rows(), s.x1, w_ + o.qkv, d_.qkv, g_ + o.qkv,
                 dx_);
  NormBackward(s.x1, s.norm1);
}

void Network::MlpBlock(size_t l) {
  const LayerState& s = layers_[l];
  const BlockOffsets& o = layout_.blocks[l];
  const size_t d = c_.d_model;
  for (size_t t = 0; t < n_; ++t) {
    s.norm2[t] = NormRow(h_ + t * d, d, quantize_, s.x2 + t * d);
  }
  Linear(n_, d, c_.d_mlp, s.x2, w_ + o.up, s.u, false);
  Activate(s.u, n_, c_.d_mlp, quantize_, z_);
  Linear(n_, c_.d_mlp, d, z_, w_ + o.down, h_, true);
}

void Network::MlpBackward(size_t l) {
  const LayerState& s = layers_[l];
  const BlockOffsets& o = layout_.blocks[l];
  Activate(s.u, n_, c_.d_mlp, quantize_, z_);
  LinearBackward(n_, c_.d_mlp, c_.d_model, z_, w_ + o.down, h_, g_ + o.down,
                 d_.u);
  for (size_t i = 0; i < n_ * c_.d_mlp; i += kLanes) {
    Store(d_.u + i, Load(d_.u + i) * Max(Load(s.u + i), V{}) * 2.0f);
  }
  LinearBackward(n_, c_.d_model, c_.d_mlp, s.x2, w_ + o.up, d_.u, g_ + o.up,
                 dx_);
  NormBackward(s.x2, s.norm2);
}

double Loss(const ParameterLayout& layout, const float* parameters,
            const Shard& shard, bool quantize, float scale, float* gradient,
            Workspace& workspace) {
  Network network(layout, parameters, shard, quantize, workspace);
  network.Forward();
  const double nats = network.Output(scale, gradient);
  if (gradient != nullptr) network.Backward();
  return nats;
}
