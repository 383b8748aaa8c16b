// SPDX-License-Identifier: Apache-2.0
// Reader of GGUF. Every count is bounded by the bytes that are left before
// anything is allocated for it.

#include "weights/gguf.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <tuple>
#include <utility>

#include "base/endian.h"
#include "base/messages.h"
#include "weights/messages.h"

namespace lentil {
namespace {

constexpr std::string_view kMagic = "GGUF";
constexpr uint32_t kFirstVersion = 2;
constexpr uint32_t kLastVersion = 3;

// Fewest bytes of a pair (empty key, type, one byte) and of a tensor (empty
// name, no dimensions, type, offset).
constexpr uint64_t kMinPair = 8 + 4 + 1;
constexpr uint64_t kMinTensor = 8 + 4 + 4 + 8;

// Tensor types by their number. Those that DType lacks have names for messages.
constexpr std::pair<uint32_t, std::string_view> kTensorTypes[] = {
    {0, "F32"},      {1, "F16"},     {2, "Q4_0"},     {3, "Q4_1"},
    {6, "Q5_0"},     {7, "Q5_1"},    {8, "Q8_0"},     {9, "Q8_1"},
    {10, "Q2_K"},    {11, "Q3_K"},   {12, "Q4_K"},    {13, "Q5_K"},
    {14, "Q6_K"},    {15, "Q8_K"},   {16, "IQ2_XXS"}, {17, "IQ2_XS"},
    {18, "IQ3_XXS"}, {19, "IQ1_S"},  {20, "IQ4_NL"},  {21, "IQ3_S"},
    {22, "IQ2_S"},   {23, "IQ4_XS"}, {24, "I8"},      {25, "I16"},
    {26, "I32"},     {27, "I64"},    {28, "F64"},     {29, "IQ1_M"},
    {30, "BF16"},    {34, "TQ1_0"},  {35, "TQ2_0"},   {39, "MXFP4"},
    {40, "NVFP4"},
};

Result<DType> TensorTypeOf(uint32_t number) {
  std::string name = "of type " + std::to_string(number);
  for (const auto& [known, text] : kTensorTypes) {
    if (known != number) continue;
    if (const auto dtype = DTypeFromName(text)) return *dtype;
    name = text;
  }
  return Status(Code::kUnsupported, "is " + name + ", which is not supported");
}

// Reads a file from its start; messages say how far it came.
class Cursor {
 public:
  explicit Cursor(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  uint64_t at() const { return at_; }
  uint64_t left() const { return bytes_.size() - at_; }

  Result<std::span<const uint8_t>> Take(uint64_t size) {
    if (size > left()) {
      return Corrupt("truncated at byte " + std::to_string(at_));
    }
    const auto taken = bytes_.subspan(at_, size);
    at_ += size;
    return taken;
  }

  template <class T>
  Result<T> Take() {
    LENTIL_ASSIGN_OR_RETURN(const auto bytes, Take(sizeof(T)));
    return LoadLe<T>(bytes.data());
  }

  Result<std::string_view> TakeString() {
    LENTIL_ASSIGN_OR_RETURN(const auto size, Take<uint64_t>());
    LENTIL_ASSIGN_OR_RETURN(const auto bytes, Take(size));
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), size);
  }

  // From `start` to here.
  std::span<const uint8_t> Since(uint64_t start) const {
    return bytes_.subspan(start, at_ - start);
  }

 private:
  std::span<const uint8_t> bytes_;
  uint64_t at_ = 0;
};

Result<GgufType> TakeType(Cursor* cursor) {
  LENTIL_ASSIGN_OR_RETURN(const auto number, cursor->Take<uint32_t>());
  if (number > static_cast<uint32_t>(GgufType::kFloat64)) {
    return Corrupt("has the unknown type " + std::to_string(number));
  }
  return static_cast<GgufType>(number);
}

Result<GgufValue> TakeValue(Cursor* cursor) {
  GgufValue value;
  LENTIL_ASSIGN_OR_RETURN(value.type, TakeType(cursor));
  value.is_array = value.type == GgufType::kArray;
  if (value.is_array) {
    LENTIL_ASSIGN_OR_RETURN(value.type, TakeType(cursor));
    if (value.type == GgufType::kArray) {
      return Status(Code::kUnsupported, "is an array of arrays");
    }
    LENTIL_ASSIGN_OR_RETURN(value.count, cursor->Take<uint64_t>());
  }
  const uint64_t start = cursor->at();
  if (value.type == GgufType::kString) {
    for (uint64_t i = 0; i < value.count; ++i) {
      LENTIL_RETURN_IF_ERROR(cursor->TakeString().status());
    }
  } else {
    uint64_t size = GgufElementBytes(value.type);
    if (__builtin_mul_overflow(size, value.count, &size)) {
      return Corrupt("is longer than the file");
    }
    LENTIL_RETURN_IF_ERROR(cursor->Take(size).status());
  }
  value.bytes = cursor->Since(start);
  return value;
}

}  // namespace

bool IsGguf(std::span<const uint8_t> bytes) {
  return bytes.size() >= kMagic.size() &&
         std::equal(kMagic.begin(), kMagic.end(), bytes.begin());
}

uint32_t GgufElementBytes(GgufType type) {
  switch (type) {
    case GgufType::kUint8:
    case GgufType::kInt8:
    case GgufType::kBool:
      return 1;
    case GgufType::kUint16:
    case GgufType::kInt16:
      return 2;
    case GgufType::kUint32:
    case GgufType::kInt32:
    case GgufType::kFloat32:
      return 4;
    case GgufType::kUint64:
    case GgufType::kInt64:
    case GgufType::kFloat64:
      return 8;
    case GgufType::kString:
    case GgufType::kArray:
      break;
  }
  return 0;
}

std::optional<uint32_t> GgufTensorType(DType dtype) {
  for (const auto& [number, name] : kTensorTypes) {
    if (name == DTypeName(dtype)) return number;
  }
  return std::nullopt;
}

// Fills a Gguf from its file.
class GgufParser {
 public:
  explicit GgufParser(std::span<const uint8_t> bytes)
      : bytes_(bytes), cursor_(bytes) {}

  Result<Gguf> ParseAll() {
    LENTIL_RETURN_IF_ERROR(TakeVersion());
    LENTIL_ASSIGN_OR_RETURN(const auto tensors, cursor_.Take<uint64_t>());
    LENTIL_ASSIGN_OR_RETURN(const auto pairs, cursor_.Take<uint64_t>());
    if (pairs > cursor_.left() / kMinPair ||
        tensors > cursor_.left() / kMinTensor) {
      return Corrupt("more tensors or metadata than the file has room for");
    }
    for (uint64_t i = 0; i < pairs; ++i) LENTIL_RETURN_IF_ERROR(AddPair());
    LENTIL_RETURN_IF_ERROR(ReadAlignment());
    for (uint64_t i = 0; i < tensors; ++i) {
      LENTIL_RETURN_IF_ERROR(AddTensor());
    }
    LENTIL_RETURN_IF_ERROR(PlaceTensors());
    return std::move(file_);
  }

 private:
  // A tensor's bytes, still unchecked.
  struct Place {
    uint64_t offset;  // from the first tensor's
    uint64_t size;
    const std::string* name;
    TensorView* view;
  };

  Status TakeVersion() {
    if (!IsGguf(bytes_)) return Corrupt("not a GGUF file");
    LENTIL_RETURN_IF_ERROR(cursor_.Take(kMagic.size()).status());
    LENTIL_ASSIGN_OR_RETURN(const auto version, cursor_.Take<uint32_t>());
    if (version != 0 && version % 0x10000 == 0) {
      return Status(Code::kUnsupported, "big-endian GGUF is not supported");
    }
    if (version < kFirstVersion || version > kLastVersion) {
      return Status(
          Code::kUnsupported,
          "GGUF version " + std::to_string(version) + " is not supported");
    }
    return Status();
  }

  Status AddPair() {
    LENTIL_ASSIGN_OR_RETURN(const std::string_view key, cursor_.TakeString());
    Result<GgufValue> value = TakeValue(&cursor_);
    if (!value.ok()) return value.status().WithContext("key " + Quoted(key));
    if (!file_.metadata_.emplace(key, *value).second) {
      return Corrupt("key " + Quoted(key) + " is there twice");
    }
    return Status();
  }

  Status ReadAlignment() {
    if (!file_.Has(kGgufAlignmentKey)) return Status();
    LENTIL_ASSIGN_OR_RETURN(alignment_, file_.GetUint(kGgufAlignmentKey));
    if (!std::has_single_bit(alignment_) ||
        alignment_ > std::numeric_limits<uint32_t>::max()) {
      return Corrupt("alignment " + std::to_string(alignment_) +
                     " is no power of two");
    }
    return Status();
  }

  Status AddTensor() {
    LENTIL_ASSIGN_OR_RETURN(const std::string_view name, cursor_.TakeString());
    TensorView view;
    Place place = {};
    const Status status = TakeTensor(&view, &place);
    if (!status.ok()) return status.WithContext("tensor " + Quoted(name));
    const auto [it, is_new] = file_.tensors_.emplace(name, std::move(view));
    if (!is_new) return Corrupt("tensor " + Quoted(name) + " is there twice");
    place.name = &it->first;
    place.view = &it->second;
    places_.push_back(place);
    return Status();
  }

  Status TakeTensor(TensorView* view, Place* place) {
    LENTIL_ASSIGN_OR_RETURN(const auto rank, cursor_.Take<uint32_t>());
    if (rank > kMaxGgufRank) return Corrupt("too many dimensions");
    view->shape.resize(rank);
    for (size_t i = rank; i-- > 0;) {
      LENTIL_ASSIGN_OR_RETURN(view->shape[i], cursor_.Take<uint64_t>());
    }
    LENTIL_ASSIGN_OR_RETURN(const auto type, cursor_.Take<uint32_t>());
    LENTIL_ASSIGN_OR_RETURN(view->dtype, TensorTypeOf(type));
    LENTIL_ASSIGN_OR_RETURN(place->offset, cursor_.Take<uint64_t>());
    const auto size = TensorBytes(view->dtype, view->shape);
    if (!size || *size == 0) {
      return Corrupt("cannot be " + std::string(DTypeName(view->dtype)) + " " +
                     ShapeText(view->shape));
    }
    place->size = *size;
    return Status();
  }

  // Gives every tensor its bytes, which are its own.
  Status PlaceTensors() {
    std::sort(places_.begin(), places_.end(),
              [](const Place& a, const Place& b) {
                return std::tie(a.offset, a.size) < std::tie(b.offset, b.size);
              });
    const uint64_t padding = -cursor_.at() & (alignment_ - 1);
    const uint64_t start = cursor_.at() + std::min(padding, cursor_.left());
    const std::span<const uint8_t> data = bytes_.subspan(start);
    uint64_t end = 0;
    for (const Place& place : places_) {
      const std::string name = "tensor " + Quoted(*place.name);
      if (place.offset % alignment_ != 0)
        return Corrupt(name + " is unaligned");
      if (place.offset > data.size() ||
          place.size > data.size() - place.offset) {
        return Corrupt(name + " lies outside the file");
      }
      if (place.offset < end) return Corrupt(name + " overlaps another");
      end = place.offset + place.size;
      place.view->bytes = data.subspan(place.offset, place.size);
    }
    return Status();
  }

  std::span<const uint8_t> bytes_;
  Cursor cursor_;
  Gguf file_;
  uint64_t alignment_ = kGgufAlignment;
  std::vector<Place> places_;
};

Result<Gguf> Gguf::Parse(std::span<const uint8_t> bytes) {
  return GgufParser(bytes).ParseAll();
}

Gguf Gguf::Of(std::map<std::string, GgufValue> metadata,
              std::map<std::string, TensorView> tensors) {
  Gguf gguf;
  gguf.metadata_ = std::move(metadata);
  gguf.tensors_ = std::move(tensors);
  return gguf;
}

}  // namespace lentil
