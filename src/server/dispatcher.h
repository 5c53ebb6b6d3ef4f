// From a request to its answer: worker, file, or neither.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "assets/public_folder.h"
#include "config/worker_config.h"
#include "http/request.h"
#include "http/response.h"
#include "router/route_table.h"
#include "runtime/worker.h"
#include "server/scheduler.h"

namespace wws::server {

/// Whether answers to failed requests tell the cause.
enum class ErrorDetail { kHidden, kShown };

/// What a serving process serves. `workers[i]` belongs to `routes.routes()[i]`.
struct Site {
  std::string prefix;  ///< "" or "/name"
  config::UrlForm url_form = config::UrlForm::kFull;
  router::RouteTable routes;
  std::vector<runtime::Worker> workers;
  assets::PublicFolder assets;
};

/// Who takes an answer that was not there at once. Abandons its request before it goes.
class Responder {
 public:
  virtual ~Responder() = default;
  /// The whole answer; where part of it was taken from the exchange already, the rest of its body.
  virtual void respond(http::Response response) = 0;
  /// The exchange may want more of the request's body, or have part of the answer.
  virtual void progress() = 0;
  /// Whether part of the answer is on its way.
  [[nodiscard]] virtual bool has_begun() const = 0;
  /// What has begun will not be completed.
  virtual void abort() = 0;
};

/// Finds who answers a request (docs/routing.md): a worker with a static route, then a file in public/,
/// then a worker with parameters in its route, then public/404.html.
/// One thread; the parts given to it outlive it.
class Dispatcher {
 public:
  Dispatcher(Site site, Scheduler& scheduler, const base::Clock& clock, base::Random& random,
             ErrorDetail detail);

  /// The answer, if it is there at once; else the id of a guest that works on it, and `later` gets the
  /// answer. `request` stays until then, or as long as abandon() is told.
  [[nodiscard]] std::variant<http::Response, Scheduler::Id> handle(const http::Request& request,
                                                                   Responder& later);

  /// Whether who answers this request takes its body while it arrives, as `request.body_follows` says.
  [[nodiscard]] bool takes_stream(const http::Request& request) const;

  /// As in Scheduler.
  [[nodiscard]] abi::NativeExchange* exchange(Scheduler::Id id) { return scheduler_.exchange(id); }
  void cancel(Scheduler::Id id) { scheduler_.cancel(id); }
  void resume(Scheduler::Id id) { scheduler_.resume(id); }
  void abandon(Scheduler::Id id, std::shared_ptr<void> request) {
    scheduler_.abandon(id, std::move(request));
  }

 private:
  [[nodiscard]] std::optional<http::Response> serve_file(const http::Request& request) const;
  [[nodiscard]] std::variant<http::Response, Scheduler::Id> run_worker(const http::Request& request,
                                                                       router::Match match, Responder& later);
  [[nodiscard]] http::Response answer_or_error(Result<http::Response> result, const runtime::Worker& worker,
                                               Scheduler::Id id) const;

  [[nodiscard]] http::Response refuse(const Error& error, const runtime::Worker& worker, Scheduler::Id id);

  Site site_;
  Scheduler& scheduler_;
  const base::Clock& clock_;
  base::Random& random_;
  ErrorDetail detail_;
  std::uint64_t refused_ = 0;
  base::Instant tell_refused_at_{};
};

}  // namespace wws::server
