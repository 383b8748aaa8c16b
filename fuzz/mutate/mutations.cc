// SPDX-License-Identifier: Apache-2.0
#include "mutations.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/endian.h"

namespace lentil {
namespace {

// Sizes at which something changes.
uint64_t Odd(Dice* dice, uint64_t size) {
  const uint64_t sizes[] = {
      0,        1,           2,          size - 1, size + 1, 2 * size,
      size / 2, size * 1000, 4096,       1u << 20, 4u << 20, kMaxFrameSize,
      45'427,   363'409,     UINT32_MAX, 64,       127,      kMaxFrameSize + 1};
  return sizes[dice->Below(std::size(sizes))];
}

// Where parameters stand, or anywhere.
size_t Place(Dice* dice, size_t size) {
  return dice->OneIn(2) ? dice->Below(std::min<size_t>(size, 16))
                        : dice->Below(size);
}

void ChangeBytes(Dice* dice, Bytes* bytes) {
  if (bytes->empty()) return;
  const size_t at = Place(dice, bytes->size());
  const auto place = bytes->begin() + static_cast<ptrdiff_t>(at);
  const size_t count =
      1 + dice->Below(std::min<size_t>(40, bytes->size() - at));
  switch (dice->Below(7)) {
    case 0:
      (*bytes)[at] ^= static_cast<uint8_t>(1u << dice->Below(8));
      break;
    case 1:
      (*bytes)[at] = dice->Byte();
      break;
    case 2:
      std::fill_n(place, count, dice->OneIn(2) ? 0x00 : 0xff);
      break;
    case 3:
      bytes->erase(place, place + static_cast<ptrdiff_t>(count));
      break;
    case 4:
      bytes->insert(place, count, dice->Byte());
      break;
    case 5:
      bytes->resize(at);
      break;
    default: {
      Bytes varint;
      AppendVarint(Odd(dice, at), &varint);
      bytes->insert(place, varint.begin(), varint.end());
    }
  }
}

void ChangeFrame(const FramePart& other, Dice* dice, FramePart* frame) {
  FrameHeader& header = frame->header;
  switch (dice->Below(8)) {
    case 0:
      header.raw_size = static_cast<uint32_t>(Odd(dice, header.raw_size));
      return;
    case 1:
      header.kind = static_cast<FrameKind>(1 + dice->Below(5));
      return;
    case 2:
      frame->payload = other.payload;
      break;
    case 3:
      frame->keeps_check = true;
      ChangeBytes(dice, &frame->payload);
      break;
    case 4:
      frame->claimed = IndexEntry{
          static_cast<uint32_t>(Odd(dice, header.raw_size)),
          static_cast<uint32_t>(Odd(dice, header.payload_size + 20))};
      return;
    case 5:
      header.payload_size =
          static_cast<uint32_t>(Odd(dice, header.payload_size));
      return;
    default:
      ChangeBytes(dice, &frame->payload);
  }
  header.payload_size = static_cast<uint32_t>(frame->payload.size());
}

void ChangeHeader(Dice* dice, ContainerHeader* header) {
  switch (dice->Below(4)) {
    case 0:
      header->has_model = !header->has_model;
      break;
    case 1:
      header->records = static_cast<RecordForm>(dice->Below(3));
      header->has_sample &= header->records != RecordForm::kNone;
      break;
    case 2:
      header->has_sample =
          header->records != RecordForm::kNone && !header->has_sample;
      break;
    default:
      header->model_hash ^= dice->Below(2);
      header->numerics_version += static_cast<uint32_t>(dice->Below(2));
  }
}

void ChangeOrder(const ContainerPart& other, Dice* dice, ContainerPart* part) {
  std::vector<FramePart>& frames = part->frames;
  const auto any = [&] {
    return frames.begin() + static_cast<ptrdiff_t>(dice->Below(frames.size()));
  };
  switch (dice->Below(4)) {
    case 0:
      frames.erase(any());
      break;
    case 1:
      frames.push_back(frames[dice->Below(frames.size())]);
      break;
    case 2:
      std::iter_swap(any(), any());
      break;
    default:
      frames.insert(any(), other.frames[dice->Below(other.frames.size())]);
  }
}

void ChangePart(const ContainerPart& other, Dice* dice, ContainerPart* part) {
  if (part->frames.empty()) return;
  const FramePart& frame = other.frames[dice->Below(other.frames.size())];
  switch (dice->Below(8)) {
    case 0:
      ChangeHeader(dice, &part->header);
      break;
    case 1:
      ChangeOrder(other, dice, part);
      break;
    case 2:
      if (dice->OneIn(2)) {
        part->footer_lies = static_cast<uint32_t>(Odd(dice, 40));
      } else {
        part->claimed_header_size = static_cast<uint32_t>(Odd(dice, 30));
      }
      break;
    default:
      ChangeFrame(frame, dice, &part->frames[dice->Below(part->frames.size())]);
  }
}

}  // namespace

void MutateParts(const std::vector<ContainerPart>& others, Dice* dice,
                 std::vector<ContainerPart>* parts) {
  for (size_t left = 1 + dice->Below(4); left > 0; --left) {
    const ContainerPart& other = others[dice->Below(others.size())];
    if (parts->empty() || dice->OneIn(20)) {
      parts->push_back(other);
    } else if (dice->OneIn(20)) {
      std::swap(parts->front(), parts->back());
    } else {
      ChangePart(other, dice, &(*parts)[dice->Below(parts->size())]);
    }
  }
}

void MutateBytes(Dice* dice, Bytes* file) {
  if (file->empty()) return;
  if (!dice->OneIn(3)) return ChangeBytes(dice, file);
  Bytes footer(std::begin(kFooterMagic), std::end(kFooterMagic));
  AppendLe(static_cast<uint32_t>(Odd(dice, 60)), &footer);
  for (size_t i = 1 + dice->Below(20); i > 0; --i) {
    file->insert(
        file->begin() + static_cast<ptrdiff_t>(dice->Below(file->size())),
        footer.begin(), footer.end());
  }
}

}  // namespace lentil
