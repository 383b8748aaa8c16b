// SPDX-License-Identifier: Apache-2.0
// The helpers of stream_test_util.h.

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "base/endian.h"
#include "codec/stream_test_util.h"
#include "coder/range_coder.h"
#include "model/selftest.h"

namespace lentil {
namespace {

constexpr size_t kGroups = 4;

std::span<const uint8_t> GroupOf(std::span<const uint8_t> raw, size_t group) {
  const size_t first = raw.size() * group / kGroups;
  const size_t last = raw.size() * (group + 1) / kGroups;
  return raw.subspan(first, last - first);
}

// P(text-like) of a byte, out of 65536.
constexpr uint32_t kTextLike = 65000;

// Four bits of a text-like byte are free; the others follow from the byte
// before, which zstd does not see.
uint8_t TextByte(uint8_t before, uint32_t free_bits) {
  return static_cast<uint8_t>(0x40 | free_bits << 2 | (before >> 2 & 3));
}

Status WaitForCancel(const FrameContext& context) {
  while (!context.IsCancelled()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return Status(Code::kCancelled, "cancelled");
}

}  // namespace

Status FakeCoder::Encode(std::span<const uint8_t> raw,
                         const LaneLimits& /*limits*/,
                         const FrameContext& context,
                         std::vector<uint8_t>* payload) const {
  ++frames_encoded;
  if (is_slow) return WaitForCancel(context);
  std::vector<Bytes> streams(kGroups);
  context.parallel_for(kGroups, [&](size_t group) {
    RangeEncoder encoder(&streams[group]);
    uint8_t before = 0;
    for (const uint8_t byte : GroupOf(raw, group)) {
      const uint32_t free_bits = byte >> 2 & 15;
      const bool is_text = byte == TextByte(before, free_bits);
      encoder.EncodeBit(is_text, kTextLike);
      if (is_text) {
        encoder.Encode(free_bits, 1, 4);
      } else {
        encoder.Encode(byte, 1, 8);
      }
      before = byte;
      if (context.bytes_done != nullptr) ++*context.bytes_done;
    }
    encoder.Finish();
  });
  for (const Bytes& stream : streams) {
    AppendVarint(stream.size(), payload);
    payload->insert(payload->end(), stream.begin(), stream.end());
  }
  return Status();
}

Status FakeCoder::Decode(std::span<const uint8_t> payload,
                         const FrameContext& context,
                         std::span<uint8_t> raw) const {
  const int at_work = ++frames_at_work;
  most_at_work = std::max(most_at_work.load(), at_work);
  most_threads = std::max(most_threads.load(), context.threads);
  const Status status = DecodeGroups(payload, context, raw);
  --frames_at_work;
  return status;
}

Status FakeCoder::DecodeGroups(std::span<const uint8_t> payload,
                               const FrameContext& context,
                               std::span<uint8_t> raw) const {
  std::vector<std::span<const uint8_t>> streams;
  size_t at = 0;
  for (size_t group = 0; group < kGroups; ++group) {
    uint64_t size = 0;
    if (ReadVarint(payload, &at, &size) != VarintResult::kOk ||
        size > payload.size() - at) {
      return Status(Code::kCorrupt, "stream sizes lie");
    }
    streams.push_back(payload.subspan(at, size));
    at += size;
  }
  std::vector<Status> statuses(kGroups);
  context.parallel_for(kGroups, [&](size_t group) {
    RangeDecoder decoder(streams[group]);
    uint8_t before = 0;
    for (const uint8_t& place : GroupOf(raw, group)) {
      const bool is_text = decoder.DecodeBit(kTextLike);
      const int bits = is_text ? 4 : 8;
      const uint32_t symbol = decoder.Target(bits);
      decoder.Consume(symbol, 1, bits);
      before =
          is_text ? TextByte(before, symbol) : static_cast<uint8_t>(symbol);
      const_cast<uint8_t&>(place) = before;
    }
    statuses[group] = decoder.Finish();
  });
  if (decodes_wrongly && !raw.empty()) raw[raw.size() / 2] ^= 1;
  for (const Status& status : statuses) LENTIL_RETURN_IF_ERROR(status);
  return Status();
}

std::shared_ptr<const Model> MakeModel(const Kernels* kernels) {
  const auto file = WriteNative(RandomModel({.d_model = 32,
                                             .heads = 2,
                                             .kv_heads = 1,
                                             .head_dim = 16,
                                             .d_mlp = 64,
                                             .inputs = LastBytes(3),
                                             .windows = {16, 40}},
                                            7));
  return *Model::Parse(*file, kernels);
}

Bytes TextLike(size_t n, uint32_t seed) {
  std::mt19937 random(seed);
  Bytes bytes(n);
  uint8_t before = 0;
  for (uint8_t& byte : bytes) {
    byte = before = TextByte(before, random() % 16);
  }
  return bytes;
}

Bytes RandomBytes(size_t n, uint32_t seed) {
  std::mt19937 random(seed);
  Bytes bytes(n);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

EncodeOptions ModelOptions(const FakeCoder& coder, uint32_t frame_size,
                           int threads) {
  EncodeOptions options;
  options.coder = &coder;
  options.frame_size = frame_size;
  options.threads = threads;
  options.zstd_level = 3;
  return options;
}

EncodeOptions ZstdOptions(uint32_t frame_size, int threads) {
  EncodeOptions options;
  options.preferred = FrameKind::kZstd;
  options.frame_size = frame_size;
  options.threads = threads;
  options.zstd_level = 3;
  return options;
}

DecodeOptions DecodeWith(const FakeCoder& coder, int threads) {
  DecodeOptions options;
  options.threads = threads;
  options.find_coder = [&coder](uint32_t, uint64_t hash) {
    return hash == coder.model_hash() ? &coder : nullptr;
  };
  return options;
}

namespace {

template <class Stream>
Status Feed(Stream* stream, std::span<const uint8_t> bytes, size_t piece) {
  while (!bytes.empty()) {
    const size_t n = std::min(piece, bytes.size());
    LENTIL_RETURN_IF_ERROR(stream->Write(bytes.first(n)));
    bytes = bytes.subspan(n);
  }
  return stream->Finish();
}

ByteSink AppendTo(Bytes* out) {
  return [out](std::span<const uint8_t> bytes) {
    out->insert(out->end(), bytes.begin(), bytes.end());
    return Status();
  };
}

}  // namespace

Result<Bytes> EncodeAll(const EncodeOptions& options,
                        std::span<const uint8_t> source, size_t piece) {
  Bytes out;
  LENTIL_ASSIGN_OR_RETURN(auto encoder,
                          StreamEncoder::Create(options, AppendTo(&out)));
  LENTIL_RETURN_IF_ERROR(Feed(encoder.get(), source, piece));
  return out;
}

Result<Bytes> DecodeAll(const DecodeOptions& options,
                        std::span<const uint8_t> file, size_t piece,
                        Bytes* partial) {
  Bytes own;
  Bytes* out = partial != nullptr ? partial : &own;
  LENTIL_ASSIGN_OR_RETURN(auto decoder,
                          StreamDecoder::Create(options, AppendTo(out)));
  LENTIL_RETURN_IF_ERROR(Feed(decoder.get(), file, piece));
  return *out;
}

}  // namespace lentil
