// SPDX-License-Identifier: Apache-2.0
// Descriptors, liblzma and libzstd behind one Read.

#include "train/data_file.h"

#include <fcntl.h>
#include <lzma.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/file.h"

namespace lentil {

class DataFile::Unpacker {
 public:
  virtual ~Unpacker() = default;

  // Unpacks from `fd` until `out` is full or the end is reached.
  virtual Result<size_t> Read(int fd, std::span<uint8_t> out) = 0;

 protected:
  // The next packed bytes of the file; none at its end.
  Result<std::span<const uint8_t>> Refill(int fd) {
    if (is_at_end_) return std::span<const uint8_t>();
    buffer_.resize(kBuffer);
    LENTIL_ASSIGN_OR_RETURN(const size_t got, ReadSome(fd, buffer_));
    is_at_end_ = got < kBuffer;
    return std::span<const uint8_t>(buffer_).first(got);
  }
  bool is_at_end() const { return is_at_end_; }

 private:
  static constexpr size_t kBuffer = 1 << 18;
  std::vector<uint8_t> buffer_;
  bool is_at_end_ = false;
};

namespace {

constexpr size_t kStep = 1 << 20;  // bytes that are touched at once

// Above what malloc keeps for itself when it is freed.
constexpr uint64_t kMostPiece = uint64_t{40} << 20;
constexpr uint64_t kFirstPiece = 1 << 16;

Status Damaged(const char* kind) {
  return Status(Code::kCorrupt, std::string("damaged .") + kind + " file");
}

class XzUnpacker final : public DataFile::Unpacker {
 public:
  XzUnpacker() = default;
  ~XzUnpacker() override { lzma_end(&stream_); }
  XzUnpacker(const XzUnpacker&) = delete;
  XzUnpacker& operator=(const XzUnpacker&) = delete;

  Status Start() {
    const lzma_ret started =
        lzma_stream_decoder(&stream_, kMostXzMemory, LZMA_CONCATENATED);
    if (started == LZMA_OK) return Status();
    return Status(Code::kInternal, "cannot start the xz decoder");
  }

  Result<size_t> Read(int fd, std::span<uint8_t> out) override {
    stream_.next_out = out.data();
    stream_.avail_out = out.size();
    while (stream_.avail_out > 0 && state_ == LZMA_OK) {
      if (stream_.avail_in == 0) {
        LENTIL_ASSIGN_OR_RETURN(const auto more, Refill(fd));
        stream_.next_in = more.data();
        stream_.avail_in = more.size();
      }
      state_ = lzma_code(&stream_, is_at_end() ? LZMA_FINISH : LZMA_RUN);
    }
    if (state_ == LZMA_MEMLIMIT_ERROR) {
      return Status(Code::kResourceLimit,
                    "unpacking it takes " +
                        AmountText(lzma_memusage(&stream_)) + ", more than " +
                        AmountText(kMostXzMemory) +
                        "; pack it with a smaller dictionary (xz -9 at most)");
    }
    if (state_ != LZMA_OK && state_ != LZMA_STREAM_END) return Damaged("xz");
    return out.size() - stream_.avail_out;
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  lzma_ret state_ = LZMA_OK;
};

class ZstdUnpacker final : public DataFile::Unpacker {
 public:
  ZstdUnpacker() : stream_(ZSTD_createDStream(), ZSTD_freeDStream) {}

  Status Start() {
    if (stream_ != nullptr &&
        ZSTD_isError(ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax,
                                            kMostZstdWindow)) == 0) {
      return Status();
    }
    return Status(Code::kInternal, "cannot start the zstd decoder");
  }

  Result<size_t> Read(int fd, std::span<uint8_t> out) override {
    ZSTD_outBuffer to = {out.data(), out.size(), 0};
    while (to.pos < to.size) {
      if (in_.pos == in_.size && !is_at_end()) {
        LENTIL_ASSIGN_OR_RETURN(const auto more, Refill(fd));
        in_ = {more.data(), more.size(), 0};
      }
      const bool is_empty = in_.pos == in_.size;
      if (is_empty && hint_ == 0) break;  // the end, behind a whole frame
      const size_t before = to.pos;
      hint_ = ZSTD_decompressStream(stream_.get(), &to, &in_);
      if (ZSTD_getErrorCode(hint_) ==
          ZSTD_error_frameParameter_windowTooLarge) {
        return Status(Code::kResourceLimit,
                      "unpacking it takes a window of more than " +
                          AmountText(uint64_t{1} << kMostZstdWindow) +
                          "; pack it with a smaller one (zstd --long=27 at "
                          "most)");
      }
      if (ZSTD_isError(hint_) || (is_empty && to.pos == before)) {
        return Damaged("zst");
      }
    }
    return to.pos;
  }

 private:
  std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream_;
  ZSTD_inBuffer in_ = {nullptr, 0, 0};
  size_t hint_ = 1;  // 0: a frame has ended
};

template <class Kind>
Result<std::unique_ptr<DataFile::Unpacker>> Started() {
  auto unpacker = std::make_unique<Kind>();
  LENTIL_RETURN_IF_ERROR(unpacker->Start());
  return std::unique_ptr<DataFile::Unpacker>(std::move(unpacker));
}

std::vector<uint8_t> Join(std::vector<std::vector<uint8_t>> pieces,
                          uint64_t size) {
  std::vector<uint8_t> all;
  all.reserve(size);
  for (std::vector<uint8_t>& piece : pieces) {
    all.insert(all.end(), piece.begin(), piece.end());
    std::vector<uint8_t>().swap(piece);
  }
  return all;
}

}  // namespace

DataFile::DataFile(int fd, bool is_owned) : fd_(fd), is_owned_(is_owned) {
  struct stat info = {};
  has_size_ = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  is_regular_ = has_size_ && is_owned;  // standard input may be past its start
}

Result<DataFile> DataFile::Open(const std::string& path) {
  int fd = -1;
  do {
    fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return ErrnoStatus("cannot open", errno);
  DataFile file(fd, /*is_owned=*/true);
  if (path.ends_with(".xz")) {
    LENTIL_ASSIGN_OR_RETURN(file.unpacker_, Started<XzUnpacker>());
  } else if (path.ends_with(".zst")) {
    LENTIL_ASSIGN_OR_RETURN(file.unpacker_, Started<ZstdUnpacker>());
  }
  return file;
}

DataFile DataFile::Stdin() {
  return DataFile(STDIN_FILENO, /*is_owned=*/false);
}

DataFile::~DataFile() {
  if (is_owned_) close(fd_);
}

DataFile::DataFile(DataFile&& other) noexcept
    : fd_(other.fd_),
      is_owned_(std::exchange(other.is_owned_, false)),
      is_regular_(other.is_regular_),
      has_size_(other.has_size_),
      unpacker_(std::move(other.unpacker_)) {}

DataFile& DataFile::operator=(DataFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(is_owned_, other.is_owned_);
  std::swap(is_regular_, other.is_regular_);
  std::swap(has_size_, other.has_size_);
  std::swap(unpacker_, other.unpacker_);
  return *this;
}

Result<size_t> DataFile::Read(std::span<uint8_t> bytes) {
  return unpacker_ == nullptr ? ReadSome(fd_, bytes)
                              : unpacker_->Read(fd_, bytes);
}

DataBudget DataBudget::Of(uint64_t memory_limit, uint64_t unpacked,
                          std::string_view advice) {
  if (memory_limit > 0) {
    return {memory_limit, memory_limit, std::string(advice)};
  }
  return {kMostData, unpacked, std::string(advice)};
}

Status DataBudget::Take(uint64_t bytes, bool is_plain) {
  if (bytes > most - held) {
    return Status(Code::kResourceLimit,
                  "with it there are more than " + AmountText(most) +
                      " of data, the most that is held; " + advice);
  }
  if (!is_plain && bytes > most_unpacked - held_unpacked) {
    return Status(Code::kResourceLimit,
                  "with it there are more than " + AmountText(most_unpacked) +
                      " of unpacked or piped data, the most that is held; " +
                      advice);
  }
  held += bytes;
  if (!is_plain) held_unpacked += bytes;
  return Status();
}

// In pieces: one vector that grows would be there twice at times.
Result<std::vector<uint8_t>> ReadData(DataFile* file, uint64_t first,
                                      DataBudget* budget) {
  std::vector<std::vector<uint8_t>> pieces;
  uint64_t size = 0;
  bool is_more = true;
  while (is_more && size < first) {
    const uint64_t most =
        std::min(first - size, std::clamp(size, kFirstPiece, kMostPiece));
    std::vector<uint8_t>& piece = pieces.emplace_back();
    piece.reserve(most);
    while (is_more && piece.size() < most) {
      const size_t done = piece.size();
      const uint64_t step = std::min<uint64_t>(kStep, most - done);
      piece.resize(done + step);
      LENTIL_ASSIGN_OR_RETURN(const size_t got,
                              file->Read(std::span(piece).subspan(done)));
      LENTIL_RETURN_IF_ERROR(budget->Take(got, file->is_plain()));
      piece.resize(done + got);
      is_more = got == step;
    }
    size += piece.size();
  }
  return Join(std::move(pieces), size);
}

std::string AmountText(uint64_t bytes) {
  constexpr uint64_t kMiB = uint64_t{1} << 20;
  if (bytes < kMiB) return std::to_string(bytes) + " bytes";
  return std::to_string((bytes + kMiB - 1) / kMiB) + " MiB";
}

}  // namespace lentil
