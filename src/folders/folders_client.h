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
#include "link/frame_socket.h"

namespace wws::folders {

/// Asks the folders child for guests.
///
/// When the link breaks, what guests have open is gone: calls under way, and all later ones of guests that
/// called before, fail with EIO. Guests that begin later use the next link. One thread. The context and the
/// completions are used until disconnect().
class FoldersClient final : public abi::Folders {
 public:
  FoldersClient(boost::asio::io_context& context, abi::Completions& completions) noexcept
      : context_(context), completions_(completions) {}

  /// A link to a folders child, in place of one that broke.
  void connect(base::File socket);
  /// Ends the link, before its context goes.
  void disconnect() { on_ended(); }
  /// Called when a link has broken: somebody has to make another one.
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
    std::uint64_t link = 0;     ///< to whom
    std::uint32_t pending = 0;  ///< the id of its call under way; 0: none is
    abi::Ticket ticket{};       ///< of that
  };
  [[nodiscard]] bool take(const link::Frame& frame);
  void on_ended();

  boost::asio::io_context& context_;
  abi::Completions& completions_;
  std::unique_ptr<link::FrameSocket> socket_;
  std::function<void()> on_lost_;
  std::uint64_t link_ = 0;  ///< counts the links
  std::uint32_t last_id_ = 0;
  std::unordered_map<std::uint64_t, Guest> guests_;
  std::unordered_map<std::uint32_t, std::uint64_t> calls_;  ///< whose they are, by their ids
};

}  // namespace wws::folders
