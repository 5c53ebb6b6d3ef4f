// The server that takes this one's place.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "runtime/child_process.h"
#include "runtime/self_process.h"
#include "supervisor/admin_socket.h"
#include "supervisor/async_channel.h"
#include "supervisor/watch.h"

namespace wws::supervisor {

/// Another server, of the program that is there now, as its predecessor sees it (docs/restart.md): started
/// with the listening sockets and a channel, it prepares itself beside the one that serves, and serves when
/// it is told to. What it writes is held to limits; nothing waits for it. Destroying it before it has taken
/// over kills it, and its children leave with it. One thread.
class Successor {
 public:
  /// Whether it serves at the place of this server's admin interface too.
  enum class AdminPlaceIs { kLeft, kTaken };

  struct Handlers {
    /// It could serve now. The text has the files of workers that it cannot run, a line each; and
    /// kWantsCounts, if it does.
    std::function<void(std::string_view failing)> prepared;
    /// It serves.
    std::function<void(AdminPlaceIs admin)> took_over;
    /// It will not serve; the text says why. Nothing else is called after this.
    std::function<void(std::string why)> failed;
  };

  /// The environment variable by which it learns what it is: how many listening sockets it is given.
  static constexpr const char* kVariable = "WWS_TAKE_OVER";
  /// The one that says of further sockets how many they are and, after a space, that they are those of the
  /// admin interface at this place.
  static constexpr const char* kAdminVariable = "WWS_TAKE_OVER_ADMIN";
  /// Its descriptors: the channel, behind it the sockets, behind these those of the admin interface.
  static constexpr int kChannel = 3;

  /// `admin`: null where there is no admin interface. kIo: the program cannot be started.
  [[nodiscard]] static Result<std::unique_ptr<Successor>> start(boost::asio::io_context& context,
                                                                runtime::Program program,
                                                                const std::vector<base::File>& listeners,
                                                                const AdminSockets* admin, Handlers handlers);

  Successor(boost::asio::io_context& context, runtime::ChildProcess process, base::File channel,
            Handlers handlers);

  /// What was counted, and memory in which it is: nothing, unless it wants to know. In this order, before it
  /// is to serve, and again when either is not the same any more.
  void tell_counted(std::string_view text);
  void tell_block(const base::File& readable);
  [[nodiscard]] bool wants_counts() const noexcept { return wants_counts_; }
  /// Says that no other admin child accepts any more; if it wants to know.
  void tell_admin_free();

  /// Has it serve, and be told to drain if this server was.
  enum class Draining : std::uint8_t { kNo, kYes };
  void take_over(Draining draining);
  /// Says that the service manager knows who it is.
  void tell_known();
  /// Says that nobody has the store any more.
  void tell_store_free();

  [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }

 private:
  void watch_end();
  void fail_once(std::string why);
  [[nodiscard]] Result<void> on_message(const Message& message);

  Handlers handlers_;
  runtime::ChildProcess process_;
  Watch end_;
  AsyncChannel channel_;
  bool wants_counts_ = false;
  bool is_over_ = false;              ///< it serves, or never will
  std::shared_ptr<Successor*> self_;  ///< handlers that wait hold it weakly
};

}  // namespace wws::supervisor
