#include "store/turns.h"

#include <algorithm>

namespace wws::store {

std::optional<Asker> TurnQueue::next(base::Instant now) {
  if (holder_ || waiting_.empty()) return std::nullopt;
  const Waiting first = waiting_.front();
  waiting_.pop_front();
  holder_ = Holder{first.asker, now + first.time};
  return first.asker;
}

void TurnQueue::leave(const Asker& asker) {
  if (has(asker)) holder_.reset();
  std::erase_if(waiting_, [&](const Waiting& one) { return one.asker == asker; });
}

void TurnQueue::leave_all(std::uint32_t client) {
  if (holder_ && holder_->asker.client == client) holder_.reset();
  std::erase_if(waiting_, [&](const Waiting& one) { return one.asker.client == client; });
}

void TurnQueue::end_late(base::Instant now) {
  if (holder_ && holder_->ends_at <= now) holder_.reset();
}

}  // namespace wws::store
