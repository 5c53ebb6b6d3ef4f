// What the embedded store has its commit thread do, and what becomes of it.
#include <algorithm>
#include <limits>
#include <utility>

#include "base/log.h"
#include "kv/embedded_store.h"
#include "kv/image_state.h"

namespace wws::kv {
namespace {

using std::chrono::milliseconds;

constexpr base::Duration kRecoverEvery = milliseconds(100);
constexpr base::Duration kIdle = milliseconds(50);
constexpr base::Duration kSweepEvery = milliseconds(10);
/// Time for records that expire together to be removed together.
constexpr base::Duration kSweepDelay = milliseconds(100);
constexpr base::Duration kCheckpointAfterFailure = std::chrono::seconds(1);
constexpr std::size_t kSweepKeys = 64;

/// A group does not wait for longer, however slow the disk is.
constexpr base::Duration kLongestGather = milliseconds(10);
/// Groups that waited in vain, each half as long as the one before, until one waits for the whole time again.
constexpr unsigned kInVainAtMost = 16;

// Of 4 KiB. The log is moved when nobody waits and it is worth it, or when it is long; while the disk
// is full early, since a long log has no room.
constexpr std::size_t kPagesWhenIdle = 1'000;
constexpr std::size_t kPagesAtMost = 16'384;
constexpr std::size_t kPagesWhenFull = 64;

}  // namespace

std::size_t EmbeddedStore::pages_before_checkpoint() const noexcept {
  return health_ == Health::kFull ? kPagesWhenFull : kPagesAtMost;
}

void EmbeddedStore::start_next() {
  const base::Instant now = clock_.now();
  if (sweep_due()) remove_expired();
  const std::size_t pages = database_->pages_in_log();
  const bool may_checkpoint = now >= checkpoint_at_;
  const bool gathered = gathering_.waiters.size() >= expected_operations_ || now >= gather_until_;

  if (health_ != Health::kGood && now >= recover_at_) {
    recover_at_ = now + kRecoverEvery;
    committer_.give({Committer::Task::kRecover, nullptr, unclear_rows_});
  } else if (pages >= pages_before_checkpoint() && may_checkpoint) {
    start_checkpoint();
  } else if (!gathering_.group.writes.empty()) {
    if (gathered) {
      start_commit();
    } else {
      is_waiting_for_more_ = true;
    }
  } else if (health_ == Health::kGood && database_->log_is_short()) {
    committer_.give({Committer::Task::kLengthen});
  } else if (pages >= kPagesWhenIdle && may_checkpoint && now >= last_commit_ + kIdle) {
    start_checkpoint();
  }
}

void EmbeddedStore::start_commit() {
  if (std::exchange(is_waiting_for_more_, false)) {
    const bool all_came = gathering_.waiters.size() >= expected_operations_;
    waits_in_vain_ = all_came ? 0 : (waits_in_vain_ + 1) % kInVainAtMost;
  }
  in_flight_ = std::exchange(gathering_, Batch{});
  Group& group = in_flight_.group;
  gathering_.group.number = group.number + 1;
  for (const Space* space : group.spaces) {
    const auto& [version, bytes] = space->ordered;
    group.rows.push_back({space->id, space->name, version, bytes});
    group.rows_if_failed.push_back({space->id, space->name, version, space->durable.bytes});
  }
  last_commit_ = clock_.now();
  committer_.give({Committer::Task::kCommit, &group});
}

void EmbeddedStore::start_checkpoint() { committer_.give({Committer::Task::kCheckpoint}); }

void EmbeddedStore::finish(const Committer::Report& report) {
  switch (report.task) {
    case Committer::Task::kCommit:
      if (report.failure) {
        fail_commit(report);
      } else {
        finish_commit();
      }
      break;
    case Committer::Task::kRecover:
      if (!report.failure) take_rows(std::exchange(unclear_rows_, {}));
      break;
    case Committer::Task::kCheckpoint:
      if (report.failure) checkpoint_at_ = clock_.now() + kCheckpointAfterFailure;
      break;
    case Committer::Task::kLengthen:
      break;
  }
  if (!unclear_rows_.empty()) return set_health(Health::kUnclear);
  set_health(ballast_.held() ? Health::kGood : Health::kFull);
}

/// Not if all that was written there is the removal of what had expired.
bool EmbeddedStore::has_new_version(const Group& group, NamespaceId id) const {
  const Version before = lanes_.at(static_cast<std::uint32_t>(id))->space.durable.version;
  return std::ranges::any_of(group.rows,
                             [&](const SpaceRow& row) { return row.id == id && row.version != before; });
}

void EmbeddedStore::finish_commit() {
  Group& group = in_flight_.group;
  for (Group::Write& write : group.writes) {
    if (write.record && write.record->expiry &&
        (!earliest_expiry_ || *write.record->expiry < *earliest_expiry_))
      earliest_expiry_ = write.record->expiry;
    if (has_new_version(group, write.id)) publish(write.id, write.key, write.record);
    image_.set_durable(*write.slot, std::move(write.record));
    if (write.slot->group == group.number) image_.settle(*write.slot);
  }
  for (Space* space : group.spaces) {
    if (space->last_group == group.number) space->last_group = 0;
  }
  take_rows(group.rows);
  expected_operations_ = in_flight_.waiters.size() + gathering_.waiters.size();
  // One alone asks again only after it has its answer; waiting for it would help nobody.
  const base::Instant now = clock_.now();
  gather_until_ = expected_operations_ > 1 ? now + gather_time(now - last_commit_) : base::Instant{};
  for (Waiter& waiter : in_flight_.waiters) {
    --pending_operations_;
    pending_bytes_ -= waiter.bytes;
    deliveries_.add(std::move(waiter.durable), std::move(waiter.outcome));
  }
  in_flight_ = Batch{};
}

/// Those who were answered and ask again within the time of a commit are done sooner with those who wait
/// already than behind them: the disk is asked once instead of twice. Where they do not come, it is tried
/// seldom.
base::Duration EmbeddedStore::gather_time(base::Duration commit) const noexcept {
  if (options_.gather == base::Duration(0)) return options_.gather;
  return std::max(options_.gather, std::min(commit, kLongestGather) / (1U << waits_in_vain_));
}

/// Namespaces are in the file like this.
void EmbeddedStore::take_rows(const std::vector<SpaceRow>& rows) {
  for (const SpaceRow& row : rows) {
    Space& space = lanes_.at(static_cast<std::uint32_t>(row.id))->space;
    const bool changed = space.durable.version != row.version;
    space.durable = {row.version, row.bytes};
    if (space.last_group == 0) space.ordered = space.durable;
    if (changed) publish(space.id, row.version);
  }
}

/// All that is not durable goes, and the state is that of the file again.
void EmbeddedStore::fail_commit(const Committer::Report& report) {
  const bool left = report.trace == Committer::Trace::kLeft;
  log::warn("kv: {} operations could not be made durable: {}{}",
            in_flight_.waiters.size() + gathering_.waiters.size(), name(*report.failure),
            left ? "; some may be there after a restart" : "");
  std::vector<SpaceRow> rows = std::move(in_flight_.group.rows_if_failed);
  Batch later = std::exchange(gathering_, Batch{});
  gathering_.group.number = later.group.number + 1;
  give_up(in_flight_, left ? Failure::kUnknown : *report.failure);
  give_up(later, left ? Failure::kUnavailable : *report.failure);
  in_flight_ = Batch{};
  expected_operations_ = 0;
  if (left) {
    unclear_rows_ = std::move(rows);
    recover_at_ = clock_.now() + kRecoverEvery;
  } else {
    take_rows(rows);
  }
}

void EmbeddedStore::give_up(Batch& batch, Failure failure) {
  for (const Group::Write& write : batch.group.writes) {
    // A slot of both groups is the later one's.
    if (write.slot->group == batch.group.number) image_.settle(*write.slot);
  }
  for (Space* space : batch.group.spaces) {
    total_bytes_ += space->durable.bytes - space->ordered.bytes;  // modulo 2^64
    space->ordered = space->durable;
    space->last_group = 0;
  }
  const auto nothing_done = std::make_shared<const Outcome>(
      std::unexpected(failure == Failure::kUnknown ? Failure::kUnavailable : failure));
  const auto outcome = std::make_shared<const Outcome>(std::unexpected(failure));
  for (Waiter& waiter : batch.waiters) {
    --pending_operations_;
    pending_bytes_ -= waiter.bytes;
    deliveries_.add(std::move(waiter.durable), waiter.part == Part::kWrote ? outcome : nothing_done);
  }
}

void EmbeddedStore::set_health(Health health) {
  if (health == health_) return;
  health_ = health;
  switch (health) {
    case Health::kGood:
      log::info("kv: the disk takes writes again");
      break;
    case Health::kFull:
      log::warn("kv: the disk is full; until it has {} MiB, keys can only be deleted",
                2 * Ballast::kBytes >> 20);
      recover_at_ = clock_.now() + kRecoverEvery;
      break;
    case Health::kUnclear:
      log::warn("kv: the disk fails; nothing is written until it works again");
      break;
  }
}

bool EmbeddedStore::sweep_due() const {
  return health_ != Health::kUnclear && earliest_expiry_ &&
         clock_.wall() >= *earliest_expiry_ + kSweepDelay && clock_.now() >= sweep_at_;
}

/// A few at a time. No new version: nobody could see them any more.
void EmbeddedStore::remove_expired() {
  const base::WallTime now = clock_.wall();
  sweep_at_ = clock_.now() + kSweepEvery;
  const auto found = database_->expired(now, kSweepKeys);
  if (!found) return;
  for (const Database::Expired& key : *found) {
    Space& space = lanes_.at(static_cast<std::uint32_t>(key.id))->space;
    ImageState state(image_, space, *database_, Visibility::kOrdered);
    const auto record = state.find(key.key);
    if (!record || !*record || !expired(**record, now)) continue;
    std::vector<Effect> effects;
    effects.push_back({key.key, nullptr, -cost(key.key, *record)});
    apply(space, effects, 0);
  }
  if (found->size() == kSweepKeys) return;
  if (const auto next = database_->next_expiry(now)) earliest_expiry_ = *next;
}

std::optional<base::Duration> EmbeddedStore::next_poll() const {
  if (!deliveries_.empty()) return base::Duration(0);
  if (committer_.busy()) return std::nullopt;
  const base::Instant now = clock_.now();
  std::optional<base::Duration> next;
  const auto at = [&](base::Duration in) {
    in = std::max(in, base::Duration(0));
    if (!next || in < *next) next = in;
  };
  if (!waiting_.empty()) at(base::Duration(0));
  if (health_ != Health::kGood) at(recover_at_ - now);
  if (!gathering_.group.writes.empty()) {
    at(gathering_.waiters.size() >= expected_operations_ ? base::Duration(0) : gather_until_ - now);
  } else if (database_->pages_in_log() >= kPagesWhenIdle) {
    at(std::max(last_commit_ + kIdle, checkpoint_at_) - now);
  }
  if (earliest_expiry_ && health_ != Health::kUnclear) {
    const base::Duration until =
        std::min<base::Duration>(*earliest_expiry_ + kSweepDelay - clock_.wall(), std::chrono::hours(1));
    at(std::max(until, sweep_at_ - now));
  }
  return next;
}

}  // namespace wws::kv
