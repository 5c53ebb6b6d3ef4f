// The folders child's side of all links.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "folders/frame_kind.h"
#include "folders/mounts.h"
#include "folders/open_files.h"
#include "folders/thread_pool.h"
#include "link/frame.h"

namespace wws::folders {

/// Makes the calls of guests, each in one of the pool's threads: those of one guest one after another, those
/// of several at once. A guest reaches the mounts of the worker that its first call names, whatever it says
/// later; what a client says is checked, for it may be hostile. One thread.
class FoldersServer {
 public:
  using ClientId = std::uint32_t;
  enum class Verdict { kGood, kBroken };

  struct Limits {
    OpenLimits open;
    std::size_t guests_per_client = 10'000;
    /// Of a client's calls that are not answered yet, above which it is busy.
    std::size_t calls = 256;
    std::size_t bytes = std::size_t{16} << 20;
  };

  struct Parts {
    std::unique_ptr<ThreadPool> pool;
    /// Sends frames to a client.
    std::function<void(ClientId client, std::string_view frames)> send;
    /// Something was done: poll() soon. Any thread.
    std::function<void()> notify;
  };

  /// `mounts`: of the workers that have some, by their places.
  FoldersServer(Parts parts, std::vector<Mounts> mounts, const Limits& limits);
  ~FoldersServer();
  FoldersServer(const FoldersServer&) = delete;
  FoldersServer& operator=(const FoldersServer&) = delete;

  void add_client(ClientId client) { clients_[client]; }
  /// Its guests are no more. What they have open is closed when their calls under way are done.
  void remove_client(ClientId client);
  /// kBroken: it breaks the rules, and is to be removed.
  [[nodiscard]] Verdict take(ClientId client, const link::Frame& frame);
  /// Sends what was done.
  void poll();

  /// Whether so much of the client waits that nothing more is read from it.
  [[nodiscard]] bool is_busy(ClientId client) const;
  /// Whether no client is left.
  [[nodiscard]] bool is_unused() const noexcept { return clients_.empty(); }
  /// Calls under way.
  [[nodiscard]] std::size_t pending() const noexcept { return pending_; }
  /// Of all clients.
  [[nodiscard]] std::size_t guests() const noexcept;

 private:
  struct Guest;
  struct Client {
    std::unordered_map<GuestId, std::shared_ptr<Guest>> guests;
    std::size_t calls = 0;
    std::size_t bytes = 0;
  };
  struct Done {
    ClientId client = 0;
    std::shared_ptr<Guest> guest;
    std::uint32_t id = 0;
    std::uint16_t subject = 0;
    std::size_t bytes = 0;
    wasm::FileAnswer answer;
  };
  [[nodiscard]] Verdict begin(ClientId client, const link::Frame& frame);
  void end(std::shared_ptr<Guest> guest);

  std::function<void(ClientId, std::string_view)> send_;
  std::function<void()> notify_;
  std::vector<Mounts> mounts_;
  Limits limits_;
  std::atomic<std::size_t> open_{0};
  std::unordered_map<ClientId, Client> clients_;
  std::size_t pending_ = 0;
  std::mutex mutex_;
  std::vector<Done> done_;            ///< under the mutex
  std::unique_ptr<ThreadPool> pool_;  ///< goes first: its threads use the others
};

}  // namespace wws::folders
