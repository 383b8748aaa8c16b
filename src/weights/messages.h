// SPDX-License-Identifier: Apache-2.0
// Words that messages about weights share.

#ifndef LENTIL_WEIGHTS_MESSAGES_H_
#define LENTIL_WEIGHTS_MESSAGES_H_

#include <cstdint>
#include <string>
#include <vector>

namespace lentil {

// "[2, 3]".
std::string ShapeText(const std::vector<uint64_t>& shape);

}  // namespace lentil

#endif  // LENTIL_WEIGHTS_MESSAGES_H_
