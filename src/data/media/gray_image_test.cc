// SPDX-License-Identifier: Apache-2.0

#include "data/media/gray_image.h"

#include <gtest/gtest.h>
#include <png.h>

#include <string>
#include <utility>

namespace lentil {
namespace {

using Bytes = std::vector<uint8_t>;

// A PNG by libpng; `format` is one of its PNG_FORMAT_ values.
Bytes MakePng(uint32_t width, uint32_t height, uint32_t format,
              const Bytes& samples) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = format;
  png_alloc_size_t size = 0;
  EXPECT_NE(png_image_write_get_memory_size(image, size, 0, samples.data(), 0,
                                            nullptr),
            0);
  Bytes file(size);
  EXPECT_NE(png_image_write_to_memory(&image, file.data(), &size, 0,
                                      samples.data(), 0, nullptr),
            0);
  return file;
}

void Append(png_structp png, png_bytep bytes, size_t size) {
  auto* file = static_cast<Bytes*>(png_get_io_ptr(png));
  file->insert(file->end(), bytes, bytes + size);
}

// One that is interlaced, in red, green and blue, with texts that unpack to
// `text_bytes` each.
Bytes MakeInterlacedPng(uint32_t width, uint32_t height, Bytes rgb,
                        size_t texts, size_t text_bytes) {
  Bytes file;
  png_structp png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &file, Append, nullptr);
  png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGB,
               PNG_INTERLACE_ADAM7, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  std::string value(text_bytes, 'x');
  std::string key = "Comment";
  png_text text = {};
  text.compression = PNG_TEXT_COMPRESSION_zTXt;
  text.key = key.data();
  text.text = value.data();
  text.text_length = value.size();
  for (size_t i = 0; i < texts; ++i) png_set_text(png, info, &text, 1);
  std::vector<png_bytep> rows;
  for (uint32_t y = 0; y < height; ++y) {
    rows.push_back(rgb.data() + size_t{3} * width * y);
  }
  png_write_info(png, info);
  png_write_image(png, rows.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return file;
}

Bytes Text(const std::string& text) { return Bytes(text.begin(), text.end()); }

TEST(GrayImage, ReadsGrayPngAsItIs) {
  const Bytes pixels = {0, 1, 2, 253, 254, 255};
  const auto image = ReadGrayImage(MakePng(3, 2, PNG_FORMAT_GRAY, pixels));
  ASSERT_TRUE(image.ok()) << image.status().message();
  EXPECT_EQ(image->width, 3u);
  EXPECT_EQ(image->height, 2u);
  EXPECT_EQ(image->pixels, pixels);
}

TEST(GrayImage, ColourIsTheMeanRoundedDown) {
  const Bytes rgb = {1, 2, 2, 255, 255, 254, 10, 20, 30};
  const auto image = ReadGrayImage(MakePng(3, 1, PNG_FORMAT_RGB, rgb));
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(image->pixels, (Bytes{1, 254, 20}));
}

TEST(GrayImage, AlphaIsDropped) {
  const Bytes rgba = {10, 20, 30, 0, 40, 50, 60, 255};
  const auto image = ReadGrayImage(MakePng(2, 1, PNG_FORMAT_RGBA, rgba));
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(image->pixels, (Bytes{20, 50}));
}

TEST(GrayImage, InterlacingChangesNoPixel) {
  for (const auto& [width, height] : {std::pair<uint32_t, uint32_t>{1, 1},
                                      {2, 3},
                                      {7, 5},
                                      {8, 8},
                                      {33, 21}}) {
    Bytes rgb;
    for (uint32_t i = 0; i < 3 * width * height; ++i) {
      rgb.push_back(static_cast<uint8_t>(i * i + 7 * i));
    }
    const auto plain =
        ReadGrayImage(MakePng(width, height, PNG_FORMAT_RGB, rgb));
    const auto interlaced =
        ReadGrayImage(MakeInterlacedPng(width, height, rgb, 2, 100));
    ASSERT_TRUE(interlaced.ok()) << interlaced.status().message();
    EXPECT_EQ(interlaced->pixels, plain->pixels) << width << " " << height;
  }
}

TEST(GrayImage, OtherFormatsAreNamed) {
  for (const auto& [file, name] :
       {std::pair<std::string, const char*>{"\xff\xd8\xff\xe0", "JPEG"},
        {"GIF89a", "GIF"},
        {"RIFF....WEBPVP8 ", "WebP"},
        {"P2 1 1 255 7", "PGM as text"},
        {"....ftypavif", "AVIF"},
        {"fLaC", "FLAC"},
        {"no picture", "unknown format"},
        {"", "unknown format"}}) {
    const Status status = ReadGrayImage(Text(file)).status();
    EXPECT_EQ(status.code(), Code::kUnsupported) << file;
    EXPECT_NE(status.message().find(name), std::string::npos)
        << status.message();
    EXPECT_NE(status.message().find("gray takes PNG"), std::string::npos);
  }
}

TEST(GrayImage, ReadsPgmAndPpm) {
  const auto gray = ReadGrayImage(Text("P5\n# a comment\n3 1\n255\nabc"));
  ASSERT_TRUE(gray.ok()) << gray.status().message();
  EXPECT_EQ(gray->pixels, Text("abc"));
  const auto colour = ReadGrayImage(Text("P6 1 1 255\nabd"));
  ASSERT_TRUE(colour.ok());
  EXPECT_EQ(colour->pixels, (Bytes{('a' + 'b' + 'd') / 3}));
  const auto deep = ReadGrayImage(Text("P5 2 1 65535\nAxBy"));
  ASSERT_TRUE(deep.ok());
  EXPECT_EQ(deep->pixels, Text("AB"));
}

TEST(GrayImage, DamageIsCorrupt) {
  const Bytes png = MakePng(40, 40, PNG_FORMAT_GRAY, Bytes(1600, 7));
  for (size_t size = 8; size + 12 < png.size(); ++size) {
    const auto cut = std::span<const uint8_t>(png).first(size);
    EXPECT_EQ(ReadGrayImage(cut).status().code(), Code::kCorrupt) << size;
  }
  for (const char* text :
       {"P5", "P5\n", "P5 3 1 255\nab", "P5 0 1 255\n", "P6 1 1 70000\nabc",
        "P5 99999999999999999999 1 255\n", "P5 3 x 255\nabc"}) {
    EXPECT_FALSE(ReadGrayImage(Text(text)).ok()) << text;
  }
  EXPECT_EQ(ReadGrayImage(Text("P5 99999 99999 255\n")).status().code(),
            Code::kResourceLimit);
  EXPECT_EQ(ReadGrayImage(Text("GIF89a")).status().code(), Code::kUnsupported);
}

TEST(GrayImage, PatchesDropTheRest) {
  GrayImage image = {5, 5, {}};
  for (uint8_t i = 0; i < 25; ++i) image.pixels.push_back(i);
  Bytes patches;
  const auto append = [&patches](std::span<const uint8_t> bytes) {
    patches.insert(patches.end(), bytes.begin(), bytes.end());
    return Status();
  };
  ASSERT_TRUE(TakePatches(image, 2, 2, append).ok());
  EXPECT_EQ(patches,
            (Bytes{0, 1, 5, 6, 2, 3, 7, 8, 10, 11, 15, 16, 12, 13, 17, 18}));
  ASSERT_TRUE(TakePatches(image, 6, 2, append).ok());
  EXPECT_EQ(patches.size(), 16u);
  const auto stop = [](std::span<const uint8_t>) {
    return Status(Code::kCancelled, "");
  };
  EXPECT_EQ(TakePatches(image, 2, 2, stop).code(), Code::kCancelled);
}

}  // namespace
}  // namespace lentil
