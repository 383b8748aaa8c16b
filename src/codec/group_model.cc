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
                       uint32_t stride, size_t threads)
    : lanes_(lanes), raw_(raw), stride_(stride) {
  const size_t count = NumParts(lanes.size(), threads);
  for (size_t i = 0; i < count; ++i) {
    const size_t begin = lanes.size() * i / count;
    const size_t end = lanes.size() * (i + 1) / count;
    parts_.emplace_back(model, static_cast<uint32_t>(begin),
                        static_cast<uint32_t>(end - begin),
                        (end - begin) * stride);
  }
}

void GroupModel::ForEach(uint32_t begin, uint32_t end,
                         const FrameContext& context, const Visit& visit) {
  Span span{.end = end, .position = begin, .context = context};
  const auto work = [&](size_t /*thread*/) { Work(span, visit); };
  if (parts_.size() > 1) {
    context.parallel_for(parts_.size(), work);
  } else {
    work(0);
  }
}

// Any number of threads may be here; one alone does everything.
void GroupModel::Work(Span& span, const Visit& visit) {
  const ScopedFpMode fp_mode;
  std::unique_lock lock(mutex_);
  while (span.position < span.end && !span.context.IsCancelled()) {
    if (CanVisit(span)) {
      span.is_visiting = true;
      lock.unlock();
      VisitTurn(span, visit);
      lock.lock();
      span.is_visiting = false;
      parts_[span.part].visited = span.position + 1;
      span.part = (span.part + 1) % parts_.size();
      if (span.part == 0) ++span.position;
    } else if (Part* part = ReadyToPredict(span)) {
      const uint32_t end = std::min(span.end, part->visited + stride_);
      part->is_predicting = true;
      lock.unlock();
      Predict(*part, end);
      lock.lock();
      part->is_predicting = false;
      part->predicted = end;
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

GroupModel::Part* GroupModel::ReadyToPredict(const Span& span) {
  for (Part& part : parts_) {
    if (!part.is_predicting && part.visited == part.predicted &&
        part.predicted < span.end) {
      return &part;
    }
  }
  return nullptr;
}

void GroupModel::VisitTurn(Span& span, const Visit& visit) {
  Part& part = parts_[span.part];
  for (; part.next < part.rows.size() &&
         part.rows[part.next].position == span.position;
       ++part.next) {
    visit(part.first_lane + part.rows[part.next].lane, span.position,
          &part.tables[part.next]);
  }
}

// Makes the tables of the part's positions from `predicted` to end − 1.
void GroupModel::Predict(Part& part, uint32_t end) {
  part.rows.clear();
  part.next = 0;
  for (uint32_t t = part.predicted; t < end; ++t) {
    for (uint32_t i = 0; i < part.decoder.lanes(); ++i) {
      const Lane& lane = lanes_[part.first_lane + i];
      if (t < lane.size) part.rows.push_back({i, t, raw_ + lane.begin});
    }
  }
  part.decoder.Forward(part.rows, part.tables.data());
}

}  // namespace lentil
