// SPDX-License-Identifier: Apache-2.0
// A table of sizes, then the records' streams.

#include "codec/record_frame.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/endian.h"
#include "codec/lane_frame.h"
#include "codec/layout_choice.h"
#include "codec/record_prior.h"
#include "kernels/kernels.h"
#include "model/decoder.h"

namespace lentil {

// A payload taken apart; streams point into it.
struct ParsedRecords {
  RecordFrameHead head;
  std::vector<uint32_t> sizes;  // of the source
  std::vector<std::span<const uint8_t>> streams;
};

namespace {

Status Corrupt(const char* what) {
  return {Code::kCorrupt, std::string("records frame: ") + what};
}

// Of the context models of the table of sizes.
constexpr int kSizesTableBits = 18;

// Bytes that a record takes in the source besides its own.
size_t ExtraBytes(RecordForm form) {
  return form == RecordForm::kLines ? 1 : 4;
}

FrameContext Quiet(const FrameContext& context) {
  FrameContext quiet;
  quiet.cancelled = context.cancelled;
  return quiet;
}

// The table of sizes: coded by context models where that helps.
Status AppendTable(const std::vector<uint8_t>& table,
                   const FrameContext& context, std::vector<uint8_t>* payload) {
  std::vector<uint8_t> coded;
  LENTIL_RETURN_IF_ERROR(
      EncodeByMixing(table, {}, kSizesTableBits, Quiet(context), &coded));
  const std::vector<uint8_t>& best =
      coded.size() < table.size() ? coded : table;
  AppendVarint(table.size(), payload);
  AppendVarint(best.size(), payload);
  payload->insert(payload->end(), best.begin(), best.end());
  return Status();
}

// What the table may claim is bounded by the frame's size: a varint of v takes
// at most 1 + v ÷ 128 bytes.
uint64_t MostTableBytes(uint64_t records, uint64_t raw_size) {
  return 2 * records + raw_size / 64;
}

// Reads the table at `*at`.
Result<std::vector<uint8_t>> ReadTable(std::span<const uint8_t> payload,
                                       uint64_t records, uint64_t raw_size,
                                       const FrameContext& context,
                                       size_t* at) {
  uint64_t size = 0;
  uint64_t coded_size = 0;
  if (ReadVarint(payload, at, &size) != VarintResult::kOk ||
      ReadVarint(payload, at, &coded_size) != VarintResult::kOk ||
      size < 2 * records || size > MostTableBytes(records, raw_size) ||
      coded_size > size || coded_size > payload.size() - *at) {
    return Corrupt("bad table");
  }
  const auto coded = payload.subspan(*at, coded_size);
  *at += coded_size;
  std::vector<uint8_t> table(size);
  if (coded_size == size) {
    std::copy(coded.begin(), coded.end(), table.begin());
  } else if (PeekParameters(coded, table.size()).table_bits > kSizesTableBits) {
    return Corrupt("bad table");
  } else {
    LENTIL_RETURN_IF_ERROR(DecodeLanes(coded, nullptr, Quiet(context), table));
  }
  return table;
}

Result<ParsedRecords> Parse(std::span<const uint8_t> payload, uint64_t raw_size,
                            const FrameContext& context) {
  ParsedRecords parsed;
  LENTIL_ASSIGN_OR_RETURN(parsed.head, ParseRecordFrameHead(payload));
  const uint64_t records = parsed.head.records;
  if (records > raw_size) return Corrupt("too many records");
  size_t at = VarintSize(payload[0]) + VarintSize(records);
  LENTIL_ASSIGN_OR_RETURN(const std::vector<uint8_t> table,
                          ReadTable(payload, records, raw_size, context, &at));
  const uint64_t extra = ExtraBytes(parsed.head.form);
  uint64_t total = 0;
  size_t next = 0;
  for (uint64_t i = 0; i < records; ++i) {
    uint64_t size = 0;
    uint64_t coded = 0;
    if (ReadVarint(table, &next, &size) != VarintResult::kOk ||
        ReadVarint(table, &next, &coded) != VarintResult::kOk ||
        size > raw_size || coded > size || coded > payload.size() - at) {
      return Corrupt("bad record size");
    }
    total += size + (parsed.head.open && i + 1 == records ? 0 : extra);
    if (total > raw_size) return Corrupt("sizes pass the frame's");
    parsed.sizes.push_back(static_cast<uint32_t>(size));
    parsed.streams.push_back(payload.subspan(at, coded));
    at += coded;
  }
  if (total != raw_size || next != table.size() || at != payload.size()) {
    return Corrupt("sizes do not add up");
  }
  if (parsed.head.open && parsed.sizes.back() == 0) {
    return Corrupt("an open record is empty");
  }
  return parsed;
}

}  // namespace

Result<RecordFrameHead> ParseRecordFrameHead(std::span<const uint8_t> payload) {
  RecordFrameHead head;
  size_t at = 0;
  uint64_t form = 0;
  if (ReadVarint(payload, &at, &form) != VarintResult::kOk || form < 2 ||
      form > 4 ||
      ReadVarint(payload, &at, &head.records) != VarintResult::kOk ||
      head.records < 1 || head.records > kMaxFrameRecords) {
    return Corrupt("bad head");
  }
  head.form = static_cast<RecordForm>(form >> 1);
  head.open = (form & 1) != 0;
  return head;
}

RecordFrameCoder::RecordFrameCoder(RecordForm form, RecordPredictor predictor)
    : form_(form), predictor_(std::move(predictor)) {}

uint32_t RecordFrameCoder::numerics_version() const { return kNumericsVersion; }

uint64_t RecordFrameCoder::model_hash() const {
  return predictor_.model != nullptr ? predictor_.model->hash() : 0;
}

uint64_t RecordFrameCoder::EncodeMemory(uint64_t raw_size,
                                        const LaneLimits& /*limits*/,
                                        int threads) const {
  return Memory(raw_size, kMaxFrameRecords, kMaxFrameRecords, threads);
}

uint64_t RecordFrameCoder::DecodeMemory(uint64_t raw_size,
                                        std::span<const uint8_t> payload,
                                        int threads) const {
  const auto head = ParseRecordFrameHead(payload);
  const size_t records = head.ok() ? head->records : 1;
  return Memory(raw_size, records, records, threads);
}

uint64_t RecordFrameCoder::DecodeSomeMemory(uint64_t raw_size, size_t count,
                                            int threads) const {
  return Memory(raw_size, kMaxFrameRecords, count, threads);
}

// For a table of `records`, of which `coded` are worked on.
uint64_t RecordFrameCoder::Memory(uint64_t raw_size, uint64_t records,
                                  uint64_t coded, int threads) const {
  records = std::min(records, raw_size);
  const uint64_t lanes = std::min<uint64_t>(coded, kRecordLanes);
  const uint64_t batches = (coded + kRecordLanes - 1) / kRecordLanes;
  uint64_t each = 0;
  if (predictor_.prior) each += lanes * predictor_.prior->LeaseBytes();
  if (predictor_.model) {
    each += Decoder::MemoryBytes(*predictor_.model,
                                 static_cast<uint32_t>(lanes), 256) +
            256 * (sizeof(FrequencyTable) + sizeof(DecoderRow));
  }
  return std::min<uint64_t>(static_cast<uint64_t>(std::max(threads, 1)),
                            batches) *
             each +
         MixingMemory(MostTableBytes(records, raw_size), kSizesTableBits) +
         records * 96 +
         (predictor_.prior ? predictor_.prior->MemoryBytes() : 0);
}

ContainerHeader RecordFrameCoder::Header() const {
  ContainerHeader header;
  header.records = form_;
  header.has_model = predictor_.model != nullptr;
  if (header.has_model) {
    header.numerics_version = numerics_version();
    header.model_hash = model_hash();
  }
  header.has_sample = predictor_.prior != nullptr;
  if (header.has_sample) header.sample_hash = predictor_.prior->sample_hash();
  return header;
}

Status RecordFrameCoder::Encode(std::span<const uint8_t> raw,
                                const LaneLimits& /*limits*/,
                                const FrameContext& context,
                                std::vector<uint8_t>* payload) const {
  bool open = false;
  LENTIL_ASSIGN_OR_RETURN(const std::vector<RecordPlace> places,
                          SplitRecords(raw, form_, &open));
  if (places.size() > kMaxFrameRecords) {
    return {Code::kInvalidArgument, "too many records for a frame"};
  }
  std::vector<std::vector<uint8_t>> streams(places.size());
  LENTIL_RETURN_IF_ERROR(
      EncodeRecords(raw, places, predictor_, context, streams));
  std::vector<uint8_t> table;
  for (size_t i = 0; i < places.size(); ++i) {
    AppendVarint(places[i].size, &table);
    AppendVarint(std::min<size_t>(streams[i].size(), places[i].size), &table);
  }
  AppendVarint(static_cast<uint64_t>(form_) * 2 + (open ? 1 : 0), payload);
  AppendVarint(places.size(), payload);
  LENTIL_RETURN_IF_ERROR(AppendTable(table, context, payload));
  for (size_t i = 0; i < places.size(); ++i) {
    const bool stored = streams[i].size() >= places[i].size;
    const auto record = stored ? raw.subspan(places[i].begin, places[i].size)
                               : std::span<const uint8_t>(streams[i]);
    payload->insert(payload->end(), record.begin(), record.end());
  }
  return Status();
}

Status RecordFrameCoder::Decode(std::span<const uint8_t> payload,
                                const FrameContext& context,
                                std::span<uint8_t> raw) const {
  LENTIL_ASSIGN_OR_RETURN(const ParsedRecords parsed,
                          Parse(payload, raw.size(), context));
  return DecodeParsed(parsed, 0, parsed.sizes.size(), context, raw);
}

Status RecordFrameCoder::DecodeSome(std::span<const uint8_t> payload,
                                    uint64_t raw_size, size_t first,
                                    size_t count, const FrameContext& context,
                                    std::vector<uint8_t>* raw) const {
  LENTIL_ASSIGN_OR_RETURN(const ParsedRecords parsed,
                          Parse(payload, raw_size, context));
  const size_t end = first + count;
  if (end > parsed.sizes.size()) return Corrupt("a record is missing");
  const bool open = parsed.head.open && end == parsed.sizes.size();
  uint64_t size = (count - (open ? 1 : 0)) * ExtraBytes(parsed.head.form);
  for (size_t i = first; i < end; ++i) size += parsed.sizes[i];
  raw->resize(size);
  return DecodeParsed(parsed, first, count, context, *raw);
}

Status RecordFrameCoder::DecodeParsed(const ParsedRecords& parsed, size_t first,
                                      size_t count, const FrameContext& context,
                                      std::span<uint8_t> raw) const {
  if (parsed.head.form != form_) return Corrupt("another form than the file's");
  std::vector<RecordPlace> places;  // of those that are coded
  std::vector<std::span<const uint8_t>> streams;
  uint32_t at = 0;
  for (size_t i = first; i < first + count; ++i) {
    const uint32_t size = parsed.sizes[i];
    if (form_ == RecordForm::kU32Le) {
      StoreLe(size, raw.data() + at);
      at += 4;
    }
    if (parsed.streams[i].size() == size) {
      std::copy(parsed.streams[i].begin(), parsed.streams[i].end(),
                raw.begin() + at);
    } else {
      places.push_back({at, size});
      streams.push_back(parsed.streams[i]);
    }
    at += size;
    if (form_ == RecordForm::kLines && at < raw.size()) raw[at++] = '\n';
  }
  return DecodeRecords(streams, places, predictor_, context, raw);
}

}  // namespace lentil
