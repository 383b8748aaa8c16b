// SPDX-License-Identifier: Apache-2.0
// How long a text is when another compressor has coded it.

#include "bench/code_length.h"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <vector>

namespace lentil {
namespace {

Status Failed(const std::string& what) {
  return Status(Code::kInternal, what + " failed; is it out of memory?");
}

// gzip is zlib with another frame around the same blocks.
class Zlib final : public CodeLength {
 public:
  enum class Unit { kBytes, kBits };

  // Bytes of a gzip file, or bits of its blocks alone.
  explicit Zlib(Unit unit) : unit_(unit) {
    constexpr int kLevel = 9;
    constexpr int kWindowBits = 15;
    constexpr int kMemory = 8;  // zlib's own default
    const int window = unit == Unit::kBytes ? kWindowBits + 16 : -kWindowBits;
    is_ready_ = deflateInit2(&stream_, kLevel, Z_DEFLATED, window, kMemory,
                             Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~Zlib() override {
    if (is_ready_) deflateEnd(&stream_);
  }
  Zlib(const Zlib&) = delete;
  Zlib& operator=(const Zlib&) = delete;

  Result<uint64_t> Bits(std::span<const uint8_t> text) override {
    if (!is_ready_ || deflateReset(&stream_) != Z_OK) return Failed("zlib");
    const auto size = static_cast<uLong>(text.size());
    out_.resize(deflateBound(&stream_, size) + 64);
    stream_.next_in = const_cast<uint8_t*>(text.data());
    stream_.avail_in = static_cast<uInt>(size);
    stream_.next_out = out_.data();
    stream_.avail_out = static_cast<uInt>(out_.size());
    return unit_ == Unit::kBytes ? WholeBytes() : BlockBits();
  }

 private:
  Result<uint64_t> WholeBytes() {
    if (deflate(&stream_, Z_FINISH) != Z_STREAM_END) return Failed("zlib");
    return uint64_t{8} * stream_.total_out;
  }

  // Z_BLOCK ends a block without filling its last byte.
  Result<uint64_t> BlockBits() {
    unsigned pending = 0;
    int bits = 0;
    if (deflate(&stream_, Z_BLOCK) < 0 ||
        deflatePending(&stream_, &pending, &bits) != Z_OK) {
      return Failed("zlib");
    }
    return 8 * (uint64_t{stream_.total_out} + pending) +
           static_cast<uint64_t>(bits);
  }

  const Unit unit_;
  z_stream stream_ = {};
  bool is_ready_ = false;
  std::vector<uint8_t> out_;
};

// Without the container of .xz, which fills up to whole four bytes.
class Lzma final : public CodeLength {
 public:
  Lzma() = default;
  ~Lzma() override { lzma_end(&stream_); }
  Lzma(const Lzma&) = delete;
  Lzma& operator=(const Lzma&) = delete;

  Result<uint64_t> Bits(std::span<const uint8_t> text) override {
    constexpr uint32_t kPreset = 6;
    lzma_options_lzma options = {};
    if (lzma_lzma_preset(&options, kPreset)) return Failed("lzma");
    const auto needed = static_cast<uint32_t>(text.size());
    options.dict_size = std::max<uint32_t>(LZMA_DICT_SIZE_MIN, needed);
    const lzma_filter filters[] = {{LZMA_FILTER_LZMA1, &options},
                                   {LZMA_VLI_UNKNOWN, nullptr}};
    // A stream that begins again keeps its memory.
    if (lzma_raw_encoder(&stream_, filters) != LZMA_OK) return Failed("lzma");
    out_.resize(text.size() + text.size() / 8 + 128);
    stream_.next_in = text.data();
    stream_.avail_in = text.size();
    stream_.next_out = out_.data();
    stream_.avail_out = out_.size();
    if (lzma_code(&stream_, LZMA_FINISH) != LZMA_STREAM_END) {
      return Failed("lzma");
    }
    return uint64_t{8} * stream_.total_out;
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  std::vector<uint8_t> out_;
};

class Zstd final : public CodeLength {
 public:
  Result<uint64_t> Bits(std::span<const uint8_t> text) override {
    constexpr int kLevel = 19;
    if (context_ == nullptr) return Failed("zstd");
    out_.resize(ZSTD_compressBound(text.size()));
    const size_t size =
        ZSTD_compressCCtx(context_.get(), out_.data(), out_.size(), text.data(),
                          text.size(), kLevel);
    if (ZSTD_isError(size)) return Failed("zstd");
    return uint64_t{8} * size;
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  const std::unique_ptr<ZSTD_CCtx, Free> context_{ZSTD_createCCtx()};
  std::vector<uint8_t> out_;
};

template <class T, auto... kArgs>
std::unique_ptr<CodeLength> Make() {
  return std::make_unique<T>(kArgs...);
}

// To add a compressor, add a row.
constexpr CodeLengthKind kKinds[] = {
    {"gzip", "zlib level 9, whole bytes of a .gz",
     Make<Zlib, Zlib::Unit::kBytes>},
    {"deflate", "the same without its frame, in bits",
     Make<Zlib, Zlib::Unit::kBits>},
    {"lzma", "preset 6 without container, whole bytes", Make<Lzma>},
    {"zstd", "level 19, whole bytes", Make<Zstd>},
};

}  // namespace

std::span<const CodeLengthKind> CodeLengthKinds() { return kKinds; }

const CodeLengthKind* FindCodeLength(std::string_view name) {
  for (const CodeLengthKind& kind : kKinds) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

}  // namespace lentil
