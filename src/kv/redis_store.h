// A store in Redis, which other machines use too.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kv/deliveries.h"
#include "kv/redis_call.h"
#include "kv/redis_client.h"
#include "kv/redis_options.h"
#include "kv/store.h"

namespace wws::kv {

/// Namespaces in Redis 7: each operation is one function that Redis runs (redis_functions.lua), with the
/// namespace's keys in one slot.
///
/// What is answered is ordered and as durable as Redis makes it (docs/kv.md): both handlers are told when
/// Redis has answered. An operation that is not answered within the time limit fails: a read with
/// kUnavailable, a write with kUnknown, for it may be done yet, and is never tried again. While Redis is
/// known not to answer, operations fail at once with kUnavailable; it is tried ten times a second.
///
/// Versions rise as long as Redis keeps its data. What has expired is not seen, by this machine's clock.
/// namespaces() are those that were opened here, as the last replies told of them; their names in Redis are
/// had with find_namespaces(). The clock outlives it.
class RedisStore final : public Store {
 public:
  /// Connects to nobody. kIo, kBadConfig: the certificates cannot be used.
  [[nodiscard]] static Result<std::unique_ptr<RedisStore>> open(const RedisOptions& options,
                                                                const base::Clock& clock);
  /// Starts its threads, and with them connecting; none is started later. To be called once, before anything
  /// is submitted.
  [[nodiscard]] Result<void> start() { return client_->start(); }

  [[nodiscard]] std::expected<NamespaceId, Failure> open_namespace(std::string_view name) override;
  [[nodiscard]] std::vector<NamespaceInfo> namespaces() const override;
  void submit(NamespaceId space, Request request, Handlers handlers) override;
  void poll() override;
  [[nodiscard]] int wake_fd() const noexcept override { return client_->wake_fd(); }
  [[nodiscard]] std::optional<base::Duration> next_poll() const override;
  [[nodiscard]] bool idle() const noexcept override { return asked_.empty() && deliveries_.empty(); }
  [[nodiscard]] Sharing sharing() const noexcept override { return Sharing::kWithOthers; }
  /// Of one namespace; that of all is nobody's here.
  void set_quotas(const Quotas& quotas) override { options_.namespace_quota = quotas.per_namespace; }

  using Names = std::move_only_function<void(const std::expected<std::vector<std::string>, Failure>&)>;
  /// Opens every namespace that Redis has keys of, and tells their names, from poll(). Looks through all of
  /// Redis: for people.
  void find_namespaces(Names told);

  /// Told from poll() when a server can be reached again or cannot, and why.
  using Notice = std::function<void(RedisEvent::Kind kind, std::string_view text)>;
  void set_notice(Notice notice) { notice_ = std::move(notice); }
  /// Why the last server that failed did so; empty: none has.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  struct Space {
    std::string name;
    RedisKeys keys;
    Version version = 0;
    std::uint64_t bytes = 0;
    std::optional<Expiry> sweep_at;  ///< none: nothing expires, or a sweep is under way
    bool is_sweeping = false;
  };
  struct Asked {
    std::size_t space = 0;
    ReplyForm form{};
    std::size_t bytes = 0;
    Handlers handlers;
  };

  RedisStore(const RedisOptions& options, const base::Clock& clock, std::unique_ptr<RedisClient> client);

  void send(std::uint64_t id, const Space& space, const RedisCall& call);
  void take(const RedisEvent& event);
  void take_answer(Asked asked, const RedisEvent& event);
  void take_sweep(std::size_t index, const RedisEvent& event);
  void take_names(Names told, const RedisEvent& event);
  void learn(std::size_t index, const RedisHead& head);
  void schedule(std::size_t index, std::optional<Expiry> at);
  void sweep();

  RedisOptions options_;
  const base::Clock& clock_;
  std::unique_ptr<RedisClient> client_;
  std::vector<std::unique_ptr<Space>> spaces_;
  std::map<std::string, NamespaceId, std::less<>> ids_;
  std::uint64_t last_id_ = 0;
  std::size_t asked_bytes_ = 0;
  std::unordered_map<std::uint64_t, Asked> asked_;
  std::unordered_map<std::uint64_t, std::size_t> sweeping_;  ///< namespaces by the ids of their sweeps
  std::unordered_map<std::uint64_t, Names> naming_;
  std::set<std::pair<Expiry, std::size_t>> sweeps_;  ///< those to come
  Deliveries deliveries_;
  Notice notice_;
  std::string problem_;
};

}  // namespace wws::kv
