// SPDX-License-Identifier: Apache-2.0
// A checkpoint of configuration and safetensors as one GGUF file, in the names
// and conventions of llama.cpp.

#ifndef LENTIL_MODEL_IMPORTED_GGUF_EXPORT_H_
#define LENTIL_MODEL_IMPORTED_GGUF_EXPORT_H_

#include <optional>

#include "base/status.h"
#include "weights/checkpoint.h"
#include "weights/gguf_writer.h"
#include "weights/quantize_gguf.h"

namespace lentil {

// Writes the file through `sink`. Matrices become `dtype` (F32, F16, BF16 or
// what CanQuantize), or stay as they are stored, F64 as F32; rows that are no
// whole blocks become F16. Norms, biases and positions are F32. Without a type,
// or with F32, reading the file gives the same tokens and the same logits, bit
// for bit; other types round the weights alone.
//
// Before anything is written it is read back from memory and compared:
// kUnsupported names a family that GGUF (or lentil's reader of it) does not
// know, what of the configuration it has no place for, a tensor that the family
// does not know, and a tokenizer that would give other tokens; kCorrupt if
// there is no tokenizer, or a tensor is missing or has another shape.
// kInvalidArgument names a weight that a type cannot hold, while writing.
// Memory: one tensor, and some ten times the tokenizer's files; pages of the
// checkpoint are given back. Call it under ScopedFpMode.
Result<QuantizeReport> ExportGguf(const Checkpoint& checkpoint,
                                  std::optional<DType> dtype,
                                  const GgufSink& sink);

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_GGUF_EXPORT_H_
