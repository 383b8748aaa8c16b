// SPDX-License-Identifier: Apache-2.0
// The model's part in coding a group of lanes.

#ifndef LENTIL_CODEC_GROUP_MODEL_H_
#define LENTIL_CODEC_GROUP_MODEL_H_

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "codec/frame_coder.h"
#include "kernels/kernels.h"
#include "model/decoder.h"
#include "model/model.h"

namespace lentil {

// A slice of the frame.
struct Lane {
  size_t begin = 0;
  uint32_t size = 0;
};

// Deals the lanes out to decoders. Their symbols are visited in one order, one
// at a time; what a decoder's next symbols will be it works out while the
// symbols of others are visited. So threads share a group, and no result
// depends on how many they are or on how the lanes were dealt.
class GroupModel {
 public:
  // Returns whether to go on.
  using Visit = std::function<bool(uint32_t lane, uint32_t position,
                                   const FrequencyTable* table)>;

  // Longer lanes come first. A decoder predicts `stride` positions at once: 1
  // if `raw` becomes known with the visits; if it is known before (an
  // encoder's), more are faster, and the next stride is worked out while one is
  // visited. `threads`: how many will likely share the work. All memory is
  // taken here.
  GroupModel(const std::shared_ptr<const Model>& model,
             std::span<const Lane> lanes, const uint8_t* raw, bool is_known,
             uint32_t stride, size_t threads);

  // Visits positions begin … end − 1 of all lanes that reach so far, by
  // position, then lane. Calls follow on each other: `begin` is the last call's
  // `end`. Ends early, and for good, if a visit says so or the context is
  // cancelled.
  void ForEach(uint32_t begin, uint32_t end, const FrameContext& context,
               const Visit& visit);

 private:
  // What one Forward has predicted.
  struct Batch {
    explicit Batch(size_t most_rows) : tables(most_rows) {
      rows.reserve(most_rows);
    }

    std::vector<DecoderRow> rows;  // of the tables, by position, then lane
    std::vector<FrequencyTable> tables;
    size_t next = 0;   // row to visit
    uint32_t end = 0;  // position behind the last
  };
  struct Part {
    Part(const std::shared_ptr<const Model>& model, uint32_t first,
         uint32_t lanes, uint32_t stride, size_t batch_count)
        : first_lane(first), decoder(model, lanes, size_t{lanes} * stride) {
      while (batches.size() < batch_count) {
        batches.emplace_back(size_t{lanes} * stride);
      }
    }

    // The one to visit, and the one to predict into: never the same, since the
    // latter is asked for only if not all are ready.
    Batch& Front() { return batches[front]; }
    Batch& Free() { return batches[(front + ready) % batches.size()]; }

    uint32_t first_lane;
    Decoder decoder;
    std::vector<Batch> batches;  // a ring
    size_t front = 0;
    size_t ready = 0;        // predicted and not visited to the end
    uint32_t predicted = 0;  // positions
    bool is_predicting = false;
  };
  // The positions of one ForEach, and whose turn it is.
  struct Span {
    uint32_t end;
    uint32_t position;
    const FrameContext& context;
    size_t part = 0;
    bool is_visiting = false;
    bool is_over = false;  // a visit said so
  };

  void Work(Span& span, size_t home, const Visit& visit);
  void WaitForChange(std::unique_lock<std::mutex>& lock);
  bool CanVisit(const Span& span) const;
  Part* ReadyToPredict(const Span& span, size_t home);
  bool VisitTurn(Span& span, const Visit& visit);
  void Predict(Part& part, Batch& batch, uint32_t end);

  const std::span<const Lane> lanes_;
  const uint8_t* const raw_;
  const bool is_known_;
  const uint32_t stride_;
  std::deque<Part> parts_;
  std::mutex mutex_;  // of a Span, and of front … is_predicting of the parts
  std::atomic<uint32_t> changes_{0};  // counts them; read without the mutex too
  std::condition_variable changed_;
};

}  // namespace lentil

#endif  // LENTIL_CODEC_GROUP_MODEL_H_
