// SPDX-License-Identifier: Apache-2.0
//
// lentil: C++20 face of the C API. Owning handles and spans, header only.
//
// Everything is a thin inline call of a function in lentil.h, where meaning,
// limits and cost are written. Nothing throws but std::bad_alloc from the
// vectors that results are put in. Errors are lentil_error values that must be
// used; Codec::message() explains the last one.
//
//   lentil::Codec codec(6);
//   std::vector<uint8_t> packed;
//   if (codec.Compress(bytes, &packed) != LENTIL_OK) puts(codec.message());

#ifndef LENTIL_LENTIL_HPP_
#define LENTIL_LENTIL_HPP_

#include <lentil/lentil.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace lentil {
inline namespace api0 {  // keeps these names apart from the library's own

// Frees any of the C handles.
struct HandleFree {
  void operator()(lentil_model* p) const { lentil_model_free(p); }
  void operator()(lentil_codec* p) const { lentil_codec_free(p); }
  void operator()(lentil_stream* p) const { lentil_stream_free(p); }
  void operator()(lentil_archive* p) const { lentil_archive_free(p); }
  void operator()(lentil_sample* p) const { lentil_sample_free(p); }
};

using ModelHandle = std::unique_ptr<lentil_model, HandleFree>;
using StreamHandle = std::unique_ptr<lentil_stream, HandleFree>;
using ArchiveHandle = std::unique_ptr<lentil_archive, HandleFree>;
using SampleHandle = std::unique_ptr<lentil_sample, HandleFree>;

// Settings of a compression or restoration. Move-only. One call at a time.
class Codec {
 public:
  // `level` as in lentil_codec_new. Every call of a codec that could not be
  // made (a level out of range, no memory) returns LENTIL_INVALID_ARGUMENT.
  explicit Codec(int level = LENTIL_DEFAULT_LEVEL) {
    lentil_codec* codec = nullptr;
    if (lentil_codec_new(level, &codec) == LENTIL_OK) handle_.reset(codec);
  }

  lentil_codec* get() const { return handle_.get(); }
  const char* message() const { return lentil_codec_message(get()); }

  // Compresses `src` into a vector of its own. Costs the bound in memory.
  [[nodiscard]] lentil_error Compress(std::span<const uint8_t> src,
                                      std::vector<uint8_t>* out) {
    out->resize(lentil_compress_bound(src.size()));
    size_t size = 0;
    const lentil_error error = lentil_compress(get(), src.data(), src.size(),
                                               out->data(), out->size(), &size);
    out->resize(error == LENTIL_OK ? size : 0);
    return error;
  }

  // Restores `src`, at most `limit` bytes: LENTIL_TOO_SMALL beyond that,
  // without allocating what a lying header asks for.
  [[nodiscard]] lentil_error Decompress(std::span<const uint8_t> src,
                                        std::vector<uint8_t>* out,
                                        uint64_t limit = uint64_t{1} << 30) {
    out->clear();
    Sink sink{out, limit, false};
    lentil_stream* raw = nullptr;
    lentil_error error =
        lentil_stream_decompress(get(), &Sink::Write, &sink, &raw);
    const StreamHandle stream(raw);
    if (error == LENTIL_OK) {
      error = lentil_stream_write(raw, src.data(), src.size());
    }
    if (error == LENTIL_OK) error = lentil_stream_finish(raw);
    if (error != LENTIL_OK) out->clear();
    return sink.full ? LENTIL_TOO_SMALL : error;
  }

 private:
  // Appends to a vector up to a limit.
  struct Sink {
    std::vector<uint8_t>* out;
    uint64_t limit;
    bool full;
    static int Write(void* user, const void* bytes, size_t size) {
      Sink* sink = static_cast<Sink*>(user);
      if (size > sink->limit - sink->out->size()) {
        sink->full = true;
        return 1;
      }
      const uint8_t* first = static_cast<const uint8_t*>(bytes);
      try {
        sink->out->insert(sink->out->end(), first, first + size);
      } catch (...) {
        return 1;
      }
      return 0;
    }
  };

  std::unique_ptr<lentil_codec, HandleFree> handle_;
};

// An embedded model by name; empty if this build has none of that name.
inline ModelHandle EmbeddedModel(const char* name) {
  lentil_model* model = nullptr;
  return ModelHandle(
      lentil_model_embedded(name, &model) == LENTIL_OK ? model : nullptr);
}

// A native model from bytes; empty if they are not one (lentil_model_message).
inline ModelHandle ModelFromBytes(std::span<const uint8_t> bytes) {
  lentil_model* model = nullptr;
  return ModelHandle(
      lentil_model_from_bytes(bytes.data(), bytes.size(), &model) == LENTIL_OK
          ? model
          : nullptr);
}

}  // namespace api0
}  // namespace lentil

#endif  // LENTIL_LENTIL_HPP_
