#include "kv/redis_store.h"

#include <algorithm>
#include <utility>

#include "kv/limits.h"
#include "kv/semantics.h"

namespace wws::kv {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kRemovedPerSweep = 100;
/// From one sweep to the next, and after one that failed.
constexpr milliseconds kSoonestSweep{10};
constexpr milliseconds kSweepAfterFailure{1000};

Failure failure_of(const RedisEvent& event) {
  switch (event.kind) {
    case RedisEvent::Kind::kUnknown:
      return Failure::kUnknown;
    case RedisEvent::Kind::kOutOfMemory:
      return Failure::kTotalQuota;
    case RedisEvent::Kind::kDisk:
      return event.text.find("No space left") != std::string_view::npos ? Failure::kDiskFull : Failure::kIo;
    default:
      return Failure::kUnavailable;
  }
}

}  // namespace

Result<std::unique_ptr<RedisStore>> RedisStore::open(const RedisOptions& options, const base::Clock& clock) {
  auto client = RedisClient::make(options, redis_library(), redis_function("check"));
  if (!client) return fail(client);
  return std::unique_ptr<RedisStore>(new RedisStore(options, clock, std::move(*client)));
}

RedisStore::RedisStore(const RedisOptions& options, const base::Clock& clock,
                       std::unique_ptr<RedisClient> client)
    : options_(options), clock_(clock), client_(std::move(client)) {}

std::expected<NamespaceId, Failure> RedisStore::open_namespace(std::string_view name) {
  if (const auto known = ids_.find(name); known != ids_.end()) return known->second;
  if (const auto failure = check_namespace_name(name)) return std::unexpected(*failure);
  if (spaces_.size() == kMaxNamespaces) return std::unexpected(Failure::kTooManyNamespaces);
  const auto id = static_cast<NamespaceId>(spaces_.size());
  spaces_.push_back(
      std::make_unique<Space>(Space{std::string(name), RedisKeys(options_.prefix, name), 0, 0, {}, false}));
  ids_.emplace(name, id);
  return id;
}

std::vector<NamespaceInfo> RedisStore::namespaces() const {
  std::vector<NamespaceInfo> all;
  for (std::size_t i = 0; i < spaces_.size(); ++i)
    all.push_back({static_cast<NamespaceId>(i), spaces_[i]->name, spaces_[i]->version, spaces_[i]->bytes});
  return all;
}

void RedisStore::submit(NamespaceId id, Request request, Handlers handlers) {
  const auto index = static_cast<std::size_t>(id);
  const auto refuse = [&](Failure failure) {
    deliveries_.add(std::move(handlers), std::unexpected(failure));
  };
  if (index >= spaces_.size()) return refuse(Failure::kNoSuchNamespace);
  if (const auto failure = check(request)) return refuse(*failure);
  const std::size_t bytes = bytes_of(request);
  if (asked_.size() >= kMaxPendingOperations || asked_bytes_ + bytes > kMaxPendingBytes)
    return refuse(Failure::kUnavailable);
  asked_bytes_ += bytes;
  asked_.emplace(++last_id_, Asked{index, reply_form(request), bytes, std::move(handlers)});
  send(last_id_, *spaces_[index], make_call(std::move(request), clock_.wall(), options_.namespace_quota));
}

void RedisStore::send(std::uint64_t id, const Space& space, const RedisCall& call) {
  const std::string keys = std::to_string(space.keys.names().size());
  std::vector<std::string_view> words = {"FCALL", call.function, keys};
  words.insert(words.end(), space.keys.names().begin(), space.keys.names().end());
  words.insert(words.end(), call.words.begin(), call.words.end());
  client_->call(id, call.effect, space.keys.tag(), words);
}

void RedisStore::poll() {
  client_->take([this](const RedisEvent& event) { take(event); });
  sweep();
  deliveries_.deliver();
}

void RedisStore::take(const RedisEvent& event) {
  if (event.kind == RedisEvent::Kind::kUp || event.kind == RedisEvent::Kind::kDown) {
    problem_ = event.kind == RedisEvent::Kind::kUp ? std::string() : std::string(event.text);
    if (notice_) notice_(event.kind, event.text);
    return;
  }
  if (auto asked = asked_.extract(event.id)) return take_answer(std::move(asked.mapped()), event);
  if (auto sweeping = sweeping_.extract(event.id)) return take_sweep(sweeping.mapped(), event);
  if (auto naming = naming_.extract(event.id)) take_names(std::move(naming.mapped()), event);
}

void RedisStore::take_answer(Asked asked, const RedisEvent& event) {
  asked_bytes_ -= asked.bytes;
  if (event.kind != RedisEvent::Kind::kReply) {
    if (!event.text.empty()) problem_ = event.text;
    return deliveries_.add(std::move(asked.handlers), std::unexpected(failure_of(event)));
  }
  RedisReply reply = read_reply(asked.form, event.items);
  if (reply.head) learn(asked.space, *reply.head);
  deliveries_.add(std::move(asked.handlers), std::move(reply.outcome));
}

void RedisStore::learn(std::size_t index, const RedisHead& head) {
  Space& space = *spaces_[index];
  space.bytes = head.bytes;
  schedule(index, head.next_expiry);
  if (head.version == space.version) return;
  const bool is_newer = head.version > space.version;  // not so after a failover that lost some
  space.version = head.version;
  if (is_newer) publish(static_cast<NamespaceId>(index), head.version);
}

void RedisStore::schedule(std::size_t index, std::optional<Expiry> at) {
  Space& space = *spaces_[index];
  if (space.is_sweeping || space.sweep_at == at) return;  // a sweep's reply says what is next
  if (space.sweep_at) sweeps_.erase({*space.sweep_at, index});
  space.sweep_at = at;
  if (at) sweeps_.emplace(*at, index);
}

void RedisStore::sweep() {
  const base::WallTime now = clock_.wall();
  while (!sweeps_.empty() && sweeps_.begin()->first <= now) {
    const std::size_t index = sweeps_.begin()->second;
    schedule(index, std::nullopt);
    spaces_[index]->is_sweeping = true;
    sweeping_.emplace(++last_id_, index);
    send(last_id_, *spaces_[index], make_sweep(now, kRemovedPerSweep));
  }
}

void RedisStore::take_sweep(std::size_t index, const RedisEvent& event) {
  const base::WallTime now = clock_.wall();
  spaces_[index]->is_sweeping = false;
  if (event.kind != RedisEvent::Kind::kReply)
    return schedule(index, std::chrono::ceil<milliseconds>(now + kSweepAfterFailure));
  RedisReply reply = read_reply(ReplyForm::kNone, event.items);
  if (!reply.head) return;
  // Others sweep too, and more than a few at a time would hold up what is asked meanwhile.
  if (reply.head->next_expiry)
    reply.head->next_expiry =
        std::max(*reply.head->next_expiry, std::chrono::ceil<milliseconds>(now + kSoonestSweep));
  learn(index, *reply.head);
}

std::optional<base::Duration> RedisStore::next_poll() const {
  if (!deliveries_.empty()) return base::Duration(0);
  if (sweeps_.empty()) return std::nullopt;
  const base::Duration left = sweeps_.begin()->first - clock_.wall();
  return std::clamp<base::Duration>(left, kSoonestSweep, std::chrono::hours(1));
}

void RedisStore::find_namespaces(Names told) {
  naming_.emplace(++last_id_, std::move(told));
  client_->names(last_id_, redis_pattern(options_.prefix));
}

void RedisStore::take_names(Names told, const RedisEvent& event) {
  if (event.kind != RedisEvent::Kind::kReply) {
    if (!event.text.empty()) problem_ = event.text;
    return told(std::unexpected(failure_of(event)));
  }
  std::set<std::string> names;  // SCAN may tell one twice
  for (const RedisItem& item : event.items) {
    const auto* key = std::get_if<std::string_view>(&item);
    auto name = key == nullptr ? std::nullopt : space_of_key(options_.prefix, *key);
    if (name && open_namespace(*name)) names.insert(std::move(*name));
  }
  told(std::vector<std::string>(names.begin(), names.end()));
}

}  // namespace wws::kv
