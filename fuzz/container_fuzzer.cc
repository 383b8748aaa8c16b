// SPDX-License-Identifier: Apache-2.0
// Containers from outside, as a stream, with salvage, and by random access.
//
// First byte even: the rest is the file. Odd: the rest describes frames that
// get right checksums, so that what lies behind these is reached as well.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "base/hash.h"
#include "codec/archive.h"
#include "codec/frame_coder.h"
#include "codec/record_frame.h"
#include "codec/record_prior.h"
#include "codec/stream.h"
#include "coder/range_coder.h"
#include "format/container.h"

namespace lentil {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint64_t kMemory = 80u << 20;  // little more than records need
constexpr uint64_t kModelHash = 1;

// Decodes through the range coder, with nothing learned.
class PlainCoder final : public FrameCoder {
 public:
  uint32_t numerics_version() const override { return 1; }
  uint64_t model_hash() const override { return kModelHash; }
  uint64_t EncodeMemory(uint64_t, const LaneLimits&, int) const override {
    return 4096;
  }
  uint64_t DecodeMemory(uint64_t, std::span<const uint8_t>,
                        int) const override {
    return 4096;
  }
  Status Encode(std::span<const uint8_t>, const LaneLimits&,
                const FrameContext&, std::vector<uint8_t>*) const override {
    return Status(Code::kInternal, "decodes only");
  }
  Status Decode(std::span<const uint8_t> payload, const FrameContext&,
                std::span<uint8_t> raw) const override {
    RangeDecoder decoder(payload);
    for (uint8_t& byte : raw) {
      const bool is_zero = decoder.DecodeBit(60000);
      const uint32_t target = is_zero ? 0 : decoder.Target(8);
      if (!is_zero) decoder.Consume(target, 1, 8);
      byte = static_cast<uint8_t>(target);
      if (decoder.is_corrupt()) break;
    }
    return decoder.Finish();
  }
};

const PlainCoder kCoder;

// Lines, from the state after a small sample.
const RecordFrameCoder& Records() {
  static const auto* const coder = [] {
    const Bytes sample = {'o', 'n', 'e', '\n', 't', 'w', 'o', '\n'};
    const auto prior = RecordPrior::Make(sample, RecordForm::kLines, nullptr);
    if (!prior.ok()) std::abort();
    return new RecordFrameCoder(RecordForm::kLines, {*prior, nullptr});
  }();
  return *coder;
}

// Records if the first kind is 128 or more. Per frame: kind, raw size (u8, in
// units of 64), payload size (u8), payload.
Bytes BuildFile(std::span<const uint8_t> recipe) {
  Bytes file;
  const bool has_records = !recipe.empty() && recipe[0] >= 128;
  ContainerHeader container = {true, 1, kModelHash};
  if (has_records) container = Records().Header();
  AppendContainerHeader(container, &file);
  const auto header_size = static_cast<uint32_t>(file.size());
  IndexBuilder index;
  while (recipe.size() >= 4) {
    const size_t size =
        std::min<size_t>(std::max<size_t>(1, recipe[2]), recipe.size() - 3);
    const std::span<const uint8_t> payload = recipe.subspan(3, size);
    FrameHeader header;
    header.kind = static_cast<FrameKind>(1 + recipe[0] % 4);
    if (size < 3) header.kind = FrameKind::kStored;  // parameters need three
    if (has_records && header.kind == FrameKind::kModel) {
      header.kind = FrameKind::kRecords;
    }
    header.payload_size = static_cast<uint32_t>(size);
    header.raw_size = header.payload_size;
    if (header.kind != FrameKind::kStored) header.raw_size += recipe[1] * 64u;
    header.payload_check = Hash32(payload);
    header.raw_check = Hash32(payload);  // right if stored
    const size_t start = file.size();
    AppendFrameHeader(header, &file);
    file.insert(file.end(), payload.begin(), payload.end());
    index.Add({header.raw_size, static_cast<uint32_t>(file.size() - start)});
    recipe = recipe.subspan(3 + size);
  }
  if (!index.AppendFooter(header_size, 0, &file).ok()) std::abort();
  return file;
}

DecodeOptions Options() {
  DecodeOptions options;
  options.find_coder = [](uint32_t, uint64_t hash) {
    return hash == kModelHash ? &kCoder : nullptr;
  };
  options.find_records =
      [](const ContainerHeader& header) -> Result<const RecordFrameCoder*> {
    if (header == Records().Header()) return &Records();
    return Status(Code::kWrongSample, "another sample");
  };
  options.memory_limit = kMemory;
  return options;
}

// What came out, whether or not an error ended it.
Bytes DecodeStream(std::span<const uint8_t> file, bool salvage, size_t piece,
                   bool* ok) {
  Bytes out;
  DecodeOptions options = Options();
  options.salvage = salvage;
  auto decoder = StreamDecoder::Create(options, [&](auto bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
    return Status();
  });
  Status status;
  for (size_t at = 0; at < file.size() && status.ok(); at += piece) {
    status =
        (*decoder)->Write(file.subspan(at, std::min(piece, file.size() - at)));
  }
  if (status.ok()) status = (*decoder)->Finish();
  *ok = status.ok();
  return out;
}

// Random access must agree with the stream where both succeed.
void CheckArchive(std::span<const uint8_t> file, const Bytes& whole,
                  bool stream_ok) {
  const auto read_at = [file](uint64_t offset, std::span<uint8_t> out) {
    if (offset > file.size() || out.size() > file.size() - offset) std::abort();
    std::copy_n(file.begin() + static_cast<ptrdiff_t>(offset), out.size(),
                out.begin());
    return Status();
  };
  const auto archive = Archive::Open(read_at, file.size());
  if (!archive.ok()) {
    if (stream_ok) std::abort();
    return;
  }
  Bytes out;
  const Status status =
      archive->Extract(1, 1000, Options(), [&](std::span<const uint8_t> bytes) {
        out.insert(out.end(), bytes.begin(), bytes.end());
        return Status();
      });
  (void)archive->ExtractRecords(
      1, 3, Options(), [](std::span<const uint8_t>) { return Status(); });
  (void)archive->ForEachFrame([](const FrameInfo&) { return Status(); });
  if (!stream_ok || whole.empty()) return;
  const Bytes expected(whole.begin() + 1,
                       whole.begin() + static_cast<ptrdiff_t>(std::min<size_t>(
                                           1001, whole.size())));
  if (!status.ok() || out != expected) std::abort();
}

}  // namespace
}  // namespace lentil

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lentil;
  if (size == 0) return 0;
  std::span<const uint8_t> file(data + 1, size - 1);
  Bytes built;
  if (data[0] % 2 != 0) file = built = BuildFile(file);
  bool ok = false;
  bool salvaged_ok = false;
  const Bytes whole = DecodeStream(file, false, 1 << 20, &ok);
  bool again_ok = false;
  if (DecodeStream(file, false, 1 + data[0] / 2, &again_ok) != whole ||
      ok != again_ok) {
    std::abort();  // pieces must not matter
  }
  const Bytes salvaged = DecodeStream(file, true, 4096, &salvaged_ok);
  if (ok && (!salvaged_ok || salvaged != whole)) std::abort();
  CheckArchive(file, whole, ok);
  return 0;
}
