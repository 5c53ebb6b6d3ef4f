// The admin child's way to the key-value store.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/keys.h"
#include "base/file.h"
#include "kv/operation.h"
#include "link/frame_socket.h"
#include "supervisor/service_child.h"

namespace wws::supervisor {

/// Asks the store child by a socket, as `wws kv` of a person does: each namespace is opened by its name when
/// it is wanted first. One that is not there is not made. What is written keeps the metadata that the key
/// has: before it is written the key is read. One thread.
class LinkedStore final : public admin::Keys {
 public:
  /// Questions on their way; more are refused.
  static constexpr std::size_t kMostAsked = 64;

  /// `lost` is called when the socket has broken, and another one is needed.
  LinkedStore(boost::asio::io_context& context, std::function<void()> lost)
      : context_(context), lost_(std::move(lost)) {}

  /// From now on by this socket. What was asked by the one before is answered by that, whose end is an error.
  void connect(base::File socket);
  /// Closes sockets that are not used any more. Before each sleep of the loop.
  void close_unused();
  /// Another server is to have the store: nothing is asked any more when what was asked is answered.
  void leave() noexcept { is_leaving_ = true; }
  [[nodiscard]] bool ask(admin::KeysRequest request, Taker taker) override;

 private:
  struct Asked {
    admin::KeysRequest request;
    Taker taker;
    std::optional<std::string> metadata{};  ///< that the key has, as far as it was read
  };

  /// A socket to one store child, and what it was asked.
  struct Line {
    std::unique_ptr<link::FrameSocket> socket{};  ///< null: it has broken
    std::map<std::uint32_t, Asked> asked{};
    std::map<std::string, std::uint16_t, std::less<>> spaces{};  ///< that it has opened
  };

  template <class Write>
  static void send(Line& line, std::uint32_t id, std::uint16_t kind, std::uint16_t space, Write&& write);
  static bool on_frame(Line& line, const link::Frame& frame);
  static bool on_names(Line& line, std::uint32_t id, std::string_view payload);
  static bool on_opened(Line& line, std::uint32_t id, std::uint16_t space, std::string_view payload);
  static void send_request(Line& line, std::uint32_t id, std::uint16_t space);
  static bool on_outcome(Line& line, std::uint32_t id, std::uint16_t space, kv::Outcome outcome);
  static void finish(Line& line, std::uint32_t id, admin::KeysReply reply);
  void on_ended(Line& line);

  boost::asio::io_context& context_;
  std::function<void()> lost_;
  std::unique_ptr<Line> line_;                 ///< null, or broken: there is no store
  std::vector<std::unique_ptr<Line>> before_;  ///< to children whose place others have taken
  std::uint32_t last_id_ = 0;
  bool is_leaving_ = false;
};

}  // namespace wws::supervisor
