// SPDX-License-Identifier: Apache-2.0
// One file through the codec: what compress, decompress, cat and test share.

#include "cli/job.h"

#include <fmt/format.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "cli/progress.h"
#include "cli/removal.h"
#include "cli/text.h"
#include "format/container.h"

namespace lentil {
namespace {

constexpr size_t kReadSize = 256 << 10;  // bytes per read of the input

// A file whose mode, times and owner an output takes over.
bool HasMode(const Input& input) {
  return !input.is_stdin() && input.is_regular();
}

std::string LossText(uint64_t losses) {
  if (losses == 0) return "";
  return fmt::format(", {} damaged part{} left out", losses,
                     losses == 1 ? "" : "s");
}

// One input on its way through the codec.
class Job {
 public:
  Job(const Flags& flags, const Work& work, Codec* codec, Talk* talk)
      : flags_(flags), work_(work), codec_(codec), talk_(talk) {}

  // Returns the exit code for this input; every failure has been reported.
  int Run(const std::string& name);

 private:
  Result<Output> OpenOutput(const Input& input);
  Status Transfer(Input* input, Output* output);
  Status Pump(Input* input, lentil_stream* stream);
  Status ReadRange(Input* input);
  uint64_t SourceSize(Input* input);
  int Report(const Input& input, const Output& output, const Status& status);
  int Finish(const std::string& name, const Input& input, Output* output,
             double seconds);

  static int OnWrite(void* user, const void* bytes, size_t size);
  static int OnRead(void* user, uint64_t offset, void* bytes, size_t size);
  static void OnDamage(void* user, lentil_error error, const char* message);

  Status ApiStatus(lentil_error error) const {
    return FromApi(error, codec_->message());
  }
  bool restores_range() const {
    return flags_.offset || flags_.length || flags_.first_record;
  }

  const Flags& flags_;
  const Work& work_;
  Codec* codec_;
  Talk* talk_;

  std::string target_;  // "" for standard output and nothing
  Input* input_ = nullptr;
  Output* output_ = nullptr;
  Status read_status_;         // why OnRead failed
  Status write_status_;        // why OnWrite failed
  uint64_t losses_ = 0;        // damaged parts left out
  bool is_container_ = false;  // begins like one
};

int Job::OnWrite(void* user, const void* bytes, size_t size) {
  Job* job = static_cast<Job*>(user);
  job->write_status_ =
      job->output_->Write({static_cast<const uint8_t*>(bytes), size});
  return job->write_status_.ok() ? 0 : 1;
}

int Job::OnRead(void* user, uint64_t offset, void* bytes, size_t size) {
  Job* job = static_cast<Job*>(user);
  job->read_status_ =
      job->input_->ReadAt(offset, {static_cast<uint8_t*>(bytes), size});
  return job->read_status_.ok() ? 0 : 1;
}

void Job::OnDamage(void* user, lentil_error error, const char* message) {
  Job* job = static_cast<Job*>(user);
  ++job->losses_;
  job->talk_->Error(job->input_->name(), FromApi(error, message), "left out");
}

// Standard output, nothing, or a new file that the user allows.
Result<Output> Job::OpenOutput(const Input& input) {
  if (work_.keep_nothing) return Output::ToNothing();
  const bool to_stdout =
      flags_.to_stdout || (input.is_stdin() && flags_.output.empty());
  if (to_stdout) {
    if (work_.compress && IsTerminal(STDOUT_FILENO) && !flags_.to_stdout &&
        !flags_.force) {
      return Status(Code::kInvalidArgument,
                    "refusing to write to a terminal; pass -o FILE or -c");
    }
    return Output::ToStdout();
  }
  if (!flags_.output.empty()) {
    target_ = flags_.output;
  } else {
    LENTIL_ASSIGN_OR_RETURN(target_, work_.target(input.name()));
  }
  if (input.IsNamed(target_)) {
    return Status(Code::kInvalidArgument, "is the input as well");
  }
  // Nobody may read meanwhile what is not for everybody: Commit gives the new
  // file the input's rights.
  const uint32_t mode = HasMode(input) ? 0600 : 0666;
  return OpenTarget(target_, {.overwrite = flags_.force, .mode = mode}, talk_);
}

Status Job::Pump(Input* input, lentil_stream* stream) {
  std::vector<uint8_t> buffer(kReadSize);
  bool is_first = true;
  while (true) {
    LENTIL_ASSIGN_OR_RETURN(const size_t got, input->Read(buffer));
    if (got == 0) return ApiStatus(lentil_stream_finish(stream));
    if (is_first) is_container_ = buffer[0] == kMagic[0];
    is_first = false;
    LENTIL_RETURN_IF_ERROR(
        ApiStatus(lentil_stream_write(stream, buffer.data(), got)));
  }
}

Status Job::ReadRange(Input* input) {
  if (!input->is_regular()) {
    return Status(Code::kInvalidArgument,
                  flags_.first_record
                      ? "--record needs a regular file"
                      : "--offset and --length need a regular file");
  }
  lentil_archive* raw = nullptr;
  const lentil_error error = lentil_archive_open(codec_->get(), &Job::OnRead,
                                                 this, input->size(), &raw);
  const ArchiveHandle archive(raw);
  LENTIL_RETURN_IF_ERROR(ApiStatus(error));
  if (flags_.first_record) {
    return ApiStatus(lentil_archive_read_records(
        raw, *flags_.first_record, flags_.record_count, &Job::OnWrite, this));
  }
  return ApiStatus(lentil_archive_read(raw, flags_.offset.value_or(0),
                                       flags_.length.value_or(UINT64_MAX),
                                       &Job::OnWrite, this));
}

// What a .ltl says of its source, 0 if it cannot say: for progress only.
uint64_t Job::SourceSize(Input* input) {
  if (!input->is_regular() || restores_range()) return 0;
  input_ = input;
  lentil_archive* raw = nullptr;
  const lentil_error error = lentil_archive_open(codec_->get(), &Job::OnRead,
                                                 this, input->size(), &raw);
  const ArchiveHandle archive(raw);
  read_status_ = Status();
  lentil_archive_info info = {};
  if (error == LENTIL_OK) lentil_archive_get_info(raw, &info);
  return info.source_size;
}

// All bytes from input to output. The status of a failed read or write goes
// before what the library made of it.
Status Job::Transfer(Input* input, Output* output) {
  input_ = input;
  output_ = output;
  Status status;
  if (restores_range()) {
    status = ReadRange(input);
  } else {
    lentil_stream* raw = nullptr;
    status = ApiStatus(
        work_.compress
            ? lentil_stream_compress(codec_->get(), &Job::OnWrite, this, &raw)
            : lentil_stream_decompress(codec_->get(), &Job::OnWrite, this,
                                       &raw));
    const StreamHandle stream(raw);
    if (status.ok()) status = Pump(input, raw);
  }
  if (!write_status_.ok()) return write_status_;
  return read_status_.ok() ? status : read_status_;
}

// Names the file that the failure is about, and the next step.
int Job::Report(const Input& input, const Output& output,
                const Status& status) {
  const bool writing = !write_status_.ok();
  std::string next = output.Remains();
  const auto add = [&next](const char* text) {
    next += (next.empty() ? "" : "; ") + std::string(text);
  };
  if (status.code() == Code::kCorrupt && is_container_ && !work_.compress &&
      !flags_.salvage && !work_.keep_nothing) {
    add("--salvage restores the undamaged frames");
  }
  if (status.code() == Code::kWrongModel) {
    add(work_.compress ? "use -1, or -m FILE" : "pass it with -m FILE");
  }
  if (status.code() == Code::kWrongSample) add("pass it with --sample FILE");
  return talk_->Error(writing && !target_.empty() ? target_ : input.name(),
                      status, next);
}

int Job::Finish(const std::string& name, const Input& input, Output* output,
                double seconds) {
  const uint64_t written = output->written();
  const bool is_file = output->is_file();
  const Status status =
      output->Commit(HasMode(input) ? &input.attributes() : nullptr);
  if (!status.ok()) {
    return talk_->Error(target_, status,
                        status.code() == Code::kExists ? OutputAdvice(status)
                                                       : "nothing was written");
  }
  const uint64_t in = input.size();
  std::string line = fmt::format("{}: ", DisplayName(name));
  if (work_.keep_nothing) {
    line += fmt::format("ok, {}", SizeText(written));
  } else if (in > 0 && !restores_range()) {
    const std::string rate =
        work_.compress ? RateText(written, in) : RateText(in, written);
    line += fmt::format("{} → {} ({}{}{}{})", SizeText(in), SizeText(written),
                        rate, rate.empty() ? "" : ", ", DurationText(seconds),
                        LossText(losses_));
  } else {
    line += fmt::format("→ {} ({}{})", SizeText(written), DurationText(seconds),
                        LossText(losses_));
  }
  const bool quiet = target_.empty() && !work_.keep_nothing;
  if (!quiet || flags_.loudness > 2) talk_->Summary(line);
  if (losses_ > 0) return kExitCorrupt;
  if (!flags_.remove_source || !is_file || input.is_stdin()) return kExitOk;
  const Status removed = RemoveInput(input);
  return removed.ok() ? kExitOk : talk_->Error(name, removed);
}

int Job::Run(const std::string& name) {
  if (name == kStdin && IsTerminal(STDIN_FILENO) && !flags_.force) {
    return UsageError("", "refusing to read from a terminal; name a FILE");
  }
  Result<Input> input = Input::Open(name);
  if (!input.ok()) return talk_->Error(name, input.status());
  Result<Output> output = OpenOutput(*input);
  if (!output.ok()) {
    return talk_->Error(target_.empty() ? name : target_, output.status(),
                        OutputAdvice(output.status()));
  }
  const int level = flags_.model.empty() ? flags_.level : -1;
  const uint64_t total = work_.compress ? input->size() : SourceSize(&*input);
  Progress progress(talk_, {input->name(), work_.compress, total,
                            work_.compress || total == 0 ? 0 : input->size(),
                            level, codec_->get()});
  lentil_codec_set_progress(codec_->get(), &Progress::Callback, &progress);
  lentil_codec_set_salvage(codec_->get(),
                           flags_.salvage ? &Job::OnDamage : nullptr, this);
  const Status status = Transfer(&*input, &*output);
  lentil_codec_set_progress(codec_->get(), nullptr, nullptr);
  lentil_codec_set_salvage(codec_->get(), nullptr, nullptr);
  talk_->EndProgress();
  if (!status.ok()) return Report(*input, *output, status);
  return Finish(name, *input, &*output, progress.Seconds());
}

}  // namespace

Result<Codec> MakeCodec(const Flags& flags) {
  Codec codec(flags.level);
  const auto check = [&codec](lentil_error error) {
    return FromApi(error, codec.message());
  };
  LENTIL_RETURN_IF_ERROR(
      check(lentil_codec_set_threads(codec.get(), flags.threads)));
  LENTIL_RETURN_IF_ERROR(
      check(lentil_codec_set_memory_limit(codec.get(), flags.memory_limit)));
  LENTIL_RETURN_IF_ERROR(
      check(lentil_codec_set_verify(codec.get(), flags.verify ? 1 : 0)));
  if (flags.frame_size) {
    LENTIL_RETURN_IF_ERROR(
        check(lentil_codec_set_frame_size(codec.get(), *flags.frame_size)));
  }
  LENTIL_RETURN_IF_ERROR(
      check(lentil_codec_set_records(codec.get(), flags.records)));
  if (!flags.sample.empty()) {
    LENTIL_ASSIGN_OR_RETURN(const SampleHandle sample,
                            OpenSample(flags.sample));
    LENTIL_RETURN_IF_ERROR(
        check(lentil_codec_set_sample(codec.get(), sample.get())));
  }
  if (!flags.model.empty()) {
    LENTIL_ASSIGN_OR_RETURN(const ModelHandle model, OpenModel(flags.model));
    LENTIL_RETURN_IF_ERROR(
        check(lentil_codec_set_model(codec.get(), model.get())));
  }
  return codec;
}

namespace {

// Flags that are right each, but not together; "" if they are.
std::string_view Contradiction(const Flags& flags) {
  const bool range = flags.offset || flags.length;
  if (range && flags.remove_source) {
    return "--rm with --offset or --length would lose the rest";
  }
  if (flags.first_record && (range || flags.remove_source || flags.salvage)) {
    return "--record goes with none of --offset, --length, --rm, --salvage";
  }
  if (range && flags.salvage) {
    return "--salvage restores whole files only; without --offset and --length";
  }
  return "";
}

// A progress line on a terminal that receives the output would erase it.
Talk::Progress ProgressFor(const Flags& flags, const Work& work) {
  const bool has_stdin =
      flags.files.empty() || std::count(flags.files.begin(), flags.files.end(),
                                        std::string(kStdin)) > 0;
  const bool to_stdout =
      !work.keep_nothing &&
      (flags.to_stdout || (has_stdin && flags.output.empty()));
  const bool hidden = flags.progress == Talk::Progress::kAuto && to_stdout &&
                      IsTerminal(STDOUT_FILENO);
  return hidden ? Talk::Progress::kOff : flags.progress;
}

// What -v adds before the work.
std::string SettingsText(const Flags& flags, const Work& work) {
  std::string text = fmt::format("threads: {}", flags.NumThreads());
  const char* model = lentil_level_get(flags.level)->model;
  if (!flags.model.empty()) {
    text += ", model: " + flags.model;
  } else if (work.compress) {
    text += fmt::format(", model: {}", model != nullptr ? model : "none");
  }
  if (work.compress) {
    text += ", frames of " + SizeText(flags.frame_size.value_or(
                                 lentil_level_get(flags.level)->frame_size));
  }
  return text;
}

// Tables and frames are large and few: what one has freed goes back to the
// system before the next takes its own. glibc would keep up to 64 MiB.
void ReturnFreedMemory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
}

// And after it.
std::string MemoryText() {
  struct rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return "peak memory: " +
         SizeText(static_cast<uint64_t>(usage.ru_maxrss) << 10);
}

}  // namespace

int RunWork(const Flags& flags, const Syntax& syntax, const Work& work) {
  if (const std::string_view problem = Contradiction(flags); !problem.empty()) {
    return UsageError(syntax.verb, problem);
  }
  Talk talk(flags.loudness, ProgressFor(flags, work));
  int exit = kExitOk;
  const std::vector<std::string> names =
      ExpandInputs(flags, work.wants, &talk, &exit);
  if (!flags.output.empty() && (names.size() > 1 || flags.recurse)) {
    return UsageError(syntax.verb, "-o takes one input; for several use -c");
  }
  ReturnFreedMemory();
  Result<Codec> codec = MakeCodec(flags);
  if (!codec.ok()) return talk.Error("", codec.status());
  talk.Detail(SettingsText(flags, work));
  for (const std::string& name : names) {
    exit = std::max(exit, Job(flags, work, &*codec, &talk).Run(name));
  }
  talk.Detail(MemoryText());
  return exit;
}

}  // namespace lentil
