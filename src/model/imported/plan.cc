// SPDX-License-Identifier: Apache-2.0

#include "model/imported/plan.h"

namespace lentil {

QkvRuns QkvRunsOf(const DecoderPlan& plan) {
  const TransformerSpec& s = plan.spec;
  const uint64_t q = s.q_dim();
  const uint64_t head = s.head_dim;
  QkvRuns runs;
  if (!plan.tensors.names.qkv.empty()) {
    switch (plan.tensors.qkv) {
      case QkvLayout::kConcat:
        runs.k = {.offset = q};
        runs.v = {.offset = q + s.kv_dim()};
        break;
      case QkvLayout::kPerGroup: {
        const uint64_t run = q / s.kv_heads;  // queries of a group
        const uint64_t stride = run + 2 * head;
        runs.q = {.offset = 0, .run = run, .stride = stride};
        runs.k = {.offset = run, .run = head, .stride = stride};
        runs.v = {.offset = run + head, .run = head, .stride = stride};
        break;
      }
      case QkvLayout::kCodegen: {
        const uint64_t run = q / 4;
        runs.q = {.offset = 0, .run = run, .stride = 3 * run};
        runs.v = {.offset = run, .run = run, .stride = 3 * run};
        runs.k = {.offset = 2 * run, .run = run, .stride = 3 * run};
        break;
      }
    }
  }
  runs.q.pairs = runs.k.pairs = {head, plan.tensors.paired_rows};
  return runs;
}

}  // namespace lentil
