// One request given to one worker: the life of a sandbox.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "abi/folders.h"
#include "abi/guest_context.h"
#include "abi/native_exchange.h"
#include "abi/operation.h"
#include "abi/services.h"
#include "abi/wws_json_input.h"
#include "abi/wws_json_output.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "http/request.h"
#include "http/response.h"
#include "router/route.h"
#include "runtime/commit.h"
#include "runtime/timing.h"
#include "runtime/worker.h"
#include "trace/tracer.h"
#include "wasm/guest.h"
#include "wasm/instance.h"

namespace wws::runtime {

/// A worker's run for one request, in slices: load its map of the store, prepare the guest's input, run the
/// guest, decode its answer, commit what came with it. After a conflict all of it is done again, from a fresh
/// instance on.
///
/// Whoever schedules it need not know what a slice is spent on. No slice but the guest's own is longer than
/// about a millisecond, whatever the client sent; a guest's is ended by the ticks of wasm::EpochTimer.
///
/// The request outlives it, as do its engine, `clock` and `random`. It keeps its worker.
/// Destroying it ends the guest. One thread.
class Invocation {
 public:
  /// Whether somebody wants to know how long instances take to start.
  enum class StartTime { kUnknown, kMeasured };

  struct Input {
    const http::Request& request;
    router::Parameters parameters;
    config::UrlForm url_form = config::UrlForm::kFull;
    std::uint64_t id = 0;  ///< names it among the woken
    /// Takes each line that the worker writes to standard error or to the log.
    std::function<void(log::Level level, std::string_view line)> on_log_line = {};
    const abi::Services* services = nullptr;   ///< what the worker may use; null: none
    std::unique_ptr<Commit> commit = nullptr;  ///< for a worker of `wws-json`; null: it has no store
    trace::RequestTrace* trace = nullptr;      ///< of the request, and outlives it likewise; null: no spans
    StartTime start_time = StartTime::kUnknown;
    std::shared_ptr<Timing> timing = nullptr;  ///< kept up to date; null: nobody wants to know
  };

  ~Invocation();
  Invocation(const Invocation&) = delete;
  Invocation& operator=(const Invocation&) = delete;

  /// Nothing runs yet. kConcurrencyLimit: as many requests of the worker run already.
  [[nodiscard]] static Result<std::unique_ptr<Invocation>> create(const base::Clock& clock,
                                                                  base::Random& random,
                                                                  std::shared_ptr<Worker> worker,
                                                                  Input input);

  [[nodiscard]] const Worker& worker() const noexcept { return *worker_; }
  /// The same, for who needs it for longer.
  [[nodiscard]] std::shared_ptr<const Worker> kept_worker() const noexcept { return worker_; }
  /// It has come to its end: its worker's requests and instances are counted without it. finish() does so
  /// too.
  void leave() noexcept;
  /// Whether the worker's module is there, or known not to be.
  [[nodiscard]] bool can_begin() const noexcept { return !worker_->module->is_pending(); }

  /// Runs one slice. An instance is taken in the first or a later one, and kept until the end. Once
  /// can_begin(). kDone: see finish().
  [[nodiscard]] wasm::Instance::State step(const wasm::Engine& engine);
  /// When it wants its next step, if it waits.
  [[nodiscard]] base::Instant wake_at() const noexcept {
    return phase_ == Phase::kLoading || phase_ == Phase::kCommitting ? store_until_ : guest_->wake_at();
  }
  /// Gives it what a service has done. True: somebody may wait for that, and a step is due. Tickets of what
  /// is not pending any more are ignored.
  bool complete(const abi::Ticket& ticket, std::unique_ptr<abi::OperationResult> result) {
    return operations_.complete(ticket, std::move(result));
  }

  /// Bodies on their way, of a guest of the native ABI that has begun; else null.
  [[nodiscard]] abi::NativeExchange* exchange() noexcept { return native_ ? &*native_ : nullptr; }

  /// Null: it has no spans.
  [[nodiscard]] trace::RequestTrace* trace() const noexcept { return input_.trace; }

  [[nodiscard]] base::Duration cpu_time() const noexcept { return guest_->cpu_time(); }
  /// As in Guest.
  [[nodiscard]] std::optional<base::Duration> start_time() const noexcept { return guest_->start_time(); }
  [[nodiscard]] std::size_t memory_peak() const noexcept { return guest_->memory_peak(); }

  /// After kDone: the worker's answer, or what is left of it (NativeExchange::take_rest); or why there is
  /// none, such as kBadModule: the worker's module cannot be used. Call once.
  [[nodiscard]] Result<http::Response> finish();

 private:
  Invocation(const base::Clock& clock, base::Random& random, std::shared_ptr<Worker> worker, Input input);

  enum class Phase { kNew, kLoading, kPreparing, kRunning, kCommitting, kDone };
  void make_guest();
  [[nodiscard]] wasm::Instance::State advance(const wasm::Engine& engine);
  [[nodiscard]] Result<Phase> begin(const wasm::Engine& engine);
  [[nodiscard]] Result<Phase> load(const wasm::Engine& engine);
  [[nodiscard]] Result<Phase> prepare(const wasm::Engine& engine);
  void give_request();
  [[nodiscard]] wasm::Instance::State run();
  [[nodiscard]] std::span<const std::pair<std::string, std::string>> map() const;
  [[nodiscard]] bool has_commit() const noexcept { return input_.commit && abi_ == Abi::kWwsJson; }
  [[nodiscard]] Result<Commit::State> in_time(Result<Commit::State> state) const;
  [[nodiscard]] wasm::Instance::State commit();
  void fail_with(Error error);

  const base::Clock& clock_;
  base::Random& random_;
  std::shared_ptr<Worker> worker_;
  Input input_;
  bool counted_ = true;                   ///< among the worker's running requests
  bool has_begun_ = false;                ///< counted among the worker's instances
  Abi abi_ = Abi::kWwsJson;               ///< known when it begins
  std::vector<std::string> environment_;  ///< of a CGI worker
  std::vector<std::string> arguments_;    ///< of a CGI worker
  Phase phase_ = Phase::kNew;
  std::optional<Error> failure_;           ///< why there is no answer, if that is not the guest's
  std::optional<abi::JsonAnswer> answer_;  ///< that is committed, or was
  base::Instant store_until_{};            ///< loading or committing
  abi::Operations operations_;
  std::optional<abi::GuestContext> context_;
  std::optional<abi::JsonInput> json_;         ///< of `wws-json`
  std::optional<abi::NativeExchange> native_;  ///< of the native ABI
  std::optional<abi::GuestFiles> files_;       ///< of a worker with mounted folders
  std::optional<wasm::Guest> guest_;
  std::optional<wasm::Instance> instance_;
};

}  // namespace wws::runtime
