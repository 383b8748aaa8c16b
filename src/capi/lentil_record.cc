// SPDX-License-Identifier: Apache-2.0
// The C API: small buffers.

#include <cstring>

#include "capi/handles.h"
#include "codec/record_codec.h"
#include "lentil/lentil.h"

namespace lentil {
namespace {

constexpr size_t kMaxSource = 64u << 20;

// How this codec codes records; `*model` keeps what it points to.
Result<RecordCodec> RecordCodecOf(const lentil_codec& codec, unsigned flags,
                                  ModelRef* model) {
  if (flags & ~unsigned{LENTIL_RECORD_SIZE | LENTIL_RECORD_CHECK}) {
    return Status(Code::kInvalidArgument, "unknown record flags");
  }
  LENTIL_ASSIGN_OR_RETURN(*model, EncodingModel(codec));
  RecordCodec result;
  if (*model != nullptr) result.coder = (*model)->coder.get();
  LENTIL_ASSIGN_OR_RETURN(result.prior, EncodingPrior(codec));
  result.options.size = (flags & LENTIL_RECORD_SIZE) != 0;
  result.options.check = (flags & LENTIL_RECORD_CHECK) != 0;
  return result;
}

// Of the last failed lentil_sample_* call of a thread.
std::string& SampleMessage() {
  static thread_local std::string message;
  return message;
}

}  // namespace
}  // namespace lentil

using lentil::Code;
using lentil::NullArgument;
using lentil::Status;

extern "C" {

lentil_error lentil_sample_new(const void* bytes, size_t size,
                               lentil_sample** sample) {
  return lentil::Guard(&lentil::SampleMessage(), [&]() -> Status {
    if ((bytes == nullptr && size > 0) || sample == nullptr) {
      return NullArgument();
    }
    LENTIL_ASSIGN_OR_RETURN(
        auto made, lentil::RecordSample::Make(lentil::BytesOf(bytes, size)));
    *sample = new lentil_sample{std::move(made)};
    return Status();
  });
}

uint64_t lentil_sample_hash(const lentil_sample* sample) {
  return sample != nullptr ? sample->sample->hash() : 0;
}

const char* lentil_sample_message(void) {
  return lentil::SampleMessage().c_str();
}

void lentil_sample_free(lentil_sample* sample) { delete sample; }

lentil_error lentil_codec_set_sample(lentil_codec* codec,
                                     const lentil_sample* sample) {
  return lentil::GuardCodec(codec, [&] {
    codec->record_coders.clear();
    codec->sample = sample != nullptr ? sample->sample : nullptr;
    return Status();
  });
}

lentil_error lentil_codec_set_records(lentil_codec* codec, int form) {
  return lentil::GuardCodec(codec, [&] {
    if (form < LENTIL_RECORDS_NONE || form > LENTIL_RECORDS_U32LE) {
      return Status(Code::kInvalidArgument, "no such form of records");
    }
    codec->records = static_cast<lentil::RecordForm>(form);
    return Status();
  });
}

lentil_error lentil_record_compress(lentil_codec* codec, unsigned flags,
                                    const void* src, size_t src_size, void* dst,
                                    size_t dst_capacity, size_t* dst_size) {
  bool too_small = false;
  const lentil_error error = lentil::GuardCodec(codec, [&]() -> Status {
    if (lentil::BadBuffers(src, src_size, dst, dst_capacity, dst_size)) {
      return NullArgument();
    }
    if (src_size > lentil::kMaxSource) {
      return Status(Code::kInvalidArgument, "a record holds at most 64 MiB");
    }
    lentil::ModelRef model;
    LENTIL_ASSIGN_OR_RETURN(const lentil::RecordCodec coding,
                            lentil::RecordCodecOf(*codec, flags, &model));
    std::vector<uint8_t> record;
    LENTIL_RETURN_IF_ERROR(lentil::EncodeRecord(
        coding, lentil::BytesOf(src, src_size), codec->verify, &record));
    if (record.size() > dst_capacity) {
      too_small = true;
      return lentil::TooSmall();
    }
    std::memcpy(dst, record.data(), record.size());
    *dst_size = record.size();
    return Status();
  });
  return too_small ? LENTIL_TOO_SMALL : error;
}

lentil_error lentil_record_decompress(lentil_codec* codec, unsigned flags,
                                      const void* src, size_t src_size,
                                      void* dst, size_t dst_capacity,
                                      size_t* dst_size) {
  bool too_small = false;
  const lentil_error error = lentil::GuardCodec(codec, [&]() -> Status {
    if (lentil::BadBuffers(src, src_size, dst, dst_capacity, dst_size)) {
      return NullArgument();
    }
    lentil::ModelRef model;
    LENTIL_ASSIGN_OR_RETURN(const lentil::RecordCodec coding,
                            lentil::RecordCodecOf(*codec, flags, &model));
    const auto record = lentil::BytesOf(src, src_size);
    LENTIL_ASSIGN_OR_RETURN(
        const size_t size, lentil::RecordSourceSize(coding, record, *dst_size));
    if (size > dst_capacity) {
      too_small = true;
      return lentil::TooSmall();
    }
    LENTIL_RETURN_IF_ERROR(lentil::DecodeRecord(
        coding, record, {static_cast<uint8_t*>(dst), size}));
    *dst_size = size;
    return Status();
  });
  return too_small ? LENTIL_TOO_SMALL : error;
}

}  // extern "C"
