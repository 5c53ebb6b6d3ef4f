// The admin child's way to the key-value store.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

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

  /// From now on by this socket. What was asked by the one before is answered with an error.
  void connect(base::File socket);
  [[nodiscard]] bool ask(admin::KeysRequest request, Taker taker) override;

 private:
  struct Asked {
    admin::KeysRequest request;
    Taker taker;
    std::optional<std::string> metadata{};  ///< that the key has, as far as it was read
  };

  template <class Write>
  void send(std::uint32_t id, std::uint16_t kind, std::uint16_t space, Write&& write);
  bool on_frame(const link::Frame& frame);
  bool on_names(std::uint32_t id, std::string_view payload);
  bool on_opened(std::uint32_t id, std::uint16_t space, std::string_view payload);
  void send_request(std::uint32_t id, std::uint16_t space);
  bool on_outcome(std::uint32_t id, std::uint16_t space, kv::Outcome outcome);
  void finish(std::uint32_t id, admin::KeysReply reply);
  void end_all();

  boost::asio::io_context& context_;
  std::function<void()> lost_;
  std::unique_ptr<link::FrameSocket> socket_;  ///< null: there is no store
  std::map<std::uint32_t, Asked> asked_;
  std::map<std::string, std::uint16_t, std::less<>> spaces_;  ///< that this socket has opened
  std::uint32_t last_id_ = 0;
};

}  // namespace wws::supervisor
