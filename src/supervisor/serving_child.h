// A process of a role that lasts, as the supervisor sees it: while it lives, and how it ended.
#pragma once

#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/log_ring.h"
#include "base/result.h"
#include "metrics/pool.h"
#include "runtime/child_process.h"
#include "runtime/process_status.h"
#include "runtime/role.h"
#include "supervisor/async_channel.h"
#include "supervisor/heartbeat.h"
#include "supervisor/timing.h"
#include "supervisor/watch.h"
#include "trace/ring.h"

namespace wws::supervisor {

/// How such a process ended, and what is known about it.
struct Death {
  enum class By {
    kItself,      ///< or somebody who is not of us
    kStanding,    ///< the supervisor, since its loop stood still
    kSupervisor,  ///< for another reason
  };

  pid_t pid = -1;
  int status = 0;  ///< as waitpid has it
  By by = By::kItself;
  std::string reason;                   ///< the supervisor's
  std::string last_words;               ///< what it said about its failure, if anything
  std::optional<std::uint32_t> module;  ///< whose guest ran; what the process itself noted
};

/// For the log.
[[nodiscard]] std::string describe(const Death& death);

/// One process that serves, or does something for those that do. All that it writes is hostile input; nothing
/// it does or leaves undone holds the supervisor up. It is killed when it breaks the rules of the channel,
/// stays after the channel's end, stands still, does not read, or does not come to its work. Destroying it
/// kills it. One thread.
class ServingChild : public std::enable_shared_from_this<ServingChild> {
 public:
  struct Parts {
    const runtime::Role& role;
    runtime::ChildProcess process;
    base::File socket;              ///< our end of its channel
    runtime::ProcessStatus status;  ///< what it was given
    std::uint32_t modules = 0;      ///< how many there are
  };
  struct Handlers {
    /// It serves; the text is for the log. Called once.
    std::function<void(std::string_view text)> ready;
    /// Its link to the service of this name has broken.
    std::function<void(std::string_view service)> link_lost;
    /// It is gone. Called once, last; the child may be destroyed there.
    std::function<void(const Death&)> ended;
    /// The admin child asks; the text is the answer. None: children that ask break the rules.
    std::function<std::string(std::string_view question)> asked = {};
  };

  /// Starts this executable in a role that serves, with `listeners`, from descriptor kFirstListener
  /// on. `policy` is hardening::to_argument's.
  [[nodiscard]] static Result<Parts> start(const runtime::Role& role, const std::string& policy,
                                           const std::vector<base::File>& listeners, std::uint32_t modules);

  /// Call begin() next.
  ServingChild(boost::asio::io_context& context, Parts parts, const Timing& timing, Handlers handlers);

  /// Watches it from now on. kIo: that cannot be done.
  [[nodiscard]] Result<void> begin();

  /// Queues a message. One that cannot be queued is the child's end.
  void send(MessageType type, std::string_view payload, const std::vector<int>& descriptors = {});
  /// Gives it a socket to a service, in place of one that broke.
  void send_link(std::string_view service, int socket);
  /// Sends what it is to do (routes and configuration as kSite, a service as kService), which it answers when
  /// it does it. Again, while it serves: another site in place of that one, which it keeps, with a line in
  /// the log, if it cannot have the other.
  void send_orders(MessageType type, std::string_view orders);

  /// A service goes on with other orders, if it can have them; an error says why not, and it keeps those that
  /// it has. `done` is not called if it dies before it answers.
  using Done = std::function<void(const Result<void>& changed)>;
  void change_orders(std::string_view orders, Done done);
  /// The admin child accepts no more; `done` as above.
  void stop_accepting(Done done);

  /// Where it counts. Kept for as long as it lives.
  void give_block(std::unique_ptr<metrics::Pool::Lease> lease);
  /// Where it notes spans, and for how many traces. Kept likewise.
  void give_ring(std::shared_ptr<trace::Ring> ring, std::string_view ratio);

  /// Where its log is kept too. Kept for as long as it lives.
  void give_log(std::unique_ptr<base::LogRing> log);
  /// Null: nowhere.
  [[nodiscard]] const base::LogRing* log() const noexcept { return log_.get(); }

  /// How many modules there are by now.
  void set_modules(std::uint32_t modules) noexcept { modules_ = modules; }

  /// One look at its status, to be taken each Timing::look_period.
  void look();
  /// Kills it for this reason.
  void end(std::string reason, Death::By by = Death::By::kSupervisor);
  /// Kills it as part of a stop.
  void end_at_once() const noexcept { process_.signal(SIGKILL); }

  [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }
  [[nodiscard]] bool is_ready() const noexcept { return is_ready_; }

 private:
  void ask(MessageType type, std::string_view payload, Done done);
  void must_be_sent(const Result<void>& sent);
  [[nodiscard]] Result<void> on_message(Message message);
  [[nodiscard]] Result<void> on_orders_answer(const Message& message);
  void watch_end();
  void on_end();
  [[nodiscard]] bool is_traced() const;

  const runtime::Role& role_;
  std::unique_ptr<metrics::Pool::Lease> lease_;  ///< goes after the process
  std::shared_ptr<trace::Ring> ring_;            ///< the same
  std::unique_ptr<base::LogRing> log_;
  runtime::ChildProcess process_;
  runtime::ProcessStatus status_;
  std::uint32_t modules_;
  Timing timing_;
  Handlers handlers_;
  Watch end_;
  AsyncChannel channel_;
  Heartbeat loop_;
  Heartbeat reader_;
  unsigned looks_ = 0;
  bool has_channel_ = true;
  unsigned looks_without_channel_ = 0;
  bool is_ready_ = false;
  std::set<std::string, std::less<>> links_;  ///< to these services, that it may lose
  unsigned links_lost_ = 0;
  Death::By by_ = Death::By::kItself;
  std::string reason_;
  std::string last_words_;
};

}  // namespace wws::supervisor
