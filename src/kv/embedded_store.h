// The durable store of one machine: a file, a commit thread, and what memory knows better.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/wake.h"
#include "kv/ballast.h"
#include "kv/committer.h"
#include "kv/database.h"
#include "kv/deliveries.h"
#include "kv/group.h"
#include "kv/image.h"
#include "kv/limits.h"
#include "kv/semantics.h"
#include "kv/store.h"

namespace wws::kv {

/// Operations are ordered in memory, over the newest state there; what they write gathers in a group while
/// the group before it is on its way to the disk. Both together are all that is ordered and not durable.
///
/// The file belongs to this thread or, while a job runs, to the commit thread. What needs the file meanwhile
/// waits here, in order for each namespace, and this thread goes on.
///
/// A disk that is full: only deletes are taken (kDiskFull), from the ballast's room, until that can be had
/// again. A group that failed and may come back (kUnknown): nothing is written (kUnavailable) until its
/// place in the log is taken. Both heal by themselves.
class EmbeddedStore final : public Store {
 public:
  struct Options {
    Quotas quotas{};
    /// Of durable records in memory.
    std::size_t cache_bytes = std::size_t{32} << 20;
    /// How long a group waits at the least for those whom the last one answered, who may ask again; 0: never,
    /// however long commits take.
    base::Duration gather = std::chrono::microseconds(200);
    /// SQLite's name of an operating system; empty: the usual one. For tests.
    std::string vfs{};
  };

  /// Opens or makes the file in `folder`, which is made when it is missing. One process at a time may have
  /// it. The clock must outlive the store. All files and descriptors are open when this returns, and no other
  /// is opened later: a process may be confined after it. Errors: kIo, with what to do.
  [[nodiscard]] static Result<std::unique_ptr<EmbeddedStore>> open(const std::filesystem::path& folder,
                                                                   const base::Clock& clock, Options options);
  /// Starts the one thread, which makes no other: once, after open(), before anything is submitted.
  [[nodiscard]] Result<void> start() { return committer_.start(); }

  [[nodiscard]] std::expected<NamespaceId, Failure> open_namespace(std::string_view name) override;
  [[nodiscard]] std::vector<NamespaceInfo> namespaces() const override;
  void submit(NamespaceId space, Request request, Handlers handlers) override;
  void poll() override;
  [[nodiscard]] int wake_fd() const noexcept override { return wake_.fd(); }
  [[nodiscard]] std::optional<base::Duration> next_poll() const override;
  [[nodiscard]] bool idle() const noexcept override {
    return pending_operations_ == 0 && deliveries_.empty();
  }
  void set_quotas(const Quotas& quotas) override { options_.quotas = quotas; }

 private:
  struct Operation {
    Request request;
    Handlers handlers;
    std::size_t bytes = 0;
  };
  /// A namespace and those of its operations that wait for the file.
  struct Lane {
    Space space;
    std::deque<Operation> ordered;
    std::deque<Operation> reads;
  };
  /// What an operation has to do with the group that its answer waits for.
  enum class Part { kSaw, kWrote };
  /// An answer that waits for a group.
  struct Waiter {
    Handlers::Handler durable;
    std::shared_ptr<const Outcome> outcome;
    std::size_t bytes = 0;
    Part part = Part::kSaw;
  };
  struct Batch {
    Group group;
    std::vector<Waiter> waiters;
  };
  enum class Health {
    kGood,
    kFull,     ///< deletes only
    kUnclear,  ///< a failed group may come back: no writes
  };

  EmbeddedStore(const base::Clock& clock, Options options, base::Wake wake, Ballast ballast,
                Database::Opened opened);

  Lane& add_lane(NamespaceId id, std::string name, Totals durable);

  // Ordering (embedded_store.cc). False: needs the file, which is lent.
  [[nodiscard]] bool try_read(Lane& lane, Operation& operation);
  [[nodiscard]] bool try_order(Lane& lane, Operation& operation);
  [[nodiscard]] std::optional<Failure> refusal(const Request& request) const;
  void apply(Space& space, std::vector<Effect>& effects, Version version);
  void answer(Operation& operation, Outcome outcome);
  void answer_with_group(Space& space, Operation& operation, Outcome outcome, Part part);
  void run_waiting();

  // Jobs (embedded_store_jobs.cc).
  void start_next();
  void start_commit();
  void start_checkpoint();
  void finish(const Committer::Report& report);
  void finish_commit();
  [[nodiscard]] bool has_new_version(const Group& group, NamespaceId id) const;
  [[nodiscard]] base::Duration gather_time(base::Duration commit) const noexcept;
  void fail_commit(const Committer::Report& report);
  void give_up(Batch& batch, Failure failure);
  void take_rows(const std::vector<SpaceRow>& rows);
  void set_health(Health health);
  void remove_expired();
  [[nodiscard]] bool sweep_due() const;
  [[nodiscard]] std::size_t pages_before_checkpoint() const noexcept;

  const base::Clock& clock_;
  Options options_;
  base::Wake wake_;
  Ballast ballast_;
  std::unique_ptr<Database> database_;
  Image image_;

  std::unordered_map<std::uint32_t, std::unique_ptr<Lane>> lanes_;
  std::map<std::string, NamespaceId, std::less<>> ids_;
  std::uint32_t next_id_ = 1;
  Version first_version_ = 0;
  std::uint64_t total_bytes_ = 0;  ///< ordered

  Batch in_flight_;
  Batch gathering_;
  std::vector<Lane*> waiting_;  ///< those with something in their queues
  Deliveries deliveries_;
  std::size_t pending_operations_ = 0;
  std::size_t pending_bytes_ = 0;

  Health health_ = Health::kGood;
  std::vector<SpaceRow> unclear_rows_;   ///< to be written over what may come back
  std::size_t expected_operations_ = 0;  ///< of the next group, if all ask again
  bool is_waiting_for_more_ = false;
  unsigned waits_in_vain_ = 0;  ///< one after the other, modulo those until it is tried again
  base::Instant gather_until_{};
  base::Instant recover_at_{};
  base::Instant last_commit_{};
  base::Instant checkpoint_at_{};  ///< not before
  base::Instant sweep_at_{};       ///< not before
  std::optional<Expiry> earliest_expiry_;

  Committer committer_;  ///< last: it goes first, and with it whoever uses the others
};

}  // namespace wws::kv
