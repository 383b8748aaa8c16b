// SPDX-License-Identifier: Apache-2.0
// Whether a native model is whole, and predicts the same however it is run.

#ifndef LENTIL_MODEL_VERIFY_NATIVE_H_
#define LENTIL_MODEL_VERIFY_NATIVE_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"

namespace lentil {

// Adds a line to `passed` for each check: the file is read whole (with its
// hash), and frequencies of a few bytes are the same read at once and one by
// one, on every table of kernels that this machine has. The status is that of
// the first check that fails. Less than a second.
Status VerifyNative(std::span<const uint8_t> file,
                    std::vector<std::string>* passed);

}  // namespace lentil

#endif  // LENTIL_MODEL_VERIFY_NATIVE_H_
