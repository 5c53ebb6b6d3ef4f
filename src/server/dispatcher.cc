#include "server/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "router/prefix.h"

namespace wws::server {
namespace {

using runtime::request_name;

void append_escaped_html(std::string& html, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      default:
        html += c;
    }
  }
}

/// A backtrace, each line with the request's id. Its names come from the module: long ones are cut.
void log_detail(std::string_view detail, Scheduler::Id id) {
  constexpr std::size_t kLongestLine = 200;
  while (!detail.empty()) {
    const std::size_t end = std::min(detail.find('\n'), detail.size());
    if (end > 0)
      log::error("request {}: {}", request_name(id), detail.substr(0, std::min(end, kLongestLine)));
    detail.remove_prefix(std::min(end + 1, detail.size()));
  }
}

/// The answer to `OPTIONS *` (RFC 9110, 9.3.7). Workers take any method; these are the ones that clients
/// know.
http::Response describe_server() {
  http::Response response;
  response.status = 204;
  response.fields = {{"allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"}};
  return response;
}

/// The page of the original, with the cause below it in development.
http::Response error_page(const Error& error, Scheduler::Id id, ErrorDetail detail) {
  http::Response response;
  response.status = base::http_status(error.code);
  response.fields = {{"content-type", "text/html"}};
  if (response.status == 503) response.fields.push_back({"retry-after", "1"});
  std::string page = "<p>There was an error running this function</p>";
  if (detail == ErrorDetail::kShown) {
    page += fmt::format("\n<p>request {}, {}:</p>\n<pre>", request_name(id), base::name(error.code));
    append_escaped_html(page, error.message);
    if (!error.detail.empty()) append_escaped_html(page, "\n" + error.detail);
    page += "</pre>";
  }
  response.body = std::move(page);
  return response;
}

std::optional<http::Response> serve_file(const Site& site, const http::Request& request) {
  const auto path = router::below_prefix(request.path, site.prefix);
  return path ? site.assets.serve(request, *path) : std::nullopt;
}

}  // namespace

Dispatcher::Dispatcher(Site site, Scheduler& scheduler, const Budget& answers, const base::Clock& clock,
                       base::Random& random, ErrorDetail detail)
    : site_(std::make_shared<Site>(std::move(site))),
      scheduler_(scheduler),
      answers_(answers),
      clock_(clock),
      random_(random),
      detail_(detail) {}

void Dispatcher::swap_site(Site site) { site_ = std::make_shared<Site>(std::move(site)); }

Destination Dispatcher::route(const http::Request& request) const {
  if (request.resource != http::Resource::kPath) return {site_, std::nullopt};
  return {site_, site_->routes.match(request.path)};
}

bool Dispatcher::takes_stream(const Destination& destination) const {
  return destination.match && scheduler_.takes_stream(destination.site->workers[destination.match->route]);
}

std::variant<http::Response, Scheduler::Id> Dispatcher::handle(const http::Request& request,
                                                               const Destination& destination,
                                                               Responder& later) {
  const Site& site = *destination.site;
  switch (request.resource) {
    case http::Resource::kServer:
      return describe_server();
    case http::Resource::kNothing:
      return site.assets.not_found();
    case http::Resource::kPath:
      break;
  }
  const auto& match = destination.match;
  const bool is_static = match && site.routes.routes()[match->route].kind == router::Segment::Kind::kStatic;
  // Files answer GET and HEAD: another method is for the worker, where there is one.
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (!is_static && (reads || !match)) {
    if (auto file = serve_file(site, request)) return std::move(*file);
    if (!match) return site.assets.not_found();
  }
  return run_worker(request, destination, later);
}

std::variant<http::Response, Scheduler::Id> Dispatcher::run_worker(const http::Request& request,
                                                                   const Destination& destination,
                                                                   Responder& later) {
  runtime::Worker& worker = destination.site->workers[destination.match->route];
  const Scheduler::Id id = scheduler_.next_id();
  if (answers_.is_nearly_spent()) {
    return refuse({ErrorCode::kOverloaded, "clients have not taken the answers that were made before"},
                  worker, id);
  }
  if (const auto refused = scheduler_.refuses(worker)) return refuse(*refused, worker, id);
  auto invocation = runtime::Invocation::create(
      clock_, random_, {destination.site, &worker},
      {request, destination.match->parameters, destination.site->url_form, id,
       [&worker, id](log::Level level, std::string_view line) {
         if (log::enabled(level))
           log::write(level, fmt::format("{} [{}] {}", worker.file, request_name(id), line));
       },
       services_ != nullptr ? &services_->services : nullptr,
       services_ != nullptr && worker.kv_space ? services_->make_commit(worker) : nullptr});
  if (!invocation) return answer_or_error(wws::fail(invocation), worker, id);
  if (auto result = scheduler_.start(id, std::move(*invocation))) {
    return answer_or_error(std::move(*result), worker, id);
  }
  scheduler_.attach(id, {[this, &worker, id, &later](Result<http::Response> result) {
                           on_done(std::move(result), worker, id, later);
                         },
                         [&later] { later.progress(); }});
  return id;
}

void Dispatcher::on_done(Result<http::Response> result, const runtime::Worker& worker, Scheduler::Id id,
                         Responder& later) const {
  if (result) return later.respond(std::move(*result));
  if (result.error().code == ErrorCode::kTimeLimit && later.is_waiting_for_client()) {
    log::info("request {}: its client is too slow for the time of {}, and so its guest is ended",
              request_name(id), worker.file);
    return later.fail(http::text_response(408, kLateRequest));
  }
  later.fail(answer_or_error(std::move(result), worker, id));
}

/// One line a second tells of all that are refused: an overload must not be one of the log too.
http::Response Dispatcher::refuse(const Error& error, const runtime::Worker& worker, Scheduler::Id id) {
  ++refused_;
  if (const base::Instant now = clock_.now(); now >= tell_refused_at_) {
    log::error(
        "Error running worker {} at route {}: request {}: {}: {} ({} refused since the last such line)",
        worker.file, worker.pattern, request_name(id), base::name(error.code), error.message, refused_);
    refused_ = 0;
    tell_refused_at_ = now + std::chrono::seconds(1);
  }
  return error_page(error, id, detail_);
}

http::Response Dispatcher::answer_or_error(Result<http::Response> result, const runtime::Worker& worker,
                                           Scheduler::Id id) const {
  if (result) return std::move(*result);
  log::error("Error running worker {} at route {}: request {}: {}: {}", worker.file, worker.pattern,
             request_name(id), base::name(result.error().code), result.error().message);
  log_detail(result.error().detail, id);
  return error_page(result.error(), id, detail_);
}

}  // namespace wws::server
