// SPDX-License-Identifier: Apache-2.0
// The container .ltl, version 1, as docs/format.md specifies it: headers,
// frames and footer as bytes, and back. Knows no model and does no I/O.
//
// Parsers take what has arrived so far and return the bytes they used, 0 if
// they need more, or an error that names the absolute offset.

#ifndef LENTIL_FORMAT_CONTAINER_H_
#define LENTIL_FORMAT_CONTAINER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"
#include "format/record_form.h"

namespace lentil {

inline constexpr uint8_t kFormatVersion = 1;
inline constexpr uint8_t kMagic[4] = {0xEC, 'L', 'T', 'L'};
inline constexpr uint8_t kFooterMagic[4] = {0x00, 'E', 'N', 'D'};
inline constexpr uint8_t kEndMagic[4] = {'L', 'T', 'L', 0xED};

inline constexpr uint32_t kMaxFrameSize = 64u << 20;  // bytes of source
inline constexpr size_t kMaxHeaderBytes = 31;
inline constexpr size_t kMinFrameHeaderBytes = 15;
inline constexpr size_t kMaxFrameHeaderBytes = 21;
inline constexpr size_t kFooterTailBytes = 12;  // length, checksum, end magic

// How a frame was coded. Values are stored in files and never change.
enum class FrameKind : uint8_t {
  kStored = 1,
  kZstd = 2,
  kModel = 3,    // the container's model, with context models
  kMixing = 4,   // context models alone
  kRecords = 5,  // records, each by itself, from the sample's state
};

// What stands at the start of a container.
struct ContainerHeader {
  bool has_model = false;  // the next two count only then
  uint32_t numerics_version = 0;
  uint64_t model_hash = 0;                 // Hash64 of the model's file
  RecordForm records = RecordForm::kNone;  // the source's, if it is known
  bool has_sample = false;                 // only with records
  uint64_t sample_hash = 0;                // Hash64 of the sample, if there

  bool operator==(const ContainerHeader&) const = default;
};

// What stands before a frame's payload.
struct FrameHeader {
  FrameKind kind = FrameKind::kStored;
  uint32_t raw_size = 0;       // 1 ... kMaxFrameSize
  uint32_t payload_size = 0;   // 1 ... raw_size; equal if stored
  uint32_t payload_check = 0;  // Hash32 of the payload
  uint32_t raw_check = 0;      // Hash32 of the source bytes

  bool operator==(const FrameHeader&) const = default;
};

// One frame as the footer's index knows it.
struct IndexEntry {
  uint32_t raw_size = 0;
  uint32_t stored_size = 0;  // header and payload

  bool operator==(const IndexEntry&) const = default;
};

// What stands at the end of a container.
struct Footer {
  uint32_t header_size = 0;
  std::vector<IndexEntry> frames;
  uint64_t source_hash = 0;  // Hash64 of all source bytes
};

void AppendContainerHeader(const ContainerHeader& header,
                           std::vector<uint8_t>* out);
void AppendFrameHeader(const FrameHeader& header, std::vector<uint8_t>* out);

// `offset` is where bytes[0] stands in the file. kCorrupt, and kUnsupported for
// a format version or flag of the future.
Result<size_t> ParseContainerHeader(std::span<const uint8_t> bytes,
                                    uint64_t offset, ContainerHeader* header);

// The caller has seen that this is no footer. kCorrupt if anything is wrong; a
// header that passes has its own checksum right, so its sizes can be believed.
Result<size_t> ParseFrameHeader(std::span<const uint8_t> bytes, uint64_t offset,
                                FrameHeader* header);

// Collects the index while frames pass, about 5 bytes for each, and writes the
// footer. Both the encoder and the decoder keep one: a file's footer must equal
// the footer its frames ask for, byte for byte.
class IndexBuilder {
 public:
  void Add(IndexEntry entry);
  uint64_t frames() const { return frames_; }
  // kResourceLimit if the index passes 4 GiB.
  Status AppendFooter(uint32_t header_size, uint64_t source_hash,
                      std::vector<uint8_t>* out) const;

 private:
  std::vector<uint8_t> entries_;
  uint64_t frames_ = 0;
  uint32_t last_raw_size_ = 0;
};

// Length of a whole footer from its first 8 bytes.
Result<size_t> ParseFooterLength(std::span<const uint8_t> bytes,
                                 uint64_t offset);

// Length of a whole footer from the last kFooterTailBytes of its container.
Result<size_t> ParseFooterTail(std::span<const uint8_t> tail, uint64_t offset);

// Whether `bytes` is one whole footer, as far as its lengths and checksum tell.
Status CheckFooter(std::span<const uint8_t> bytes, uint64_t offset);

// `bytes` is one whole footer. Memory: 8 bytes per frame, and every frame takes
// at least two bytes of footer. kCorrupt if an entry has less room than a
// header and a byte, or more than its source may take.
Result<Footer> ParseFooter(std::span<const uint8_t> bytes, uint64_t offset);

}  // namespace lentil

#endif  // LENTIL_FORMAT_CONTAINER_H_
