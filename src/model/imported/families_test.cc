// SPDX-License-Identifier: Apache-2.0
// Every family against the reference implementation, on tiny random checkpoints
// (tools/make_reference.py): every hidden state and the logits.

#include "model/imported/families.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/fp_mode.h"
#include "model/imported/token_decoder.h"
#include "model/imported/transformer.h"
#include "weights/checkpoint.h"
#include "weights/safetensors.h"

namespace lentil {
namespace {

namespace fs = std::filesystem;

const std::string kGoldens =
    std::string(LENTIL_SOURCE_DIR) + "/tests/golden/families/";

std::vector<std::string> Cases() {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(kGoldens, ignored)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// What a decoder says of tokens that it reads in batches of `batch`.
struct Answer {
  std::vector<std::vector<float>> hidden;  // [layers + 2] of [T, D]
  std::vector<float> logits;               // [T, V]
};

Answer Read(const std::shared_ptr<const Transformer>& model,
            const Kernels& kernels, const std::vector<uint32_t>& tokens,
            size_t batch) {
  const TransformerSpec& spec = model->spec();
  const ScopedFpMode mode;
  TokenDecoder decoder(model, kernels, 1, static_cast<uint32_t>(tokens.size()));
  Answer answer;
  answer.hidden.resize(spec.layers.size() + 2);
  std::vector<float> padded(batch * decoder.logit_stride());
  for (size_t begin = 0; begin < tokens.size(); begin += batch) {
    std::vector<TokenRow> rows;
    for (size_t t = begin; t < std::min(tokens.size(), begin + batch); ++t) {
      rows.push_back({0, static_cast<uint32_t>(t), tokens[t]});
    }
    decoder.Forward(rows, [&](uint32_t layer, const float* hidden,
                              size_t stride, size_t count) {
      for (size_t r = 0; r < count; ++r) {
        answer.hidden[layer].insert(answer.hidden[layer].end(),
                                    hidden + r * stride,
                                    hidden + r * stride + spec.d_model);
      }
    });
    decoder.Logits(0, rows.size(), padded.data());
    for (size_t r = 0; r < rows.size(); ++r) {
      const auto row =
          padded.begin() + static_cast<ptrdiff_t>(r * decoder.logit_stride());
      answer.logits.insert(answer.logits.end(), row,
                           row + static_cast<ptrdiff_t>(spec.vocab));
    }
  }
  return answer;
}

// Within `tolerance` of the largest magnitude.
void ExpectNear(const std::vector<float>& got, const float* want,
                const std::string& what) {
  constexpr double kTolerance = 1e-4;
  double largest = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    largest = std::max<double>(largest, std::abs(want[i]));
  }
  double worst = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    worst = std::max<double>(worst, std::abs(got[i] - want[i]));
  }
  EXPECT_LE(worst, kTolerance * largest) << what << ", largest " << largest;
}

class Family : public testing::TestWithParam<std::string> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Family);
INSTANTIATE_TEST_SUITE_P(Goldens, Family, testing::ValuesIn(Cases()),
                         [](const auto& info) { return info.param; });

TEST_P(Family, AgreesWithTheReference) {
  const auto checkpoint = Checkpoint::Open(kGoldens + GetParam());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  const auto file =
      ReadFile(kGoldens + GetParam() + "/reference.safetensors", 1 << 22);
  ASSERT_TRUE(file.ok()) << file.status().message();
  const auto reference = Safetensors::Parse(*file);
  ASSERT_TRUE(reference.ok()) << reference.status().message();
  const auto floats = [&](const char* name) {
    return reference->tensors().at(name).CopyAs<float>();
  };
  const auto ids = reference->tensors().at("tokens").CopyAs<int32_t>();
  const std::vector<uint32_t> tokens(ids.begin(), ids.end());

  const auto plan = PlanFromConfig((*checkpoint)->config_json(),
                                   static_cast<uint32_t>(tokens.size()));
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  const auto model =
      Transformer::Load((*checkpoint)->tensors(), *plan, *checkpoint);
  ASSERT_TRUE(model.ok()) << model.status().message();
  const Kernels& kernels = **DefaultKernels();
  const Answer whole = Read(*model, kernels, tokens, tokens.size());

  const std::vector<float> hidden = floats("hidden");
  const size_t states = whole.hidden.size() - 1;
  ASSERT_EQ(hidden.size(), states * whole.hidden[0].size());
  for (size_t layer = 0; layer < states; ++layer) {
    ExpectNear(whole.hidden[layer],
               hidden.data() + layer * whole.hidden[0].size(),
               "before layer " + std::to_string(layer));
  }
  // The reference has the input of the head there: of other width if projected.
  if ((*model)->project_out().n() == 0) {
    ExpectNear(whole.hidden.back(), floats("final").data(), "final norm");
  }
  const std::vector<float> logits = floats("logits");
  ASSERT_EQ(whole.logits.size(), logits.size());
  ExpectNear(whole.logits, logits.data(), "logits");

  // Any batch, any kernels: the same bits.
  for (const Kernels* table : AvailableKernels()) {
    for (const size_t batch : {size_t{1}, size_t{7}, tokens.size()}) {
      const Answer other = Read(*model, *table, tokens, batch);
      ASSERT_EQ(std::memcmp(other.logits.data(), whole.logits.data(),
                            whole.logits.size() * sizeof(float)),
                0)
          << table->name << ", batch " << batch;
    }
  }
}

TEST(Families, UnknownOnesAreNamed) {
  const auto plan = PlanFromConfig(R"({"model_type": "elephant"})", 0);
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.status().code(), Code::kUnsupported);
  EXPECT_NE(plan.status().message().find("'elephant'"), std::string::npos);
  EXPECT_NE(plan.status().message().find("llama"), std::string::npos);
}

TEST(Families, HostileConfigurations) {
  for (const char* config :
       {"", "[]", "{", R"({"model_type": 5})",
        R"({"model_type": "llama", "vocab_size": -1})",
        R"({"model_type": "llama", "vocab_size": 10, "hidden_size": 1e9,
            "num_attention_heads": 1, "num_hidden_layers": 1})",
        R"({"model_type": "llama", "vocab_size": 10, "hidden_size": 8,
            "num_attention_heads": 3, "num_key_value_heads": 2,
            "num_hidden_layers": 1})",
        R"({"model_type": "llama", "vocab_size": 10, "hidden_size": 8,
            "num_attention_heads": 2, "num_hidden_layers": 1,
            "rope_theta": -5})",
        R"({"model_type": "llama", "vocab_size": 10, "hidden_size": 8,
            "num_attention_heads": 2, "num_hidden_layers": 1,
            "hidden_act": "exotic"})",
        R"({"model_type": "llama", "vocab_size": 10, "hidden_size": 8,
            "num_attention_heads": 2, "num_hidden_layers": 1,
            "rope_scaling": {"rope_type": "unheard", "factor": 2}})",
        R"({"model_type": "phi3", "vocab_size": 10, "hidden_size": 8,
            "num_attention_heads": 2, "num_hidden_layers": 1,
            "rope_scaling": {"type": "longrope", "short_factor": [0, "x"]}})",
        R"({"model_type": "mistral", "vocab_size": 10, "hidden_size": 8,
            "num_attention_heads": 2, "num_hidden_layers": 2,
            "layer_types": ["sliding_attention"]})"}) {
    EXPECT_FALSE(PlanFromConfig(config, 0).ok()) << config;
  }
}

}  // namespace
}  // namespace lentil
