// SPDX-License-Identifier: Apache-2.0
// Picks the trainer's engine for this processor.

#include "train/engine.h"

#include <cstdlib>
#include <cstring>
#include <vector>

#include "train/engine_targets.h"

namespace lentil {
namespace {

// Engines this processor runs, widest first.
std::vector<const Engine*> UsableEngines() {
  std::vector<const Engine*> engines;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) engines.push_back(&kAvx512Engine);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    engines.push_back(&kAvx2Engine);
  }
#endif
  engines.push_back(&kGenericEngine);
  return engines;
}

}  // namespace

const Engine& EngineFor(uint32_t head_dim) {
  static const std::vector<const Engine*> engines = UsableEngines();
  const char* wanted = std::getenv("LENTIL_TRAIN_ENGINE");
  for (const Engine* engine : engines) {
    if (head_dim % engine->lanes != 0) continue;
    if (wanted == nullptr || std::strcmp(engine->name, wanted) == 0) {
      return *engine;
    }
  }
  return kGenericEngine;
}

}  // namespace lentil
