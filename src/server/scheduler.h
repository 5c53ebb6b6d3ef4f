// Runs the guests of a serving process.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "metrics/block.h"
#include "runtime/invocation.h"
#include "runtime/process_status.h"
#include "server/asio.h"
#include "server/limits.h"
#include "server/turns.h"
#include "wasm/epoch_timer.h"

namespace wws::server {

/// Runs the guests of a serving process on the thread of its event loop (docs/architecture.md).
///
/// A new guest gets its first slice at once: most end in it. One that is not done takes turns with the
/// others: the loop serves ready input and output first, then one slice of one guest. A guest that waits
/// is out of the turn until it is woken. A request for which there is no instance, whose worker is crowded
/// or has its share of the instances, or whose module is still compiled waits for its first slice; one that
/// would wait too long is refused at once. Memory of guests that ended is reset in reap(), after their
/// answers are on the way. One thread; the parts given to it outlive it.
class Scheduler final : public abi::Completions {
 public:
  using Id = std::uint64_t;
  /// For a guest to end after its client is gone.
  static constexpr base::Duration kGraceTime = std::chrono::seconds(1);

  /// Who takes what comes of an invocation that did not end in its first slice.
  struct Taker {
    /// Its outcome.
    std::function<void(Result<http::Response>)> done;
    /// It has had a slice and goes on: exchange() may want more of the request's body, or have output.
    std::function<void()> progress;
  };

  struct Parts {
    const wasm::Engine& engine;
    wasm::EpochTimer* timer;  ///< null where nothing ticks, as in tests
    const base::Clock& clock;
    int wake_fd;                     ///< the engine's
    runtime::ProcessStatus* status;  ///< told whose guest runs; may be null
    metrics::Recorder metrics{};
  };
  Scheduler(asio::io_context& context, const Parts& parts, const ServerLimits& limits);

  /// An id for the next invocation.
  [[nodiscard]] Id next_id() noexcept { return ++last_id_; }

  /// Whether a request for this worker would be refused now, and why: more wait for it, or in all, than are
  /// answered in time. Asked before anything is made for the request.
  [[nodiscard]] std::optional<Error> refuses(const runtime::Worker& worker) const;

  /// Whether the worker takes the body of a request while it arrives.
  [[nodiscard]] bool takes_stream(const runtime::Worker& worker) const;

  /// Runs the first slice, or puts it off. Returns the outcome if there is one already: the guest ended in
  /// its first slice, or could not begin. Else the scheduler goes on with it:
  /// call attach() next. It is counted in `slot`.
  [[nodiscard]] std::optional<Result<http::Response>> start(Id id,
                                                            std::unique_ptr<runtime::Invocation> invocation,
                                                            metrics::RouteSlot slot = metrics::kOtherSlot);
  /// Who takes what comes of a started invocation. `done` is called once, unless it is abandoned.
  void attach(Id id, Taker taker);

  /// The bodies on their way of a guest that has begun, where its ABI has such; else null. Valid until
  /// something else is called here.
  [[nodiscard]] abi::NativeExchange* exchange(Id id);
  /// What the guest waits for may be there now: bytes of the body, or room for the answer's.
  void resume(Id id) { make_runnable(id); }
  /// Something that an invocation asked a service for is there.
  void complete(const abi::Ticket& ticket, std::unique_ptr<abi::OperationResult> result) override;
  void wake(std::uint64_t invocation) override { make_runnable(invocation); }
  /// Ends an invocation wherever it is; its taker is not called any more. An id that is gone is ignored.
  void cancel(Id id);
  /// The client is gone; the taker is not called any more. A guest that can be told so is, and gets
  /// kGraceTime to end; others end where they are. `request` is what the guest may look at meanwhile.
  /// An id that is gone is ignored.
  void abandon(Id id, std::shared_ptr<void> request);

  [[nodiscard]] bool has_runnable() const noexcept { return turns_.has_next(has_free_instance()); }
  /// One slice of the guest whose turn it is.
  void run_one();
  /// Whether guests that use much time are among those that take turns: a slice may be long.
  [[nodiscard]] bool has_long() const noexcept { return turns_.has_long(); }
  /// Gives back the memory of guests that ended.
  void reap() noexcept { ended_.clear(); }
  /// Makes guests runnable whose time has come. A timer calls it.
  void wake_sleepers();
  /// Modules have become ready, or cannot be had: what waits for them goes on.
  void on_modules_changed();
  /// Answers those that wait too long for an instance, and ends the abandoned whose time is over. Called
  /// about once a second.
  void sweep();

  /// Guests that live or wait for an instance.
  [[nodiscard]] std::size_t size() const noexcept { return live_.size(); }
  /// Of these, those that wait for their first slice.
  [[nodiscard]] std::size_t waiting() const noexcept { return turns_.waiting(); }

 private:
  /// Where a guest is counted, and since when it has run.
  struct Counted {
    metrics::RouteSlot slot = metrics::kOtherSlot;
    base::Instant began = base::Instant::max();  ///< not yet
  };

  struct Live {
    std::shared_ptr<void> request;  ///< abandoned: what the invocation may look at. It goes before this
    std::unique_ptr<runtime::Invocation> invocation;
    Taker taker;
    std::optional<base::Instant> sleeps_until;  ///< it is in sleeping_ with that time
    std::optional<base::Instant> ends_at;       ///< abandoned: its grace time is over then
    std::optional<base::Instant> queued_since;  ///< it waits, or did, for its first slice
    Counted counted{};
  };

  void put_off(Id id, std::unique_ptr<runtime::Invocation> invocation, Turns::Lane lane,
               metrics::RouteSlot slot);
  [[nodiscard]] base::Instant begins(const runtime::Invocation& invocation) const noexcept;
  void count_guest(const runtime::Invocation& invocation, const Counted& counted,
                   const Result<http::Response>* result) const noexcept;
  [[nodiscard]] wasm::Instance::State slice(runtime::Invocation& invocation);
  void park(Id id, Live& live, wasm::Instance::State state);
  void make_runnable(Id id);
  void end_abandoned(base::Instant now);
  void finish(Id id);
  void finish_with(Id id, Result<http::Response> result);
  [[nodiscard]] bool has_free_instance() const noexcept;
  [[nodiscard]] bool has_share_left(const runtime::Worker& worker) const noexcept;
  [[nodiscard]] bool has_to_wait(const runtime::Worker& worker) const noexcept;
  void count_instances(const runtime::Worker& worker);
  void set_alarm();
  void watch_woken();

  Parts parts_;
  const ServerLimits& limits_;
  Id last_id_ = 0;
  std::unordered_map<Id, Live> live_;  ///< all that were started and have not ended
  Turns turns_;
  std::set<std::pair<base::Instant, Id>> sleeping_;  ///< guests that wait
  std::size_t abandoned_ = 0;                        ///< of those that live
  asio::steady_timer alarm_;
  base::Instant alarm_at_ = base::Instant::max();
  asio::posix::stream_descriptor wake_;
  std::vector<std::unique_ptr<runtime::Invocation>> ended_;
};

}  // namespace wws::server
