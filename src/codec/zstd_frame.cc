// SPDX-License-Identifier: Apache-2.0
// libzstd with bounded tables, in pieces so that it can be stopped.

#include "codec/zstd_frame.h"

#define ZSTD_STATIC_LINKING_ONLY  // for the estimate and stable buffers
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <string>
#include <utility>

namespace lentil {
namespace {

constexpr size_t kPiece = size_t{128} << 10;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

struct Tables {
  int hash_log;
  int chain_log;
};

// zstd's own choice for the level, cut to a quarter of the source's positions.
Tables TablesFor(uint64_t raw_size, int level) {
  const ZSTD_compressionParameters params = ZSTD_getCParams(level, raw_size, 0);
  const int source_log = std::bit_width(std::max<uint64_t>(raw_size, 1) - 1);
  const int cap = std::max(20, source_log - 2);
  return {std::min<int>(params.hashLog, cap - 1),
          std::min<int>(params.chainLog, cap)};
}

Status Failed(size_t code) {
  const bool no_memory =
      ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation;
  return Status(no_memory ? Code::kResourceLimit : Code::kInternal,
                std::string("zstd: ") + ZSTD_getErrorName(code));
}

// The source stays where it is, so zstd need not copy its window.
size_t SetUp(ZSTD_CCtx* context, size_t raw_size, int level) {
  const Tables tables = TablesFor(raw_size, level);
  const std::pair<ZSTD_cParameter, int> parameters[] = {
      {ZSTD_c_compressionLevel, level},    {ZSTD_c_hashLog, tables.hash_log},
      {ZSTD_c_chainLog, tables.chain_log}, {ZSTD_c_stableInBuffer, 1},
      {ZSTD_c_stableOutBuffer, 1},
  };
  for (const auto& [parameter, value] : parameters) {
    const size_t code = ZSTD_CCtx_setParameter(context, parameter, value);
    if (ZSTD_isError(code)) return code;
  }
  return ZSTD_CCtx_setPledgedSrcSize(context, raw_size);
}

}  // namespace

uint64_t ZstdMemory(uint64_t raw_size, int level) {
  ZSTD_CCtx_params* params = ZSTD_createCCtxParams();
  if (params == nullptr) return 0;
  const Tables tables = TablesFor(raw_size, level);
  ZSTD_CCtxParams_setParameter(params, ZSTD_c_compressionLevel, level);
  ZSTD_CCtxParams_setParameter(params, ZSTD_c_hashLog, tables.hash_log);
  ZSTD_CCtxParams_setParameter(params, ZSTD_c_chainLog, tables.chain_log);
  const size_t bytes = ZSTD_estimateCCtxSize_usingCCtxParams(params);
  ZSTD_freeCCtxParams(params);
  return ZSTD_isError(bytes) ? 0 : bytes;
}

Status ZstdCompress(std::span<const uint8_t> raw, int level, size_t limit,
                    const std::atomic<bool>* cancelled,
                    std::vector<uint8_t>* out, bool* fits) {
  out->clear();
  *fits = false;
  const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  if (context == nullptr) {
    return Status(Code::kResourceLimit, "zstd: out of memory");
  }
  const size_t setup = SetUp(context.get(), raw.size(), level);
  if (ZSTD_isError(setup)) return Failed(setup);

  // Not a vector: pages that stay unused cost nothing.
  const auto scratch = std::make_unique_for_overwrite<uint8_t[]>(limit);
  ZSTD_inBuffer input = {raw.data(), 0, 0};
  ZSTD_outBuffer output = {scratch.get(), limit, 0};
  size_t left = 1;
  while (left != 0) {
    if (cancelled != nullptr && cancelled->load()) {
      return Status(Code::kCancelled, "cancelled");
    }
    input.size = std::min(input.size + kPiece, raw.size());
    const bool is_last = input.size == raw.size();
    left = ZSTD_compressStream2(context.get(), &output, &input,
                                is_last ? ZSTD_e_end : ZSTD_e_continue);
    if (ZSTD_isError(left)) {
      const bool too_large =
          ZSTD_getErrorCode(left) == ZSTD_error_dstSize_tooSmall;
      return too_large ? Status() : Failed(left);
    }
    if (!is_last) left = 1;
  }
  out->assign(scratch.get(), scratch.get() + output.pos);
  *fits = true;
  return Status();
}

Status ZstdDecompress(std::span<const uint8_t> payload,
                      std::span<uint8_t> raw) {
  const size_t size =
      ZSTD_decompress(raw.data(), raw.size(), payload.data(), payload.size());
  if (ZSTD_isError(size)) {
    return Status(Code::kCorrupt,
                  std::string("zstd: ") + ZSTD_getErrorName(size));
  }
  if (size != raw.size()) {
    return Status(Code::kCorrupt, "zstd frame has another length");
  }
  return Status();
}

}  // namespace lentil
