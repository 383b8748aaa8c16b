// SPDX-License-Identifier: Apache-2.0
// JPEG XL lossless as a baseline.

#ifdef LENTIL_HAS_JXL

#include <jxl/decode.h>
#include <jxl/encode.h>

#include <algorithm>
#include <memory>

#include "bench/baseline_codecs.h"
#include "bench/gray_rows.h"

namespace lentil {
namespace {

constexpr int64_t kEffort = 9;
constexpr JxlPixelFormat kGray = {1, JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0};

// Says what comes: one gray image without loss, without a container.
JxlEncoderStatus Begin(const GrayShape& shape, JxlEncoder* encoder) {
  JxlBasicInfo info;
  JxlEncoderInitBasicInfo(&info);
  info.xsize = shape.columns;
  info.ysize = shape.rows;
  info.bits_per_sample = 8;
  info.num_color_channels = 1;
  info.uses_original_profile = JXL_TRUE;
  if (JxlEncoderSetBasicInfo(encoder, &info) != JXL_ENC_SUCCESS) {
    return JXL_ENC_ERROR;
  }
  JxlColorEncoding color = {};
  JxlColorEncodingSetToSRGB(&color, /*is_gray=*/JXL_TRUE);
  return JxlEncoderSetColorEncoding(encoder, &color);
}

bool AddImage(const std::vector<uint8_t>& pixels, JxlEncoder* encoder) {
  JxlEncoderFrameSettings* settings =
      JxlEncoderFrameSettingsCreate(encoder, nullptr);
  const bool ok =
      JxlEncoderSetFrameLossless(settings, JXL_TRUE) == JXL_ENC_SUCCESS &&
      JxlEncoderFrameSettingsSetOption(settings, JXL_ENC_FRAME_SETTING_EFFORT,
                                       kEffort) == JXL_ENC_SUCCESS &&
      JxlEncoderAddImageFrame(settings, &kGray, pixels.data(), pixels.size()) ==
          JXL_ENC_SUCCESS;
  JxlEncoderCloseInput(encoder);
  return ok;
}

bool TakeOutput(JxlEncoder* encoder, PieceCode* code) {
  JxlEncoderStatus status = JXL_ENC_NEED_MORE_OUTPUT;
  size_t done = 0;
  while (status == JXL_ENC_NEED_MORE_OUTPUT) {
    code->resize(std::max<size_t>(2 * done, 1 << 14));
    uint8_t* next = code->data() + done;
    size_t room = code->size() - done;
    status = JxlEncoderProcessOutput(encoder, &next, &room);
    done = code->size() - room;
  }
  code->resize(done);
  return status == JXL_ENC_SUCCESS;
}

}  // namespace

Status EncodeJxl(Piece piece, const PieceForm& form, PieceCode* code) {
  const GrayShape shape(piece.size(), form.columns);
  const std::unique_ptr<JxlEncoder, void (*)(JxlEncoder*)> encoder(
      JxlEncoderCreate(nullptr), JxlEncoderDestroy);
  if (encoder == nullptr || Begin(shape, encoder.get()) != JXL_ENC_SUCCESS ||
      !AddImage(Padded(piece, shape), encoder.get()) ||
      !TakeOutput(encoder.get(), code)) {
    return EncoderFailed();
  }
  return Status();
}

Status DecodeJxl(Piece code, const PieceForm& form, Restored piece) {
  const GrayShape shape(piece.size(), form.columns);
  const std::unique_ptr<JxlDecoder, void (*)(JxlDecoder*)> decoder(
      JxlDecoderCreate(nullptr), JxlDecoderDestroy);
  if (decoder == nullptr ||
      JxlDecoderSubscribeEvents(decoder.get(), JXL_DEC_FULL_IMAGE) !=
          JXL_DEC_SUCCESS ||
      JxlDecoderSetInput(decoder.get(), code.data(), code.size()) !=
          JXL_DEC_SUCCESS) {
    return DecoderFailed();
  }
  JxlDecoderCloseInput(decoder.get());
  std::vector<uint8_t> pixels(shape.pixels());
  size_t bytes = 0;
  if (JxlDecoderProcessInput(decoder.get()) != JXL_DEC_NEED_IMAGE_OUT_BUFFER ||
      JxlDecoderImageOutBufferSize(decoder.get(), &kGray, &bytes) !=
          JXL_DEC_SUCCESS ||
      bytes != pixels.size() ||
      JxlDecoderSetImageOutBuffer(decoder.get(), &kGray, pixels.data(),
                                  pixels.size()) != JXL_DEC_SUCCESS ||
      JxlDecoderProcessInput(decoder.get()) != JXL_DEC_FULL_IMAGE) {
    return DecoderFailed();
  }
  std::copy_n(pixels.begin(), piece.size(), piece.begin());
  return Status();
}

}  // namespace lentil

#endif  // LENTIL_HAS_JXL
