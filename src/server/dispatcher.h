// From a request to its answer: worker, file, or neither.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "abi/services.h"
#include "assets/public_folder.h"
#include "config/worker_config.h"
#include "http/request.h"
#include "http/response.h"
#include "metrics/block.h"
#include "router/route_table.h"
#include "runtime/commit.h"
#include "runtime/timing.h"
#include "runtime/worker.h"
#include "server/budget.h"
#include "server/event_streams.h"
#include "server/live.h"
#include "server/scheduler.h"
#include "trace/tracer.h"

namespace wws::server {

/// What a client is told with 408.
inline constexpr std::string_view kLateRequest = "the request took too long to arrive";

/// Whether answers to failed requests tell the cause.
enum class ErrorDetail { kHidden, kShown };

/// What a serving process serves. `workers[i]` belongs to `routes.routes()[i]`.
struct Site {
  std::string prefix;  ///< normalised (router/prefix.h)
  config::UrlForm url_form = config::UrlForm::kFull;
  router::RouteTable routes;
  std::vector<runtime::Worker> workers;
  assets::PublicFolder assets;
  std::optional<Live> live{};  ///< in development
  /// Where what a route does is counted; `slots[i]` belongs to `workers[i]`, where anything is counted.
  std::vector<metrics::RouteSlot> slots{};
};

/// Who takes an answer that was not there at once. Abandons its request before it goes.
class Responder {
 public:
  virtual ~Responder() = default;
  /// The whole answer; where part of it was taken from the native exchange already, the rest of its body.
  virtual void respond(http::Response response) = 0;
  /// The native exchange may want more of the request's body, or have part of the answer.
  virtual void progress() = 0;
  /// The guest failed. `response` says so, if no answer has begun; one that is complete stands.
  virtual void fail(http::Response response) = 0;
  /// Whether the guest has had what there is, and waits for its client to send or to read.
  [[nodiscard]] virtual bool is_waiting_for_client() const = 0;
};

/// What workers can use besides their request. One thread.
struct WorkerServices {
  abi::Services services;
  /// For a request of a worker that has a namespace in the key-value store, if there is one; else empty.
  std::function<std::unique_ptr<runtime::Commit>(const runtime::Worker& worker)> make_commit;
};

/// Where a request goes: the site that was there when it came, which it keeps to its end, and its route.
struct Destination {
  std::shared_ptr<Site> site;
  std::optional<router::Match> match;
  metrics::RouteSlot slot = metrics::kFilesSlot;  ///< where it is counted
  trace::RequestTrace* trace = nullptr;           ///< null: it has no spans
  std::shared_ptr<runtime::Timing> timing{};      ///< of a worker, in development; else null
};

/// Finds who answers a request (docs/routing.md): a worker with a static route, then a file in public/,
/// then a worker with parameters in its route, then public/404.html.
/// One thread; the parts given to it outlive it.
class Dispatcher {
 public:
  /// `answers`: what clients have not taken yet; when it is nearly spent workers get no more to do.
  Dispatcher(Site site, Scheduler& scheduler, const Budget& answers, const base::Clock& clock,
             base::Random& random, ErrorDetail detail, metrics::Recorder metrics = {});

  /// What requests that come from now on can use. It outlives the dispatcher.
  void set_services(const WorkerServices& services) noexcept { services_ = &services; }

  /// From now on requests go to this site. Those that came before keep theirs, which goes with the last one.
  void swap_site(Site site);

  [[nodiscard]] Destination route(const http::Request& request) const;
  /// Whether who answers takes the body of a request while it arrives, as `request.body_follows` says.
  [[nodiscard]] bool takes_stream(const Destination& destination) const;

  /// The answer, if it is there at once; else the id of a guest that works on it, and `later` gets the
  /// answer. `request` stays until then, or as long as abandon() is told.
  [[nodiscard]] std::variant<http::Response, Scheduler::Id> handle(const http::Request& request,
                                                                   Destination& destination,
                                                                   Responder& later);

  /// Whether the answer is the stream of events, which events() tells.
  [[nodiscard]] static bool asks_for_events(const http::Request& request, const Destination& destination);
  /// Whether it is for what the server has for itself in development.
  [[nodiscard]] static bool is_of_server(const http::Request& request, const Destination& destination);
  [[nodiscard]] EventStreams& events() noexcept { return events_; }
  void end_events() { events_.end_all(); }

  /// As in Scheduler.
  [[nodiscard]] abi::NativeExchange* exchange(Scheduler::Id id) { return scheduler_.exchange(id); }
  void cancel(Scheduler::Id id) { scheduler_.cancel(id); }
  void resume(Scheduler::Id id) { scheduler_.resume(id); }
  void abandon(Scheduler::Id id, std::shared_ptr<void> request) {
    scheduler_.abandon(id, std::move(request));
  }

 private:
  /// A request of a worker, to tell of what went wrong with it.
  struct Failed {
    const Site& site;
    const runtime::Worker& worker;
    const http::Request& request;
    bool wants_page;                     ///< it comes from a browser, in development
    std::shared_ptr<std::string> words;  ///< errors that the guest logged; null: nobody would see them
  };

  /// Lines of level error about it: that it failed for this reason, `note` behind that; and where it was.
  static void log_failure(const Error& error, const Failed& failed, std::string_view note = {});
  static void log_detail(std::string_view detail, const Failed& failed);
  [[nodiscard]] http::Response error_page(const Error& error, const Failed& failed) const;
  [[nodiscard]] std::variant<http::Response, Scheduler::Id> run_worker(const http::Request& request,
                                                                       Destination& destination,
                                                                       Responder& later);
  void on_done(Result<http::Response> result, const Failed& failed, Responder& later) const;
  [[nodiscard]] http::Response answer_or_error(Result<http::Response> result, const Failed& failed) const;
  [[nodiscard]] http::Response refuse(const Error& error, const Failed& failed);
  static void keep_report(const Error& error, const Failed& failed);

  std::shared_ptr<Site> site_;
  Scheduler& scheduler_;
  const Budget& answers_;
  const base::Clock& clock_;
  base::Random& random_;
  ErrorDetail detail_;
  metrics::Recorder metrics_;
  EventStreams events_;
  const WorkerServices* services_ = nullptr;
  std::uint64_t refused_ = 0;
  base::Instant tell_refused_at_{};
};

}  // namespace wws::server
