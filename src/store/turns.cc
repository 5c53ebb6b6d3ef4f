#include "store/turns.h"

#include <algorithm>
#include <utility>

namespace wws::store {

std::optional<Asker> TurnQueue::next(base::Instant now) {
  if (holder_ || waiting_.empty()) return std::nullopt;
  const Waiting first = waiting_.front();
  waiting_.pop_front();
  holder_ = Holder{first.asker, now + first.time};
  return first.asker;
}

std::vector<Asker> TurnQueue::make_row() {
  std::vector<Asker> row;
  for (auto one = waiting_.begin(); one != waiting_.end() && row_.size() + 1 < kMostInRow;) {
    if (one->asker.client != holder_->asker.client || one->in_row == InRow::kNo) {
      ++one;
      continue;
    }
    row.push_back(one->asker);
    row_.push_back(*one);
    one = waiting_.erase(one);
  }
  return row;
}

std::vector<Asker> TurnQueue::break_row() {
  std::vector<Asker> row;
  for (const Waiting& one : std::exchange(row_, {})) row.push_back(one.asker);
  return row;
}

void TurnQueue::leave(const Asker& asker, base::Instant now) {
  const auto is_it = [&](const Waiting& one) { return one.asker == asker; };
  if (!has(asker)) {
    std::erase_if(waiting_, is_it);
    std::erase_if(row_, is_it);
    return;
  }
  holder_.reset();
  if (row_.empty()) return;
  holder_ = Holder{row_.front().asker, now + row_.front().time};
  row_.pop_front();
}

void TurnQueue::leave_all(std::uint32_t client) {
  if (holder_ && holder_->asker.client == client) {
    holder_.reset();
    row_.clear();
  }
  std::erase_if(waiting_, [&](const Waiting& one) { return one.asker.client == client; });
}

std::vector<Asker> TurnQueue::end_late(base::Instant now) {
  if (!holder_ || holder_->ends_at > now) return {};
  holder_.reset();
  return break_row();
}

}  // namespace wws::store
