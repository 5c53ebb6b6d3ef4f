#include "server/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"

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

}  // namespace

Dispatcher::Dispatcher(Site site, Scheduler& scheduler, const base::Clock& clock, base::Random& random,
                       ErrorDetail detail)
    : site_(std::move(site)), scheduler_(scheduler), clock_(clock), random_(random), detail_(detail) {}

std::variant<http::Response, Scheduler::Id> Dispatcher::handle(const http::Request& request,
                                                               Responder& later) {
  switch (request.resource) {
    case http::Resource::kServer:
      return describe_server();
    case http::Resource::kNothing:
      return site_.assets.not_found();
    case http::Resource::kPath:
      break;
  }
  auto match = site_.routes.match(request.path);
  const bool is_static = match && site_.routes.routes()[match->route].kind == router::Segment::Kind::kStatic;
  if (!is_static) {
    if (auto file = serve_file(request)) return std::move(*file);
    if (!match) return site_.assets.not_found();
  }
  return run_worker(request, std::move(*match), later);
}

std::optional<http::Response> Dispatcher::serve_file(const http::Request& request) const {
  std::string_view path = request.path;
  if (!path.starts_with(site_.prefix)) return std::nullopt;
  path.remove_prefix(site_.prefix.size());
  if (path.empty()) path = "/";
  if (path.front() != '/') return std::nullopt;
  return site_.assets.serve(request, path);
}

std::variant<http::Response, Scheduler::Id> Dispatcher::run_worker(const http::Request& request,
                                                                   router::Match match, Responder& later) {
  runtime::Worker& worker = site_.workers[match.route];
  const Scheduler::Id id = scheduler_.next_id();
  if (const auto refused = scheduler_.refuses(worker)) return refuse(*refused, worker, id);
  auto invocation = runtime::Invocation::create(
      clock_, random_, worker,
      {request, std::move(match.parameters), site_.url_form, id,
       [&worker, id](log::Level level, std::string_view line) {
         if (log::enabled(level))
           log::write(level, fmt::format("{} [{}] {}", worker.file, request_name(id), line));
       }});
  if (!invocation) return answer_or_error(fail(invocation), worker, id);
  if (auto result = scheduler_.start(id, std::move(*invocation))) {
    return answer_or_error(std::move(*result), worker, id);
  }
  scheduler_.attach(id, {[this, &worker, id, &later](Result<http::Response> result) {
                           const bool is_cut = !result && later.has_begun();
                           http::Response response = answer_or_error(std::move(result), worker, id);
                           if (is_cut) return later.abort();
                           later.respond(std::move(response));
                         },
                         [&later] { later.progress(); }});
  return id;
}

bool Dispatcher::takes_stream(const http::Request& request) const {
  if (request.resource != http::Resource::kPath) return false;
  const auto match = site_.routes.match(request.path);
  return match && scheduler_.takes_stream(site_.workers[match->route]);
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
