// SPDX-License-Identifier: Apache-2.0
#include "codec/group_model.h"

#include <algorithm>
#include <thread>

#include "base/fp_mode.h"

namespace lentil {
namespace {

constexpr size_t kMostLanes = 16;   // of a decoder: more fill no product better
constexpr size_t kFewestLanes = 4;  // below, a step waits for the weights
constexpr int kYields = 100;        // before a thread that waits goes to sleep

size_t NumParts(size_t lanes, size_t threads) {
  const size_t fewest = (lanes + kMostLanes - 1) / kMostLanes;
  return std::max(fewest, std::min(threads, lanes / kFewestLanes));
}

}  // namespace

GroupModel::GroupModel(const std::shared_ptr<const Model>& model,
                       std::span<const Lane> lanes, const uint8_t* raw,
                       bool is_known, uint32_t stride, size_t threads)
    : lanes_(lanes), raw_(raw), is_known_(is_known), stride_(stride) {
  const size_t count = NumParts(lanes.size(), threads);
  for (size_t i = 0; i < count; ++i) {
    const size_t begin = lanes.size() * i / count;
    const size_t end = lanes.size() * (i + 1) / count;
    parts_.emplace_back(model, static_cast<uint32_t>(begin),
                        static_cast<uint32_t>(end - begin), stride,
                        is_known ? 2 : 1);
  }
}

void GroupModel::ForEach(uint32_t begin, uint32_t end,
                         const FrameContext& context, const Visit& visit) {
  Span span{.end = end, .position = begin, .context = context};
  const auto work = [&](size_t thread) { Work(span, thread, visit); };
  if (parts_.size() > 1) {
    context.parallel_for(parts_.size(), work);
  } else {
    work(0);
  }
}

// Any number of threads may be here; one alone does everything. What belongs to
// the part `home` comes first, as its keys and values are near this thread's
// core; but where all is known, no visit waits for a thread that predicts.
void GroupModel::Work(Span& span, size_t home, const Visit& visit) {
  const ScopedFpMode fp_mode;
  std::unique_lock lock(mutex_);
  while (span.position < span.end && !span.is_over &&
         !span.context.IsCancelled()) {
    Part* const part = ReadyToPredict(span, home);
    if (CanVisit(span) &&
        (is_known_ || span.part == home || part != &parts_[home])) {
      span.is_visiting = true;
      lock.unlock();
      const bool goes_on = VisitTurn(span, visit);
      lock.lock();
      span.is_visiting = false;
      span.is_over = !goes_on;
      Part& visited = parts_[span.part];
      if (span.position + 1 == visited.Front().end) {
        visited.front = (visited.front + 1) % visited.batches.size();
        --visited.ready;
      }
      span.part = (span.part + 1) % parts_.size();
      if (span.part == 0) ++span.position;
    } else if (part != nullptr) {
      const uint32_t end = std::min(span.end, part->predicted + stride_);
      Batch& batch = part->Free();
      part->is_predicting = true;
      lock.unlock();
      Predict(*part, batch, end);
      lock.lock();
      part->is_predicting = false;
      part->predicted = end;
      ++part->ready;
    } else {
      WaitForChange(lock);
      continue;
    }
    ++changes_;
    changed_.notify_all();
  }
}

// The next change is mostly microseconds away: less than a sleeper needs to
// wake.
void GroupModel::WaitForChange(std::unique_lock<std::mutex>& lock) {
  const uint32_t seen = changes_;
  lock.unlock();
  for (int i = 0; i < kYields && changes_ == seen; ++i) {
    std::this_thread::yield();
  }
  lock.lock();
  changed_.wait(lock, [&] { return changes_ != seen; });
}

bool GroupModel::CanVisit(const Span& span) const {
  return !span.is_visiting && parts_[span.part].predicted > span.position;
}

GroupModel::Part* GroupModel::ReadyToPredict(const Span& span, size_t home) {
  for (size_t i = 0; i < parts_.size(); ++i) {
    Part& part = parts_[(home + i) % parts_.size()];
    if (!part.is_predicting && part.ready < part.batches.size() &&
        part.predicted < span.end) {
      return &part;
    }
  }
  return nullptr;
}

bool GroupModel::VisitTurn(Span& span, const Visit& visit) {
  const uint32_t first_lane = parts_[span.part].first_lane;
  Batch& batch = parts_[span.part].Front();
  for (; batch.next < batch.rows.size() &&
         batch.rows[batch.next].position == span.position;
       ++batch.next) {
    if (!visit(first_lane + batch.rows[batch.next].lane, span.position,
               &batch.tables[batch.next])) {
      return false;
    }
  }
  return true;
}

// Makes the tables of the part's positions from `predicted` to end − 1.
void GroupModel::Predict(Part& part, Batch& batch, uint32_t end) {
  batch.rows.clear();
  batch.next = 0;
  batch.end = end;
  for (uint32_t t = part.predicted; t < end; ++t) {
    for (uint32_t i = 0; i < part.decoder.lanes(); ++i) {
      const Lane& lane = lanes_[part.first_lane + i];
      if (t < lane.size) batch.rows.push_back({i, t, raw_ + lane.begin});
    }
  }
  part.decoder.Forward(batch.rows, batch.tables.data());
}

}  // namespace lentil
