// The store child's answers to serving processes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "kv/store.h"
#include "store/frame_kind.h"
#include "store/shared_state.h"
#include "store/turns.h"

namespace wws::store {

/// Gives what serving processes ask to the store, and its answers back. Knows nothing of sockets.
///
/// What a client sends may be hostile: it is held to the format, to the namespaces of the project and to a
/// number of operations at once, and nothing it does changes what others are answered, but for what it
/// writes. One thread; the parts outlive it.
class StoreServer {
 public:
  using ClientId = std::uint32_t;

  struct Parts {
    kv::Store& store;
    SharedState& shared;
    const base::Clock& clock;
    /// Takes frames for a client: whole ones, one or several.
    std::function<void(ClientId client, std::string_view frames)> send;
  };
  /// `spaces`: those of the project, by their places. Writes their versions into the shared state.
  StoreServer(Parts parts, std::vector<kv::NamespaceId> spaces);
  /// From now on somebody else may have the store: nothing that was said of it is known to be true.
  ~StoreServer();
  StoreServer(const StoreServer&) = delete;
  StoreServer& operator=(const StoreServer&) = delete;
  /// Namespaces that came to the project, at the places behind those that are there. The page has room for
  /// them.
  void add_spaces(const std::vector<kv::NamespaceId>& spaces);

  /// Above it a client's frames are to be left in its socket.
  static constexpr std::size_t kMostPending = 4096;

  enum class ClientKind {
    kServing,  ///< the namespaces of the project, by their places
    kPerson,   ///< all there are, by their names
  };
  /// A serving process is told the epoch.
  void add_client(ClientId client, ClientKind kind = ClientKind::kServing);
  void remove_client(ClientId client);
  enum class Verdict { kGood, kBroken };
  /// kBroken: what no version of this program sends; the client is to be removed.
  [[nodiscard]] Verdict take(ClientId client, const Frame& frame);
  [[nodiscard]] std::size_t serving_clients() const noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(
        clients_, [](const auto& client) { return client.second.kind == ClientKind::kServing; }));
  }
  /// Whether no serving process is left; people wait for those.
  [[nodiscard]] bool is_unused() const noexcept { return serving_clients() == 0; }
  /// Operations of the client that have not been answered.
  [[nodiscard]] std::size_t pending(ClientId client) const;

  /// Has the store go on, until all that followed from its answers is under way too. To be called when frames
  /// were taken, and when the store says.
  void poll();

  /// Takes turns from those who had them for too long.
  void sweep();
  /// When sweep() has something to do; max(): that depends on others.
  [[nodiscard]] base::Instant next_sweep() const;

 private:
  /// A change of a namespace as a whole, from its first map to its last word.
  struct Change {
    enum class State { kWaiting, kHasMap, kCommitting };
    std::uint16_t space = 0;
    base::Duration time{};
    State state = State::kWaiting;
    TurnQueue::InRow in_row = TurnQueue::InRow::kNo;
    /// In a row behind another, from whose map it goes on; 0: it is not.
    std::uint64_t row = 0;
    std::optional<kv::Request> held{};  ///< its commit, which waits for the one of the change before it
  };
  /// The changes of one client that have the turn of a namespace one after the other.
  struct Row {
    std::uint64_t number = 0;  ///< 0: none, or what would have followed must not
    kv::Version version = 0;   ///< of the map, and then of what those before have made of it
  };
  /// A namespace whose records are being shared, in the order of their keys.
  struct Unshared {
    std::uint16_t space = 0;
    std::string after{};    ///< those up to this key are
    unsigned attempts = 0;  ///< in vain, for this page
  };
  struct Client {
    ClientKind kind = ClientKind::kServing;
    std::size_t pending = 0;
    std::unordered_map<std::uint32_t, Change> changes;
  };

  [[nodiscard]] Verdict take_of_person(ClientId id, const Frame& frame);
  [[nodiscard]] std::expected<std::uint16_t, kv::Failure> open(std::string_view name);
  void publish_versions(std::size_t first);
  void publish(kv::NamespaceId id, std::string_view key, const kv::RecordPtr& record);
  void publish_read(std::uint16_t space, std::string_view key, const kv::Outcome& outcome);
  void publish_next_page();
  void take_page(const kv::Outcome& outcome);
  [[nodiscard]] Verdict take_request(ClientId id, Client& client, const Frame& frame);
  [[nodiscard]] Verdict take_begin(ClientId id, Client& client, const Frame& frame);
  [[nodiscard]] Verdict take_commit(ClientId id, Client& client, const Frame& frame);
  void take_end(ClientId id, Client& client, const Frame& frame);
  void submit(kv::NamespaceId space, kv::Request request, kv::Handlers handlers);
  void submit_commit(const Asker& asker, std::uint16_t space, kv::Request request);
  [[nodiscard]] bool goes_on(const Change& change) const noexcept;
  void make_row(const Asker& first, std::uint16_t space);
  void end_row(std::uint16_t space, const std::vector<Asker>& members);
  void submit_held(std::uint16_t space);
  void leave(const Asker& asker, std::uint16_t space);
  void wait_after_conflict(const Asker& asker, Change& change);
  void read_map(const Asker& asker, std::uint16_t space, kv::Visibility visibility, std::uint64_t row = 0);
  void give_up_turn(const Asker& asker, std::uint16_t space, bool has_row);
  void on_committed(const Asker& asker, std::uint16_t space, const kv::Outcome& outcome);
  void answer(const Asker& asker, std::uint16_t space, FrameKind kind, const kv::Outcome& outcome);
  void wait_for_turn(const Asker& asker, const Change& change);
  void give_turns(std::uint16_t space);
  [[nodiscard]] Change* find(const Asker& asker);

  Parts parts_;
  std::vector<kv::NamespaceId> spaces_;                    ///< those of the project, by their places
  std::unordered_map<std::uint32_t, std::size_t> places_;  ///< of these
  std::vector<kv::NamespaceId> people_spaces_;             ///< that people opened, by the places they know
  std::vector<TurnQueue> queues_;                          ///< by the places of the project's namespaces
  std::vector<Row> rows_;                                  ///< so too
  std::uint64_t last_row_ = 0;
  std::unordered_map<ClientId, Client> clients_;
  std::deque<Unshared> unshared_;
  std::size_t shared_bytes_ = 0;  ///< of namespaces that are or were unshared
  bool is_reading_page_ = false;
  bool has_submitted_ = false;  ///< since the store was polled
};

}  // namespace wws::store
