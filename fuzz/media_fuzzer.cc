// SPDX-License-Identifier: Apache-2.0
// Pictures and sound from outside: whatever is read becomes whole chunks, and
// not without bound.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "data/media/data_set.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lentil;
  for (const SetKind kind :
       {SetKind::kGray, SetKind::kAudio8, SetKind::kAudio16}) {
    std::vector<uint8_t> chunks;
    const Status status = AppendChunks(kind, {data, size}, kSetChunk, &chunks);
    if (status.ok() && chunks.size() % kSetChunk != 0) std::abort();
  }
  return 0;
}
