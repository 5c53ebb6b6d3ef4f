#include "server/turns.h"

#include <algorithm>

namespace wws::server {
namespace {

constexpr unsigned kLongEvery = 4;
constexpr unsigned kCrowdedEvery = 8;
/// Lanes looked at to find one that is not crowded.
constexpr std::size_t kLanesTried = 8;
constexpr int kSmoothing = 8;

}  // namespace

void Turns::add_waiting(Worker worker, Id id, base::Instant now, Lane lane) {
  LaneState& state = lanes_[worker];
  const bool could_begin = state.can_begin();
  state.waiting.push_back({id, now});
  ++waiting_;
  if (lane == Lane::kClosed) state.open = false;
  if (!could_begin && state.can_begin()) beginning_.push_back(worker);
}

void Turns::open(Worker worker, base::Instant now) {
  const auto found = lanes_.find(worker);
  if (found == lanes_.end() || found->second.open) return;
  found->second.open = true;
  for (Waiting& waiting : found->second.waiting) waiting.since = now;
  if (found->second.can_begin()) beginning_.push_back(worker);
}

std::vector<Turns::Worker> Turns::closed() const {
  std::vector<Worker> workers;
  for (const auto& [worker, lane] : lanes_) {
    if (!lane.open) workers.push_back(worker);
  }
  return workers;
}

void Turns::set_full(Worker worker, Share share) {
  const auto found = lanes_.find(worker);
  if (found == lanes_.end()) return;
  LaneState& lane = found->second;
  const bool could_begin = lane.can_begin();
  lane.full = share == Share::kUsedUp;
  if (could_begin && !lane.can_begin()) std::erase(beginning_, worker);
  if (!could_begin && lane.can_begin()) beginning_.push_back(worker);
}

std::size_t Turns::waiting(Worker worker) const noexcept {
  const auto found = lanes_.find(worker);
  return found == lanes_.end() ? 0 : found->second.waiting.size();
}

void Turns::add_running(Worker worker, Id id, base::Duration cpu_time) {
  ++lanes_[worker].running;
  (cpu_time > kLong ? long_ : short_).push_back({id, worker});
}

void Turns::remove(Worker worker, Id id) {
  const auto found = lanes_.find(worker);
  if (found == lanes_.end()) return;
  LaneState& lane = found->second;
  const std::size_t waiting = std::erase_if(lane.waiting, [id](const Waiting& one) { return one.id == id; });
  waiting_ -= waiting;
  if (waiting > 0 && lane.waiting.empty()) std::erase(beginning_, worker);
  for (auto* queue : {&short_, &long_}) {
    lane.running -= std::erase_if(*queue, [id](const Running& one) { return one.id == id; });
  }
  forget_if_empty(worker);
}

bool Turns::has_next(bool may_begin) const noexcept {
  return !short_.empty() || !long_.empty() || (may_begin && !beginning_.empty());
}

std::optional<Turns::Turn> Turns::next(bool may_begin, base::Instant now) {
  ++turn_;
  const bool only_long = short_.empty() && (!may_begin || beginning_.empty());
  if (!long_.empty() && (only_long || turn_ % kLongEvery == 0)) return go_on(long_);
  if (may_begin && (short_.empty() || turn_ % 2 == 1)) {
    const bool also_crowded = short_.empty() || turn_ % kCrowdedEvery == 1;
    if (const auto worker = lane_that_begins(also_crowded)) return begin(*worker, now);
  }
  if (!short_.empty()) return go_on(short_);
  if (!long_.empty()) return go_on(long_);
  return std::nullopt;
}

/// The next lane in turn that is not crowded; else, if that is wanted, the next one at all.
std::optional<Turns::Worker> Turns::lane_that_begins(bool also_crowded) {
  for (std::size_t i = 0; i < std::min(kLanesTried, beginning_.size()); ++i) {
    const Worker worker = beginning_.front();
    if (lanes_.at(worker).running < kCrowd) return worker;
    beginning_.pop_front();
    beginning_.push_back(worker);
  }
  if (also_crowded && !beginning_.empty()) return beginning_.front();
  return std::nullopt;
}

/// Takes the first request of the lane at the front, whose turn is over with that.
Turns::Turn Turns::begin(Worker worker, base::Instant now) {
  LaneState& lane = lanes_.at(worker);
  if (lane.last_begin) lane.pace += (now - *lane.last_begin - lane.pace) / kSmoothing;
  lane.last_begin = lane.waiting.size() > 1 ? std::optional(now) : std::nullopt;
  const Id id = lane.waiting.front().id;
  lane.waiting.pop_front();
  --waiting_;
  beginning_.pop_front();
  if (lane.can_begin()) beginning_.push_back(worker);
  forget_if_empty(worker);
  return {id, true};
}

Turns::Turn Turns::go_on(std::deque<Running>& queue) {
  const Running running = queue.front();
  queue.pop_front();
  --lanes_.at(running.worker).running;
  forget_if_empty(running.worker);
  return {running.id, false};
}

void Turns::forget_if_empty(Worker worker) {
  const auto found = lanes_.find(worker);
  if (found->second.waiting.empty() && found->second.running == 0) lanes_.erase(found);
}

bool Turns::has_to_wait(Worker worker) const noexcept {
  const auto found = lanes_.find(worker);
  return found != lanes_.end() && (!found->second.waiting.empty() || found->second.running >= kCrowd);
}

std::optional<base::Instant> Turns::waiting_since(Worker worker) const noexcept {
  const auto found = lanes_.find(worker);
  if (found == lanes_.end() || found->second.waiting.empty()) return std::nullopt;
  return found->second.waiting.front().since;
}

base::Duration Turns::expected_wait(Worker worker) const noexcept {
  const auto found = lanes_.find(worker);
  if (found == lanes_.end()) return base::Duration(0);
  return found->second.pace * static_cast<std::int64_t>(found->second.waiting.size());
}

std::optional<Turns::Id> Turns::take_older_than(base::Instant when) {
  for (const auto& [worker, lane] : lanes_) {
    if (!lane.open || lane.waiting.empty() || lane.waiting.front().since >= when) continue;
    const Id id = lane.waiting.front().id;
    remove(worker, id);
    return id;
  }
  return std::nullopt;
}

}  // namespace wws::server
