// The key-value store as a serving process has it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "abi/kv.h"
#include "abi/operation.h"
#include "base/clock.h"
#include "base/file.h"
#include "link/link.h"
#include "metrics/block.h"
#include "runtime/commit.h"
#include "store/cache.h"
#include "store/frame_kind.h"
#include "store/shared_state.h"

namespace wws::store {

struct MapChange;

/// Asks the store child for guests, and keeps what it answered for as long as that is true.
///
/// When the link to the store child breaks, what had not been answered there fails: reads and what had not
/// begun with kUnavailable, writes with kUnknown; what is asked until there is another link fails at once.
/// When another one comes before that, to a child with other orders, what is under way, and changes that have
/// begun, go on where they are. One thread. The clock outlives it; the context and completions are used until
/// disconnect().
class StoreClient final : public abi::Kv {
 public:
  StoreClient(boost::asio::io_context& context, abi::Completions& completions, const base::Clock& clock,
              SharedState shared, metrics::Recorder metrics = {});

  /// The link to the store child that is asked from now on.
  void connect(base::File socket);

  /// Ends the link, before its context goes.
  void disconnect();
  /// Called when the link that is asked has broken, for whatever reason: somebody has to make another one.
  void set_on_lost(std::function<void()> on_lost) { on_lost_ = std::move(on_lost); }

  void submit(std::uint16_t space, kv::Request request, const abi::Ticket& ticket,
              abi::Operations& operations) override;
  void cancel(const abi::Ticket& ticket) noexcept override;

  /// For an invocation of `wws-json` whose worker has this namespace. The client outlives it.
  [[nodiscard]] std::unique_ptr<runtime::Commit> make_commit(std::uint16_t space, TurnRequest turn);

  /// Bytes for the store child above which nothing is asked any more.
  static constexpr std::size_t kMostQueued = std::size_t{64} << 20;

 private:
  friend class MapCommit;

  enum class Kind { kRead, kWrite, kMap, kCommit };
  /// What was asked. An id of a change is asked about several times.
  struct Pending {
    abi::Ticket ticket;
    Kind kind = Kind::kRead;
    std::uint16_t space = 0;
    std::string key;  ///< of a Get, whose answer is kept
    base::Instant asked{};
    link::LinkPtr link{};  ///< whom
  };
  /// Who goes on from the map that a change makes.
  struct Follower {
    std::uint32_t id = 0;
    const link::Link* link = nullptr;   ///< whose row it is
    std::optional<Cache::Map> given{};  ///< to whom it follows, which may end before it looks at it
  };
  struct TicketHash {
    std::size_t operator()(const abi::Ticket& ticket) const noexcept {
      return std::hash<std::uint64_t>()(ticket.invocation * 1024 + ticket.number);
    }
  };

  [[nodiscard]] bool can_ask() const noexcept { return link_ && link_->queued() < kMostQueued; }
  [[nodiscard]] std::optional<decltype(kv::Reply::body)> look_up(std::uint16_t space,
                                                                 const kv::Request& request);
  [[nodiscard]] std::uint32_t new_id();
  void expect(std::uint32_t id, Pending pending);
  void count(const Pending& pending, const kv::Outcome& outcome) const;
  [[nodiscard]] bool take(link::Link& link, const Frame& frame);
  [[nodiscard]] bool take_epoch(const link::Link& link, const Frame& frame);
  [[nodiscard]] bool take_follower(const link::Link& link, const Frame& frame);
  void keep_for_followers(std::uint32_t id, const kv::Outcome& outcome);
  void fail_followers(std::uint32_t id, kv::Failure failure);
  void keep(const Pending& pending, const kv::Outcome& outcome);
  void on_ended(link::Link& link);
  template <class IsLost>
  void fail_if(IsLost is_lost);
  void finish(std::uint32_t id, kv::Outcome outcome);

  // For MapCommit.
  void begin_change(const MapChange& change, const TurnRequest& turn, const abi::Ticket& ticket);
  void commit_change(const MapChange& change, const TurnRequest& turn, kv::Transaction transaction,
                     const abi::Ticket& ticket);
  static void end_change(const MapChange& change);
  /// A change's map, for the one behind it in its row. To be called once, for each change that has had a map
  /// from the store or from another: when its commit is sent, or when it ends without one.
  void pass_on(std::uint32_t id, const Cache::Map& map);
  /// The same for one that ends without having looked at its map.
  void pass_on_unseen(std::uint32_t id);
  [[nodiscard]] bool is_followed(std::uint32_t id) const noexcept { return followers_.contains(id); }
  /// Whether all of a map is on disk: the answer to a request that changed nothing may tell of it.
  [[nodiscard]] bool is_durable(std::uint16_t space, const Cache::Map& map) const noexcept;
  [[nodiscard]] std::optional<Cache::Map> kept_map(std::uint16_t space);

  boost::asio::io_context& context_;
  abi::Completions& completions_;
  const base::Clock& clock_;
  metrics::Recorder metrics_;
  SharedState shared_;
  Cache cache_;
  link::LinkPtr link_;  ///< that is asked; null: it broke
  std::function<void()> on_lost_;
  std::uint32_t last_id_ = 0;
  std::unordered_map<std::uint32_t, Pending> pending_;
  std::unordered_map<abi::Ticket, std::uint32_t, TicketHash> ids_;
  std::unordered_map<std::uint32_t, Follower> followers_;  ///< by who is before them
};

}  // namespace wws::store
