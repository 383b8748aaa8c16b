// SPDX-License-Identifier: Apache-2.0
// Small buffers coded by a prior, a model or zstd, whichever both sides agreed
// on.

#include "codec/record_codec.h"

#include <zstd.h>

#include <algorithm>
#include <memory>

#include "base/hash.h"
#include "codec/record_prior.h"

namespace lentil {
namespace {

constexpr int kZstdLevel = 19;

// Every zstd frame starts with these; a record leaves them out.
constexpr uint8_t kZstdMagic[4] = {0x28, 0xB5, 0x2F, 0xFD};

struct ZstdFree {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

// A zstd frame without magic, content size and checksum.
Status EncodeZstd(std::span<const uint8_t> raw, std::vector<uint8_t>* coded) {
  const std::unique_ptr<ZSTD_CCtx, ZstdFree> context(ZSTD_createCCtx());
  if (context == nullptr) return Status(Code::kResourceLimit, "out of memory");
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kZstdLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 0);
  coded->resize(ZSTD_compressBound(raw.size()));
  const size_t size = ZSTD_compress2(context.get(), coded->data(),
                                     coded->size(), raw.data(), raw.size());
  if (ZSTD_isError(size) || size < sizeof(kZstdMagic)) {
    return Status(Code::kInternal,
                  std::string("zstd: ") + ZSTD_getErrorName(size));
  }
  coded->resize(size);
  coded->erase(coded->begin(), coded->begin() + sizeof(kZstdMagic));
  return Status();
}

Status DecodeZstd(std::span<const uint8_t> coded, std::span<uint8_t> raw) {
  std::vector<uint8_t> frame(std::begin(kZstdMagic), std::end(kZstdMagic));
  frame.insert(frame.end(), coded.begin(), coded.end());
  const size_t size =
      ZSTD_decompress(raw.data(), raw.size(), frame.data(), frame.size());
  if (ZSTD_isError(size) || size != raw.size()) {
    return Status(Code::kCorrupt, "record: its zstd part is damaged");
  }
  return Status();
}

RecordPredictor PredictorOf(const RecordCodec& codec) {
  return {codec.prior, codec.prior->model()};
}

Status EncodeCoded(const RecordCodec& codec, std::span<const uint8_t> raw,
                   std::vector<uint8_t>* coded) {
  if (codec.prior != nullptr) {
    const RecordPlace place = {0, static_cast<uint32_t>(raw.size())};
    return EncodeRecords(raw, {&place, 1}, PredictorOf(codec), FrameContext{},
                         {coded, 1});
  }
  if (codec.coder != nullptr) return codec.coder->EncodeRecord(raw, coded);
  return EncodeZstd(raw, coded);
}

Status DecodeCoded(const RecordCodec& codec, std::span<const uint8_t> coded,
                   std::span<uint8_t> raw) {
  if (codec.prior != nullptr) {
    const RecordPlace place = {0, static_cast<uint32_t>(raw.size())};
    return DecodeRecords({&coded, 1}, {&place, 1}, PredictorOf(codec),
                         FrameContext{}, raw);
  }
  if (codec.coder != nullptr) return codec.coder->DecodeRecord(coded, raw);
  return DecodeZstd(coded, raw);
}

Status Verify(const RecordCodec& codec, std::span<const uint8_t> raw,
              std::span<const uint8_t> record) {
  std::vector<uint8_t> restored(raw.size());
  const Status status = DecodeRecord(codec, record, restored);
  if (!status.ok() || !std::equal(raw.begin(), raw.end(), restored.begin())) {
    return Status(Code::kVerifyFailed, "record: decoding gave other bytes");
  }
  return Status();
}

}  // namespace

Status EncodeRecord(const RecordCodec& codec, std::span<const uint8_t> raw,
                    bool verify, std::vector<uint8_t>* out) {
  if (raw.size() > kMaxRecordSize) {
    return Status(
        Code::kInvalidArgument,
        "a record holds at most " + std::to_string(kMaxRecordSize) + " bytes");
  }
  std::vector<uint8_t> coded;
  LENTIL_RETURN_IF_ERROR(EncodeCoded(codec, raw, &coded));
  Record record;
  record.raw_size = static_cast<uint32_t>(raw.size());
  record.stored = coded.size() >= raw.size();
  record.coded = record.stored ? raw : std::span<const uint8_t>(coded);
  if (codec.options.check) record.check = Hash32(raw);
  const size_t start = out->size();
  AppendRecord(record, codec.options, out);
  if (!verify) return Status();
  return Verify(codec, raw, std::span<const uint8_t>(*out).subspan(start));
}

Result<size_t> RecordSourceSize(const RecordCodec& codec,
                                std::span<const uint8_t> record,
                                size_t known_size) {
  LENTIL_ASSIGN_OR_RETURN(const Record parsed,
                          ParseRecord(record, codec.options, known_size));
  return size_t{parsed.raw_size};
}

Status DecodeRecord(const RecordCodec& codec, std::span<const uint8_t> record,
                    std::span<uint8_t> raw) {
  LENTIL_ASSIGN_OR_RETURN(const Record parsed,
                          ParseRecord(record, codec.options, raw.size()));
  if (parsed.raw_size != raw.size()) {
    return Status(Code::kInvalidArgument,
                  "record: the source has another size");
  }
  if (parsed.stored) {
    std::copy(parsed.coded.begin(), parsed.coded.end(), raw.begin());
  } else {
    LENTIL_RETURN_IF_ERROR(DecodeCoded(codec, parsed.coded, raw));
  }
  if (codec.options.check && parsed.check != Hash32(raw)) {
    return Status(Code::kCorrupt, "record: checksum mismatch");
  }
  return Status();
}

}  // namespace lentil
