#include "kv/embedded_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "kv/image_state.h"

namespace wws::kv {
namespace {

/// A new file, or folder, is only as durable as its name in the folder above. Where that cannot be had, what
/// is in the file still can.
void sync_folder(const std::filesystem::path& folder) {
  const base::File file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file) ::fsync(file.fd());
}

}  // namespace

Result<std::unique_ptr<EmbeddedStore>> EmbeddedStore::open(const std::filesystem::path& folder,
                                                           const base::Clock& clock, Options options) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return fail(ErrorCode::kIo, fmt::format("cannot make '{}': {}", folder.string(), error.message()));
  auto wake = base::Wake::make();
  if (!wake) return fail(wake);
  auto ballast = Ballast::open(folder);
  if (!ballast) return fail(ballast);
  auto opened = Database::open(folder, *ballast, options.vfs);
  if (!opened) return fail(opened);
  if (ballast->take()) opened->database->lengthen_log();
  sync_folder(folder);
  sync_folder(std::filesystem::absolute(folder, error).parent_path());
  return std::unique_ptr<EmbeddedStore>(new EmbeddedStore(clock, std::move(options), std::move(*wake),
                                                          std::move(*ballast), std::move(*opened)));
}

EmbeddedStore::EmbeddedStore(const base::Clock& clock, Options options, base::Wake wake, Ballast ballast,
                             Database::Opened opened)
    : clock_(clock),
      options_(std::move(options)),
      wake_(std::move(wake)),
      ballast_(std::move(ballast)),
      database_(std::move(opened.database)),
      image_(options_.cache_bytes),
      first_version_(opened.first_version),
      earliest_expiry_(opened.earliest_expiry),
      committer_(*database_, ballast_, wake_) {
  gathering_.group.number = 1;
  for (SpaceRow& row : opened.rows) add_lane(row.id, std::move(row.name), {row.version, row.bytes});
  if (!ballast_.held()) set_health(Health::kFull);
}

EmbeddedStore::Lane& EmbeddedStore::add_lane(NamespaceId id, std::string name, Totals durable) {
  auto lane = std::make_unique<Lane>();
  Space& space = lane->space;
  space.id = id;
  space.name = name;
  space.durable = space.ordered = durable;
  space.last_version = first_version_;
  space.complete = durable.version == 0;  // nothing was ever written
  total_bytes_ += durable.bytes;
  const auto number = static_cast<std::uint32_t>(id);
  next_id_ = std::max(next_id_, number + 1);
  ids_.emplace(std::move(name), id);
  return *lanes_.emplace(number, std::move(lane)).first->second;
}

std::expected<NamespaceId, Failure> EmbeddedStore::open_namespace(std::string_view name) {
  if (const auto known = ids_.find(name); known != ids_.end()) return known->second;
  if (const auto failure = check_namespace_name(name)) return std::unexpected(*failure);
  if (ids_.size() >= kMaxNamespaces) return std::unexpected(Failure::kTooManyNamespaces);
  return add_lane(static_cast<NamespaceId>(next_id_), std::string(name), {}).space.id;
}

std::vector<NamespaceInfo> EmbeddedStore::namespaces() const {
  std::vector<NamespaceInfo> all;
  for (const auto& [name, id] : ids_) {
    const Space& space = lanes_.at(static_cast<std::uint32_t>(id))->space;
    all.push_back({id, name, space.durable.version, space.durable.bytes});
  }
  return all;
}

void EmbeddedStore::submit(NamespaceId id, Request request, Handlers handlers) {
  Operation operation{std::move(request), std::move(handlers), 0};
  operation.bytes = bytes_of(operation.request);
  ++pending_operations_;
  pending_bytes_ += operation.bytes;

  const auto found = lanes_.find(static_cast<std::uint32_t>(id));
  if (found == lanes_.end()) return answer(operation, std::unexpected(Failure::kNoSuchNamespace));
  if (const auto failure = check(operation.request)) return answer(operation, std::unexpected(*failure));
  if (pending_operations_ > kMaxPendingOperations || pending_bytes_ > kMaxPendingBytes)
    return answer(operation, std::unexpected(Failure::kUnavailable));

  Lane& lane = *found->second;
  const bool was_waiting = !lane.ordered.empty() || !lane.reads.empty();
  if (is_durable_read(operation.request)) {
    if (try_read(lane, operation)) return;
    lane.reads.push_back(std::move(operation));
  } else {
    if (lane.ordered.empty() && try_order(lane, operation)) return;
    lane.ordered.push_back(std::move(operation));
  }
  if (!was_waiting) waiting_.push_back(&lane);
}

bool EmbeddedStore::try_read(Lane& lane, Operation& operation) {
  ImageState state(image_, lane.space, *database_, Visibility::kDurable);
  if (committer_.busy() && state.needs_file(operation.request)) return false;
  Evaluation evaluation = evaluate(operation.request, state, {clock_.wall(), 0, {}, options_.quotas});
  answer(operation, std::move(evaluation.outcome));
  return true;
}

bool EmbeddedStore::try_order(Lane& lane, Operation& operation) {
  Space& space = lane.space;
  if (const auto failure = refusal(operation.request)) {
    answer(operation, std::unexpected(*failure));
    return true;
  }
  ImageState state(image_, space, *database_, Visibility::kOrdered);
  if (committer_.busy() && state.needs_file(operation.request)) return false;

  const Version version = space.last_version + 1;
  Evaluation evaluation =
      evaluate(operation.request, state,
               {clock_.wall(), version, {space.ordered.bytes, total_bytes_}, options_.quotas});
  const bool writes = !evaluation.effects.empty();
  const bool puts =
      std::ranges::any_of(evaluation.effects, [](const Effect& e) { return e.record != nullptr; });
  if (puts && health_ == Health::kFull) {
    answer(operation, std::unexpected(Failure::kDiskFull));
    return true;
  }
  if (writes) apply(space, evaluation.effects, version);
  answer_with_group(space, operation, std::move(evaluation.outcome), writes ? Part::kWrote : Part::kSaw);
  return true;
}

std::optional<Failure> EmbeddedStore::refusal(const Request& request) const {
  if (health_ == Health::kUnclear && is_write(request)) return Failure::kUnavailable;
  return std::nullopt;
}

/// `version` 0: nobody is to notice.
void EmbeddedStore::apply(Space& space, std::vector<Effect>& effects, Version version) {
  Group& group = gathering_.group;
  if (space.last_group != group.number) {
    space.last_group = group.number;
    group.spaces.push_back(&space);
  }
  if (version != 0) space.last_version = space.ordered.version = version;
  for (Effect& effect : effects) {
    const auto growth = static_cast<std::uint64_t>(effect.growth);  // modulo 2^64
    space.ordered.bytes += growth;
    total_bytes_ += growth;
    if (effect.record) group.only_deletes = false;
    Slot& slot = image_.slot(space, effect.key);
    slot.ordered = effect.record;
    if (slot.group == group.number) {
      group.writes[slot.write].record = std::move(effect.record);
      continue;
    }
    slot.group = group.number;
    slot.write = group.writes.size();
    group.writes.push_back({space.id, *slot.key, std::move(effect.record), &slot});
  }
}

void EmbeddedStore::answer(Operation& operation, Outcome outcome) {
  --pending_operations_;
  pending_bytes_ -= operation.bytes;
  deliveries_.add(std::move(operation.handlers), std::move(outcome));
}

/// What it saw may be of the namespace's last group, and is final when that is durable.
void EmbeddedStore::answer_with_group(Space& space, Operation& operation, Outcome outcome, Part part) {
  if (space.last_group == 0) return answer(operation, std::move(outcome));
  auto shared = std::make_shared<const Outcome>(std::move(outcome));
  deliveries_.add(std::move(operation.handlers.ordered), shared);
  Batch& batch = space.last_group == gathering_.group.number ? gathering_ : in_flight_;
  batch.waiters.push_back({std::move(operation.handlers.durable), std::move(shared), operation.bytes, part});
}

/// What waited for the file, which is here now.
void EmbeddedStore::run_waiting() {
  std::vector<Lane*> lanes;
  lanes.swap(waiting_);
  for (Lane* lane : lanes) {
    for (; !lane->reads.empty() && try_read(*lane, lane->reads.front()); lane->reads.pop_front()) {
    }
    for (; !lane->ordered.empty() && try_order(*lane, lane->ordered.front()); lane->ordered.pop_front()) {
    }
  }
}

void EmbeddedStore::poll() {
  // Handlers submit, and that may be answered at once: a few rounds, and the caller has its turn again.
  constexpr int kRounds = 8;
  for (int round = 0; round < kRounds; ++round) {
    if (const auto report = committer_.take()) finish(*report);
    if (!committer_.busy()) run_waiting();
    if (!committer_.busy()) start_next();
    if (deliveries_.empty()) break;
    deliveries_.deliver();
  }
  image_.trim();
}

}  // namespace wws::kv
