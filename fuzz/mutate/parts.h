// SPDX-License-Identifier: Apache-2.0
// Archives taken apart, and put together again with checksums that are right
// whatever became of the parts.

#ifndef LENTIL_FUZZ_MUTATE_PARTS_H_
#define LENTIL_FUZZ_MUTATE_PARTS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "format/container.h"

namespace lentil {

using Bytes = std::vector<uint8_t>;

// Of a frame. header.raw_check stays that of the source: so what decodes is the
// source. The other checks are computed.
struct FramePart {
  FrameHeader header;
  Bytes payload;
  Bytes source;
  bool keeps_check = false;           // of the payload, though it is wrong
  std::optional<IndexEntry> claimed;  // by the index, in place of what is so
};

struct ContainerPart {
  ContainerHeader header;
  std::vector<FramePart> frames;
  uint64_t source_hash = 0;                     // stays that of the source
  std::optional<uint32_t> claimed_header_size;  // by the footer
  uint32_t footer_lies = 0;  // added to both of the footer's lengths
};

// Appends the containers of a whole archive, whose source is known.
void TakeApart(std::span<const uint8_t> archive,
               std::span<const uint8_t> source,
               std::vector<ContainerPart>* parts);

// One container of all the frames, with the header of the first.
ContainerPart Join(const std::vector<ContainerPart>& parts);

Bytes PutTogether(const std::vector<ContainerPart>& parts);

}  // namespace lentil

#endif  // LENTIL_FUZZ_MUTATE_PARTS_H_
