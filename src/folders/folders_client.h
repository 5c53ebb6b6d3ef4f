// Mounted folders as a serving process has them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "abi/folders.h"
#include "abi/operation.h"
#include "base/file.h"
#include "link/link.h"

namespace wws::folders {

/// Asks the folders child for guests.
///
/// What guests have open is with the child that they called first: when the link to it breaks, calls under
/// way, and all later ones of these guests, fail with EIO. Guests that begin later use the next link, which
/// may come before that, to a child with other folders. One thread. The context and the completions are used
/// until disconnect().
class FoldersClient final : public abi::Folders {
 public:
  FoldersClient(boost::asio::io_context& context, abi::Completions& completions) noexcept
      : context_(context), completions_(completions) {}

  /// The link to the folders child for guests that begin from now on.
  void connect(base::File socket);
  /// Ends the link, before its context goes.
  void disconnect();
  /// Called when the link for new guests has broken: somebody has to make another one.
  void set_on_lost(std::function<void()> on_lost) { on_lost_ = std::move(on_lost); }

  void submit(std::uint16_t mounts, const wasm::FileCall& call, const abi::Ticket& ticket,
              abi::Operations& operations) override;
  void end_guest(std::uint64_t invocation) noexcept override;
  void cancel(const abi::Ticket& ticket) noexcept override;

  /// Bytes for the folders child above which nothing is asked any more.
  static constexpr std::size_t kMostQueued = std::size_t{64} << 20;

 private:
  /// One that has called.
  struct Guest {
    link::LinkPtr link{};       ///< to whom; null: to nobody
    std::uint32_t pending = 0;  ///< the id of its call under way; 0: none is
    abi::Ticket ticket{};       ///< of that
  };
  [[nodiscard]] bool take(link::Link& link, const link::Frame& frame);
  void on_ended(link::Link& link);
  void fail_calls(const link::Link* link);

  boost::asio::io_context& context_;
  abi::Completions& completions_;
  link::LinkPtr link_;  ///< for guests that begin; null: it broke
  std::function<void()> on_lost_;
  std::uint32_t last_id_ = 0;
  std::unordered_map<std::uint64_t, Guest> guests_;
  std::unordered_map<std::uint32_t, std::uint64_t> calls_;  ///< whose they are, by their ids
};

}  // namespace wws::folders
