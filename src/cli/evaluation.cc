// SPDX-License-Identifier: Apache-2.0
// Scores subjects one after the other.

#include "cli/evaluation.h"

#include <fmt/format.h>

#include <utility>

#include "cli/exit_code.h"

namespace lentil {
namespace {

// A figure that is not the model's should not pass for it.
void NoteOtherFrames(const std::string& file, const Score& score,
                     const Subject& subject, Talk* talk) {
  const uint64_t others = score.frames - score.model_frames;
  if (subject.hash == 0 || others == 0) return;
  talk->Note(fmt::format("{}: {} of {} frames are smaller without the model",
                         file, others, score.frames));
}

Result<PaperRates> ScoreMasked(SetKind kind, const Subject& subject,
                               const EvalData& data, uint64_t chunk) {
  std::vector<uint8_t> masked = data.bytes;
  const uint64_t missing = MaskForPaper(kind, masked);
  const ScoreInput input = {masked, data.form, chunk};
  LENTIL_ASSIGN_OR_RETURN(const Score score, ScoreSubject(subject, input));
  return PaperRates{
      PaperCodeRate(score.compressed_bytes, score.bytes, missing),
      PaperTextRate(score.compressed_bytes, score.bytes, missing)};
}

}  // namespace

Evaluation::Evaluation(std::vector<Subject> subjects, const EvalExtras& extras,
                       Talk* talk)
    : extras_(extras), talk_(talk) {
  for (Subject& subject : subjects) {
    results_.push_back({std::move(subject), {}});
  }
}

int Evaluation::Add(const EvalData& data, uint64_t chunk) {
  std::vector<Score> scores;
  for (const EvalResult& result : results_) {
    const Subject& subject = result.subject;
    if (talk_->ShowsProgress()) {
      talk_->ProgressLine(fmt::format("{}: {}", data.name, subject.name));
    }
    Result<Score> score = ScoreAll(subject, data, chunk);
    talk_->EndProgress();
    if (!score.ok()) return talk_->Error(data.name, score.status());
    NoteOtherFrames(data.name, *score, subject, talk_);
    scores.push_back(std::move(*score));
  }
  for (size_t i = 0; i < results_.size(); ++i) {
    results_[i].rows.push_back({data.name, std::move(scores[i])});
  }
  return kExitOk;
}

Result<Score> Evaluation::ScoreAll(const Subject& subject, const EvalData& data,
                                   uint64_t chunk) const {
  const ScoreInput input = {data.bytes, data.form, chunk};
  LENTIL_ASSIGN_OR_RETURN(Score score, ScoreSubject(subject, input));
  const bool is_model = subject.model != nullptr && subject.as_records;
  if (extras_.mask_as && subject.baseline == nullptr) {
    LENTIL_ASSIGN_OR_RETURN(
        score.paper, ScoreMasked(*extras_.mask_as, subject, data, chunk));
  }
  if (extras_.positions && is_model) {
    score.position_bits =
        PositionBits(subject.model, input, subject.flags.NumThreads());
  }
  return score;
}

}  // namespace lentil
