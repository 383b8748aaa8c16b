// SPDX-License-Identifier: Apache-2.0
// The table of baselines.

#include "bench/baseline.h"

#include <algorithm>

#include "bench/baseline_codecs.h"

namespace lentil {
namespace {

// The strongest settings that are usual. To add a baseline, add a row.
constexpr Baseline kBaselines[] = {
    {"gzip", "gzip, level 9", EncodeGzip, DecodeGzip},
    {"lzma", "LZMA2 in xz, preset 9e", EncodeXz, DecodeXz},
    {"zstd", "zstd, level 22", EncodeZstd, DecodeZstd},
    {"brotli", "brotli, quality 11, window 2^24", EncodeBrotli, DecodeBrotli},
    {"png", "PNG, level 9, with or without filters", EncodePng, DecodePng},
    {"png32", "PNG of 32 columns, as in the paper", EncodePng, DecodePng, 32},
#ifdef LENTIL_HAS_WEBP
    {"webp", "WebP, lossless, level 9", EncodeWebp, DecodeWebp},
#else
    {"webp", "WebP, lossless, level 9", nullptr, nullptr},
#endif
#ifdef LENTIL_HAS_JXL
    {"jxl", "JPEG XL, lossless, effort 9", EncodeJxl, DecodeJxl},
#else
    {"jxl", "JPEG XL, lossless, effort 9", nullptr, nullptr},
#endif
    {"flac", "FLAC, -8 -e -p -l 32", EncodeFlac, DecodeFlac},
};

class BaselineCoder final : public PieceCoder {
 public:
  BaselineCoder(const Baseline& baseline, const PieceForm& form)
      : baseline_(baseline), form_(form) {
    if (baseline.columns > 0) form_.columns = baseline.columns;
  }

  Status Encode(std::span<const uint8_t> piece,
                std::vector<uint8_t>* code) override {
    code->clear();
    return Named(baseline_.encode(piece, form_, code));
  }

  Status Decode(std::span<const uint8_t> code,
                std::span<uint8_t> piece) override {
    return Named(baseline_.decode(code, form_, piece));
  }

 private:
  Status Named(const Status& status) const {
    return status.WithContext(std::string(baseline_.name));
  }

  const Baseline& baseline_;
  PieceForm form_;
};

}  // namespace

std::span<const Baseline> Baselines() { return kBaselines; }

const Baseline* FindBaseline(std::string_view name) {
  const auto* found = std::find_if(
      std::begin(kBaselines), std::end(kBaselines),
      [name](const Baseline& baseline) { return baseline.name == name; });
  return found == std::end(kBaselines) ? nullptr : found;
}

Result<MakePieceCoder> CoderOf(const Baseline& baseline,
                               const PieceForm& form) {
  if (baseline.encode == nullptr) {
    return Status(Code::kUnsupported,
                  "this build lacks the library of " +
                      std::string(baseline.name) +
                      "; tools/install_packages.sh installs it");
  }
  return MakePieceCoder(
      [&baseline, form]() -> Result<std::unique_ptr<PieceCoder>> {
        return std::unique_ptr<PieceCoder>(new BaselineCoder(baseline, form));
      });
}

}  // namespace lentil
