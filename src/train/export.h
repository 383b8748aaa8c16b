// SPDX-License-Identifier: Apache-2.0
// From trained floats to the int8 model that compresses.

#ifndef LENTIL_TRAIN_EXPORT_H_
#define LENTIL_TRAIN_EXPORT_H_

#include <string>
#include <vector>

#include "base/status.h"
#include "model/native.h"
#include "train/parameters.h"

namespace lentil {

// Rounds every matrix to int8 with one scale per row (tables: one per table),
// and folds log2 e and the fixed steps of q and k into temperature, sink and
// the last scales, as docs/numerics.md wants them. kInvalidArgument if a value
// is not finite or too large.
Result<NativeModel> ExportNative(const ParameterLayout& layout,
                                 const std::vector<float>& parameters,
                                 const std::string& name,
                                 const std::string& card);

}  // namespace lentil

#endif  // LENTIL_TRAIN_EXPORT_H_
