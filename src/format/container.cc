// SPDX-License-Identifier: Apache-2.0
// Container header and frame header.

#include "format/container.h"

#include <algorithm>
#include <cassert>
#include <string>

#include "base/endian.h"
#include "base/hash.h"
#include "format/size_bound.h"

namespace lentil {
namespace {

constexpr uint8_t kFlagModel = 1;
constexpr uint8_t kFlagRecords = 2;
constexpr uint8_t kFlagSample = 4;
constexpr uint8_t kFlags = kFlagModel | kFlagRecords | kFlagSample;
constexpr size_t kPlainHeaderBytes = 10;
constexpr size_t kModelBytes = 12;
constexpr size_t kSampleBytes = 8;

Status Corrupt(const char* what, uint64_t offset) {
  return Status(Code::kCorrupt,
                std::string(what) + " at byte " + std::to_string(offset));
}

void AppendCheck(size_t from, std::vector<uint8_t>* out) {
  AppendLe(Hash32(std::span(*out).subspan(from)), out);
}

bool CheckIsRight(std::span<const uint8_t> bytes, size_t at) {
  return Hash32(bytes.first(at)) == LoadLe<uint32_t>(bytes.data() + at);
}

// Lanes, lanes per group and context models are a byte each, and so is the size
// of each group's stream but the last: what is left are the streams' own bytes
// and one more for each stream, which is what HoldsMixedBytes adds.
bool HoldsMixingFrame(uint64_t raw, uint64_t payload) {
  constexpr uint64_t kLeast = 3;
  return payload >= kLeast && HoldsMixedBytes(payload - kLeast, raw);
}

// As far as the kind alone tells.
bool SizesAreSane(uint64_t kind, uint64_t raw, uint64_t payload) {
  if (raw > kMaxFrameSize || payload < 1 || payload > raw) return false;
  switch (static_cast<FrameKind>(kind)) {
    case FrameKind::kStored:
      return payload == raw;
    case FrameKind::kZstd:
      return raw <= kZstdPerByte * payload;
    case FrameKind::kMixing:
      return HoldsMixingFrame(raw, payload);
    case FrameKind::kModel:
    case FrameKind::kRecords:
      return true;
  }
  return false;
}

}  // namespace

void AppendContainerHeader(const ContainerHeader& header,
                           std::vector<uint8_t>* out) {
  const size_t start = out->size();
  out->insert(out->end(), std::begin(kMagic), std::end(kMagic));
  out->push_back(kFormatVersion);
  const bool has_records = header.records != RecordForm::kNone;
  assert(has_records || !header.has_sample);
  out->push_back(static_cast<uint8_t>((header.has_model ? kFlagModel : 0) |
                                      (has_records ? kFlagRecords : 0) |
                                      (header.has_sample ? kFlagSample : 0)));
  if (header.has_model) {
    AppendLe(header.numerics_version, out);
    AppendLe(header.model_hash, out);
  }
  if (has_records) out->push_back(static_cast<uint8_t>(header.records));
  if (header.has_sample) AppendLe(header.sample_hash, out);
  AppendCheck(start, out);
}

Result<size_t> ParseContainerHeader(std::span<const uint8_t> bytes,
                                    uint64_t offset, ContainerHeader* header) {
  const size_t seen = std::min(bytes.size(), sizeof(kMagic));
  if (!std::equal(bytes.begin(), bytes.begin() + seen, kMagic)) {
    return Corrupt("not a lentil container", offset);
  }
  if (bytes.size() < 6) return size_t{0};
  if (bytes[4] != kFormatVersion) {
    return Status(Code::kUnsupported, "format version " +
                                          std::to_string(bytes[4]) +
                                          "; this program reads version " +
                                          std::to_string(kFormatVersion));
  }
  const bool has_model = (bytes[5] & kFlagModel) != 0;
  const bool has_records = (bytes[5] & kFlagRecords) != 0;
  const bool has_sample = (bytes[5] & kFlagSample) != 0;
  const size_t size = kPlainHeaderBytes + (has_model ? kModelBytes : 0) +
                      (has_records ? 1 : 0) + (has_sample ? kSampleBytes : 0);
  if (bytes.size() < size) return size_t{0};
  if (!CheckIsRight(bytes, size - 4)) {
    return Corrupt("container header checksum mismatch", offset);
  }
  size_t at = 6;
  const size_t form_at = at + (has_model ? kModelBytes : 0);
  if ((bytes[5] & ~kFlags) != 0 || (has_sample && !has_records) ||
      (has_records && (bytes[form_at] < 1 || bytes[form_at] > 2))) {
    return Status(Code::kUnsupported, "container flags of a later version");
  }
  *header = ContainerHeader();
  header->has_model = has_model;
  if (has_model) {
    header->numerics_version = LoadLe<uint32_t>(bytes.data() + at);
    header->model_hash = LoadLe<uint64_t>(bytes.data() + at + 4);
    at += kModelBytes;
  }
  if (has_records) header->records = static_cast<RecordForm>(bytes[at++]);
  header->has_sample = has_sample;
  if (has_sample) header->sample_hash = LoadLe<uint64_t>(bytes.data() + at);
  return size;
}

void AppendFrameHeader(const FrameHeader& header, std::vector<uint8_t>* out) {
  assert(SizesAreSane(static_cast<uint64_t>(header.kind), header.raw_size,
                      header.payload_size));
  const size_t start = out->size();
  out->push_back(static_cast<uint8_t>(header.kind));
  AppendVarint(header.raw_size, out);
  AppendVarint(header.payload_size, out);
  AppendLe(header.payload_check, out);
  AppendLe(header.raw_check, out);
  AppendCheck(start, out);
}

Result<size_t> ParseFrameHeader(std::span<const uint8_t> bytes, uint64_t offset,
                                FrameHeader* header) {
  if (bytes.empty()) return size_t{0};
  const uint8_t kind = bytes[0];
  if (kind < 1 || kind > 5) return Corrupt("unknown frame kind", offset);
  size_t at = 1;
  uint64_t sizes[2] = {0, 0};
  for (uint64_t& size : sizes) {
    switch (ReadVarint(bytes, &at, &size)) {
      case VarintResult::kOk:
        break;
      case VarintResult::kInvalid:
        return Corrupt("malformed frame size", offset + at);
      case VarintResult::kTruncated:
        if (bytes.size() < kMaxFrameHeaderBytes) return size_t{0};
        return Corrupt("frame size over the limit", offset + at);
    }
  }
  if (!SizesAreSane(kind, sizes[0], sizes[1])) {
    return Corrupt("impossible frame size", offset);
  }
  if (bytes.size() < at + 12) return size_t{0};
  if (!CheckIsRight(bytes, at + 8)) {
    return Corrupt("frame header checksum mismatch", offset);
  }
  header->kind = static_cast<FrameKind>(kind);
  header->raw_size = static_cast<uint32_t>(sizes[0]);
  header->payload_size = static_cast<uint32_t>(sizes[1]);
  header->payload_check = LoadLe<uint32_t>(bytes.data() + at);
  header->raw_check = LoadLe<uint32_t>(bytes.data() + at + 4);
  return at + 12;
}

}  // namespace lentil
