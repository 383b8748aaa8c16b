// SPDX-License-Identifier: Apache-2.0
// lentil list: what the index of a .ltl file says, without decoding it.

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "base/messages.h"
#include "cli/job.h"
#include "cli/text.h"
#include "cli/verb.h"

namespace lentil {
namespace {

using Json = nlohmann::ordered_json;

// What one file holds.
struct Listing {
  std::string file;
  lentil_archive_info info = {};
  std::vector<lentil_frame_info> frames;
};

int ReadAt(void* user, uint64_t offset, void* bytes, size_t size) {
  Input* input = static_cast<Input*>(user);
  return input->ReadAt(offset, {static_cast<uint8_t*>(bytes), size}).ok() ? 0
                                                                          : 1;
}

// The index, and with it the frames' headers if they are asked for: a damaged
// one does not hide the index from others.
Result<Listing> ReadListing(const std::string& name, bool with_frames,
                            Codec* codec) {
  const auto check = [codec](lentil_error error) {
    return FromApi(error, codec->message());
  };
  LENTIL_ASSIGN_OR_RETURN(Input input, Input::Open(name));
  if (!input.is_regular()) {
    return Status(Code::kIo, "is not a regular file, so it has no end to read");
  }
  lentil_archive* raw = nullptr;
  const lentil_error error =
      lentil_archive_open(codec->get(), &ReadAt, &input, input.size(), &raw);
  const ArchiveHandle archive(raw);
  LENTIL_RETURN_IF_ERROR(check(error));
  Listing listing;
  listing.file = name;
  LENTIL_RETURN_IF_ERROR(check(lentil_archive_get_info(raw, &listing.info)));
  if (!with_frames) return listing;
  listing.frames.resize(listing.info.frames);
  for (uint64_t i = 0; i < listing.info.frames; ++i) {
    LENTIL_RETURN_IF_ERROR(
        check(lentil_archive_get_frame(raw, i, &listing.frames[i])));
  }
  return listing;
}

std::string_view KindName(int kind) {
  switch (kind) {
    case LENTIL_FRAME_STORED:
      return "stored";
    case LENTIL_FRAME_ZSTD:
      return "zstd";
    case LENTIL_FRAME_MODEL:
      return "model";
    case LENTIL_FRAME_MIXING:
      return "mixing";
    case LENTIL_FRAME_RECORDS:
      return "records";
  }
  return "?";
}

// The embedded model with this hash, or the hash itself; "-" for 0.
std::string ModelName(uint64_t hash) {
  if (hash == 0) return "-";
  for (const std::string& name : EmbeddedNames()) {
    const ModelHandle model = EmbeddedModel(name.c_str());
    if (lentil_model_hash(model.get()) == hash) return name;
  }
  return HashText(hash);
}

Json ToJson(const Listing& listing) {
  const lentil_archive_info& info = listing.info;
  Json frames = Json::array();
  for (const lentil_frame_info& frame : listing.frames) {
    frames.push_back({{"kind", KindName(frame.kind)},
                      {"source_offset", frame.source_offset},
                      {"bytes", frame.source_size},
                      {"stored_offset", frame.stored_offset},
                      {"compressed_bytes", frame.stored_size}});
  }
  return {{"file", listing.file},
          {"bytes", info.source_size},
          {"compressed_bytes", info.stored_size},
          {"bits_per_byte", BitsPerByte(info.stored_size, info.source_size)},
          {"containers", info.containers},
          {"format_version", info.format_version},
          {"numerics_version", info.numerics_version},
          {"model", ModelName(info.model_hash)},
          {"model_hash", HashText(info.model_hash)},
          {"frames", frames}};
}

void PrintTable(const Listing& listing) {
  const lentil_archive_info& info = listing.info;
  fmt::print(
      "{:>7} {:>10} {:>10} {:>9}  {:<16}  {}\n", info.frames,
      SizeText(info.stored_size), SizeText(info.source_size),
      fmt::format("{:.3f}", BitsPerByte(info.stored_size, info.source_size)),
      ModelName(info.model_hash), Printable(listing.file));
  for (size_t i = 0; i < listing.frames.size(); ++i) {
    const lentil_frame_info& frame = listing.frames[i];
    fmt::print("  frame {}: {}, {} bytes from {}, {} stored at {}\n", i,
               KindName(frame.kind), frame.source_size, frame.source_offset,
               frame.stored_size, frame.stored_offset);
  }
}

}  // namespace

int RunList(Args args) {
  static constexpr Syntax kSyntax = {
      "list", "sizes, frames and model of .ltl files; -v lists the frames",
      "[FLAGS] FILE...", kFileFlags | kJsonFlags};
  Flags flags;
  if (const auto exit = ParseFlags(kSyntax, args, &flags)) return *exit;
  if (flags.files.empty()) return UsageError("list", "which FILE?");
  Talk talk(flags.loudness, flags.progress);
  int exit = kExitOk;
  const auto wants = [](const std::string& name) {
    return name.ends_with(kSuffix);
  };
  Result<Codec> codec = MakeCodec(flags);
  if (!codec.ok()) return talk.Error("", codec.status());
  const bool with_frames = flags.json || flags.loudness > 2;
  Json all = Json::array();
  if (!flags.json) {
    fmt::print("{:>7} {:>10} {:>10} {:>9}  {:<16}  {}\n", "frames",
               "compressed", "source", "bits/byte", "model", "file");
  }
  for (const std::string& name : ExpandInputs(flags, wants, &talk, &exit)) {
    const Result<Listing> listing = ReadListing(name, with_frames, &*codec);
    if (!listing.ok()) {
      exit =
          std::max<int>(exit, talk.Error(DisplayName(name), listing.status()));
    } else if (flags.json) {
      all.push_back(ToJson(*listing));
    } else {
      PrintTable(*listing);
    }
  }
  if (flags.json)
    fmt::print("{}\n", all.dump(2, ' ', false, Json::error_handler_t::replace));
  return exit;
}

}  // namespace lentil
