// The egress child's answers to serving processes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "egress/transfer.h"
#include "fetch/grant.h"
#include "link/frame.h"

namespace wws::egress {

/// Makes the requests of workers and gives their answers back. Knows nothing of sockets.
///
/// What a client sends may be hostile: it is held to the format, to the grants of the project, to its
/// windows, to a number of requests at once and to the bytes it has waiting here, and nothing it does changes
/// what others are answered. One thread; the parts outlive it.
class EgressServer {
 public:
  using ClientId = std::uint32_t;

  struct Parts {
    TransferParts transfers;
    /// Takes frames for a client: whole ones, one or several.
    std::function<void(ClientId client, std::string_view frames)> send;
    /// Bytes for the client that its socket has not taken.
    std::function<std::size_t(ClientId client)> queued;
  };
  /// `grants`: those of the project, by their places.
  EgressServer(Parts parts, std::vector<fetch::Grant> grants);
  EgressServer(const EgressServer&) = delete;
  EgressServer& operator=(const EgressServer&) = delete;
  ~EgressServer();

  /// Requests of one client at once; what is more fails.
  static constexpr std::size_t kMostTransfers = 2048;
  /// Bytes of whole bodies that one client may have here.
  static constexpr std::size_t kMostWholeBytes = std::size_t{128} << 20;
  /// Bytes that may wait for a client to read them, before its answers are left with those who send them.
  static constexpr std::size_t kMostQueued = std::size_t{8} << 20;

  void add_client(ClientId client);
  /// Its requests end with it.
  void remove_client(ClientId client);
  enum class Verdict { kGood, kBroken };
  /// kBroken: what no version of this program sends; the client is to be removed.
  [[nodiscard]] Verdict take(ClientId client, const link::Frame& frame);

  /// Does what is due; returns when it wants to be called again at the latest.
  base::Instant poll();
  [[nodiscard]] bool is_idle() const noexcept { return transfers_ == 0; }
  /// Whether no client is left.
  [[nodiscard]] bool is_unused() const noexcept { return clients_.empty(); }

 private:
  class Exchange;
  struct Client {
    std::unordered_map<std::uint32_t, std::unique_ptr<Exchange>> exchanges;
    std::size_t whole_bytes = 0;
  };
  using Deadlines = std::set<std::pair<base::Instant, Exchange*>>;

  [[nodiscard]] Verdict take_start(ClientId id, Client& client, const link::Frame& frame);
  [[nodiscard]] static Verdict take_read(Exchange& exchange, const link::Frame& frame);
  void refuse(ClientId client, std::uint32_t id, const fetch::Refusal& refusal);
  void erase(ClientId client, std::uint32_t id);
  void feed_starved();

  Parts parts_;
  std::vector<fetch::Grant> grants_;
  std::unordered_map<ClientId, Client> clients_;
  std::size_t transfers_ = 0;
  Deadlines deadlines_;
  std::string frames_;           ///< kept for its memory
  std::set<Exchange*> starved_;  ///< that wait for their client to read anything at all
};

}  // namespace wws::egress
