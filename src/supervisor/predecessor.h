// The server whose place this one takes.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "supervisor/admin_socket.h"
#include "supervisor/async_channel.h"
#include "supervisor/channel.h"
#include "supervisor/successor.h"

namespace wws::supervisor {

/// What a successor is given (successor.h).
struct Inheritance {
  base::File channel;
  std::vector<base::File> listeners;
  std::optional<PassedAdmin> admin;  ///< none: that server has no admin interface

  /// As the environment says, which does not say so any more. std::nullopt: this server is nobody's
  /// successor, and no descriptor is touched. kBadUsage: the variable makes no sense. One thread.
  [[nodiscard]] static Result<std::optional<Inheritance>> take_from_environment();
};

/// A server that serves while this one prepares itself, as its successor sees it (docs/restart.md). One
/// thread.
class Predecessor {
 public:
  struct Handlers {
    /// This server is to serve; answered by took_over(). The other was told to drain, and so is this one.
    std::function<void(Successor::Draining)> take_over;
    /// The service manager takes this server for the service from now on.
    std::function<void()> known;
    /// What it counted, in the form of CountedMessage; and a block of its counts. Both before `take_over`,
    /// and then at any time.
    std::function<void(std::string_view text)> counted;
    std::function<void(base::File memory)> block;
    /// Its admin child accepts no more. Called once, also when it is gone, after `take_over`.
    std::function<void()> admin_free;
    /// Nobody has the store any more. Called once, also when the other is gone.
    std::function<void()> store_free;
    /// It is gone, or wants no successor any more, before this server was to serve.
    std::function<void()> gone;
    /// It is gone after it was told that this server serves: the last that is called.
    std::function<void()> ended;
  };
  Predecessor(boost::asio::io_context& context, base::File channel, Handlers handlers);

  /// This server could serve now, but for the workers in these files (a line each). It may want to know what
  /// the other counted.
  enum class Counts : std::uint8_t { kNotWanted, kWanted };
  void tell_prepared(std::string_view failing, Counts counts);
  /// It serves; at the place of the other's admin interface too, or not.
  void tell_took_over(Successor::AdminPlaceIs admin);

  [[nodiscard]] bool is_gone() const noexcept { return is_gone_; }

 private:
  [[nodiscard]] Result<void> obey(Message message);
  void on_ended();

  Handlers handlers_;
  Message question_;
  bool has_taken_over_ = false;
  bool is_store_free_ = false;
  bool is_admin_free_ = false;
  bool is_gone_ = false;
  AsyncChannel channel_;
};

}  // namespace wws::supervisor
