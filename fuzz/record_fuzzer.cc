// SPDX-License-Identifier: Apache-2.0
// Records from outside: first byte = options, then the record. What is decoded
// and coded again must decode to the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "codec/record_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lentil;
  constexpr size_t kMaxSize = 1u << 16;
  if (size == 0) return 0;
  RecordCodec codec;
  codec.options = {(data[0] & 1) != 0, (data[0] & 2) != 0};
  const std::span<const uint8_t> record(data + 1, size - 1);
  const auto raw_size = RecordSourceSize(codec, record, data[0] >> 2);
  if (!raw_size.ok() || *raw_size > kMaxSize) return 0;
  std::vector<uint8_t> raw(*raw_size);
  if (!DecodeRecord(codec, record, raw).ok()) return 0;

  std::vector<uint8_t> again;
  if (!EncodeRecord(codec, raw, /*verify=*/false, &again).ok()) std::abort();
  std::vector<uint8_t> back(raw.size());
  if (!DecodeRecord(codec, again, back).ok() || back != raw) std::abort();
  return 0;
}
