// The server whose place this one takes.
#pragma once

#include <boost/asio/io_context.hpp>
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
    /// This server is to serve; answered by took_over().
    std::function<void()> take_over;
    /// The service manager takes this server for the service from now on.
    std::function<void()> known;
    /// Nobody has the store any more. Called once, also when the other is gone.
    std::function<void()> store_free;
    /// It is gone, or wants no successor any more, before this server was to serve.
    std::function<void()> gone;
  };
  Predecessor(boost::asio::io_context& context, base::File channel, Handlers handlers);

  /// This server could serve now, but for the workers in these files (a line each).
  void tell_prepared(std::string_view failing);
  /// It serves; at the place of the other's admin interface too, or not.
  void tell_took_over(Successor::AdminPlaceIs admin);

 private:
  [[nodiscard]] Result<void> obey(Message message);
  void on_ended();

  Handlers handlers_;
  Message question_;
  bool has_taken_over_ = false;
  bool is_store_free_ = false;
  AsyncChannel channel_;
};

}  // namespace wws::supervisor
