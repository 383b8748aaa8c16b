// SPDX-License-Identifier: Apache-2.0

#include "data/media/gray_image.h"

#include <gtest/gtest.h>
#include <png.h>

#include <string>

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
  AppendPatches(image, 2, 2, &patches);
  EXPECT_EQ(patches,
            (Bytes{0, 1, 5, 6, 2, 3, 7, 8, 10, 11, 15, 16, 12, 13, 17, 18}));
  AppendPatches(image, 6, 2, &patches);
  EXPECT_EQ(patches.size(), 16u);
}

}  // namespace
}  // namespace lentil
