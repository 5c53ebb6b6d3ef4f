#include "server/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/log_ring.h"
#include "router/prefix.h"
#include "runtime/script_files.h"

namespace wws::server {
namespace {

/// A script that a limit ended was anywhere in the interpreter, whose functions have no names.
bool says_nothing_of_where(ErrorCode code, const std::string& file) {
  const bool is_limit = code == ErrorCode::kCpuTimeLimit || code == ErrorCode::kTimeLimit ||
                        code == ErrorCode::kMemoryLimit || code == ErrorCode::kStackLimit;
  return is_limit && runtime::is_javascript(file);
}

/// The answer to `OPTIONS *` (RFC 9110, 9.3.7). Workers take any method; these are the ones that clients
/// know.
http::Response describe_server() {
  http::Response response;
  response.status = 204;
  response.fields = {{"allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"}};
  return response;
}

/// Where a failed request is counted.
metrics::Counter counter_of(ErrorCode code) noexcept {
  using metrics::Counter;
  switch (code) {
    case ErrorCode::kGuestTrap:
      return Counter::kFailTrap;
    case ErrorCode::kGuestExit:
      return Counter::kFailExit;
    case ErrorCode::kBadOutput:
      return Counter::kFailOutput;
    case ErrorCode::kBadModule:
      return Counter::kFailModule;
    case ErrorCode::kCpuTimeLimit:
      return Counter::kLimitCpuTime;
    case ErrorCode::kTimeLimit:
      return Counter::kLimitTime;
    case ErrorCode::kMemoryLimit:
      return Counter::kLimitMemory;
    case ErrorCode::kTableLimit:
      return Counter::kLimitTable;
    case ErrorCode::kStackLimit:
      return Counter::kLimitStack;
    case ErrorCode::kOutputLimit:
      return Counter::kLimitOutput;
    case ErrorCode::kConcurrencyLimit:
      return Counter::kLimitConcurrency;
    case ErrorCode::kOverloaded:
      return Counter::kLimitQueue;
    default:
      return Counter::kFailOther;
  }
}

/// Enough of what a guest says before it fails for people to see why.
constexpr std::size_t kMostWords = std::size_t{8} << 10;

void keep_words(std::string& words, std::string_view line) {
  if (words.size() + line.size() < kMostWords) words.append(words.empty() ? "" : "\n").append(line);
}

std::optional<http::Response> serve_file(const Site& site, const http::Request& request) {
  const auto path = router::below_prefix(request.path, site.prefix);
  if (!path) return std::nullopt;
  if (site.live && wants_page(request)) {
    // Whole, and whatever the browser has of it: that may be without the script.
    http::Request plain;
    plain.method = request.method;
    plain.path = request.path;
    auto page = site.assets.serve(plain, *path);
    if (page && takes_script(*page)) return page;
  }
  return site.assets.serve(request, *path);
}

/// The path of a request for what the server has for itself in development.
std::optional<std::string_view> live_path(const http::Request& request, const Site& site) {
  if (!site.live || request.resource != http::Resource::kPath) return std::nullopt;
  const auto path = router::below_prefix(request.path, site.prefix);
  return path && path->starts_with(kLiveFolder) ? path : std::nullopt;
}

/// What a worker says, with its file and its request.
void log_guest_line(log::Level level, const runtime::Worker& worker, const http::Request& request,
                    std::string_view line) {
  std::string text;  // forms for people do not show what a line is about
  if (log::form() != log::Form::kJson) {
    text = fmt::format("{} [{}] {}", worker.file, request.id, line);
    line = text;
  }
  log::write(level, line, {{"worker", worker.file}, {"route", worker.pattern}, {"request_id", request.id}});
}

/// Where the guest's lines go: to the log, and to `words` where somebody wants to know why it failed.
std::function<void(log::Level, std::string_view)> log_of(const runtime::Worker& worker,
                                                         const http::Request& request,
                                                         std::shared_ptr<std::string> words) {
  const auto write = [&worker, &request](log::Level level, std::string_view line) {
    if (log::enabled(level)) log_guest_line(level, worker, request, line);
  };
  if (!words) return write;
  return [write, words = std::move(words)](log::Level level, std::string_view line) {
    if (level == log::Level::kError) keep_words(*words, line);
    write(level, line);
  };
}

}  // namespace

Dispatcher::Dispatcher(Site site, Scheduler& scheduler, const Budget& answers, const base::Clock& clock,
                       base::Random& random, ErrorDetail detail, metrics::Recorder metrics)
    : site_(std::make_shared<Site>(std::move(site))),
      scheduler_(scheduler),
      answers_(answers),
      clock_(clock),
      random_(random),
      detail_(detail),
      metrics_(metrics) {
  if (site_->live) events_.tell(event_text(*site_->live));
}

void Dispatcher::swap_site(Site site) {
  site_ = std::make_shared<Site>(std::move(site));
  if (site_->live) events_.tell(event_text(*site_->live));
}

bool Dispatcher::is_of_server(const http::Request& request, const Destination& destination) {
  return destination.site && live_path(request, *destination.site);
}

bool Dispatcher::asks_for_events(const http::Request& request, const Destination& destination) {
  return request.method == "GET" && destination.site && live_path(request, *destination.site) == kEventsPath;
}

Destination Dispatcher::route(const http::Request& request) const {
  if (request.resource != http::Resource::kPath) return {site_, std::nullopt};
  Destination destination{site_, site_->routes.match(request.path)};
  if (destination.match && destination.match->route < site_->slots.size())
    destination.slot = site_->slots[destination.match->route];
  return destination;
}

bool Dispatcher::takes_stream(const Destination& destination) const {
  return destination.match && scheduler_.takes_stream(destination.site->workers[destination.match->route]);
}

std::variant<http::Response, Scheduler::Id> Dispatcher::handle(const http::Request& request,
                                                               Destination& destination, Responder& later) {
  const Site& site = *destination.site;
  switch (request.resource) {
    case http::Resource::kServer:
      return describe_server();
    case http::Resource::kNothing:
      return site.assets.not_found();
    case http::Resource::kPath:
      break;
  }
  if (const auto path = live_path(request, site)) return live_answer(request, *path);
  const auto& match = destination.match;
  const bool is_static = match && site.routes.routes()[match->route].kind == router::Segment::Kind::kStatic;
  // Files answer GET and HEAD: another method is for the worker, where there is one.
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (!is_static && (reads || !match)) {
    if (auto file = serve_file(site, request)) {
      destination.slot = metrics::kFilesSlot;
      return std::move(*file);
    }
    if (!match) return site.assets.not_found();
  }
  return run_worker(request, destination, later);
}

std::variant<http::Response, Scheduler::Id> Dispatcher::run_worker(const http::Request& request,
                                                                   Destination& destination,
                                                                   Responder& later) {
  using StartTime = runtime::Invocation::StartTime;
  runtime::Worker& worker = destination.site->workers[destination.match->route];
  const Scheduler::Id id = scheduler_.next_id();
  const Site& site = *destination.site;
  const Failed failed{site, worker, request, site.live && wants_page(request),
                      site.live || log::is_kept() ? std::make_shared<std::string>() : nullptr};
  if (site.live) {
    destination.timing = std::make_shared<runtime::Timing>();
    destination.timing->asked = clock_.now();
  }
  if (answers_.is_nearly_spent()) {
    metrics_.add(metrics::Counter::kLimitAnswers);
    return refuse({ErrorCode::kOverloaded, "clients have not taken the answers that were made before"},
                  failed);
  }
  if (const auto refused = scheduler_.refuses(worker)) {
    metrics_.add(counter_of(refused->code));
    return refuse(*refused, failed);
  }
  auto invocation = runtime::Invocation::create(
      clock_, random_, {destination.site, &worker},
      {request, destination.match->parameters, destination.site->url_form, id,
       log_of(worker, request, failed.words), services_ != nullptr ? &services_->services : nullptr,
       services_ != nullptr && worker.kv_space ? services_->make_commit(worker) : nullptr, destination.trace,
       metrics_.is_on() || site.live ? StartTime::kMeasured : StartTime::kUnknown, destination.timing});
  if (!invocation) return answer_or_error(wws::fail(invocation), failed);
  if (auto result = scheduler_.start(id, std::move(*invocation), destination.slot)) {
    return answer_or_error(std::move(*result), failed);
  }
  scheduler_.attach(id, {[this, failed, &later](Result<http::Response> result) {
                           on_done(std::move(result), failed, later);
                         },
                         [&later] { later.progress(); }});
  return id;
}

void Dispatcher::on_done(Result<http::Response> result, const Failed& failed, Responder& later) const {
  if (result) return later.respond(std::move(*result));
  if (result.error().code == ErrorCode::kTimeLimit && later.is_waiting_for_client()) {
    log::info("request {}: its client is too slow for the time of {}, and so its guest is ended",
              failed.request.id, failed.worker.file);
    metrics_.add(metrics::Counter::kLimitSlow);
    return later.fail(http::text_response(408, kLateRequest));
  }
  later.fail(answer_or_error(std::move(result), failed));
}

/// One line a second tells of all that are refused: an overload must not be one of the log too.
http::Response Dispatcher::refuse(const Error& error, const Failed& failed) {
  ++refused_;
  if (const base::Instant now = clock_.now(); now >= tell_refused_at_) {
    log_failure(error, failed, fmt::format(" ({} refused since the last such line)", refused_));
    keep_report(error, failed);
    refused_ = 0;
    tell_refused_at_ = now + std::chrono::seconds(1);
  }
  return error_page(error, failed);
}

http::Response Dispatcher::answer_or_error(Result<http::Response> result, const Failed& failed) const {
  if (result) return std::move(*result);
  Error& error = result.error();
  if (says_nothing_of_where(error.code, failed.worker.file)) error.detail.clear();
  metrics_.add(counter_of(error.code));
  log_failure(error, failed);
  log_detail(error.detail, failed);
  keep_report(error, failed);
  return error_page(error, failed);
}

void Dispatcher::log_failure(const Error& error, const Failed& failed, std::string_view note) {
  if (!log::enabled(log::Level::kError)) return;
  const std::string_view cause = base::name(error.code);
  log::write(log::Level::kError,
             fmt::format("Error running worker {} at route {}: request {}: {}: {}{}", failed.worker.file,
                         failed.worker.pattern, failed.request.id, cause, error.message, note),
             {{"worker", failed.worker.file},
              {"route", failed.worker.pattern},
              {"request_id", failed.request.id},
              {"cause", cause}});
}

/// A backtrace, each line with the request's id. Its names come from the module: long ones are cut.
void Dispatcher::log_detail(std::string_view detail, const Failed& failed) {
  constexpr std::size_t kLongestLine = 200;
  if (!log::enabled(log::Level::kError)) return;
  while (!detail.empty()) {
    const std::size_t end = std::min(detail.find('\n'), detail.size());
    if (end > 0) {
      log::write(
          log::Level::kError,
          fmt::format("request {}: {}", failed.request.id, detail.substr(0, std::min(end, kLongestLine))),
          {{"worker", failed.worker.file},
           {"route", failed.worker.pattern},
           {"request_id", failed.request.id}});
    }
    detail.remove_prefix(std::min(end + 1, detail.size()));
  }
}

/// For operators, in the admin interface. Source is read from the disk in development alone.
void Dispatcher::keep_report(const Error& error, const Failed& failed) {
  if (!log::is_kept()) return;
  const std::string words = failed.words ? *failed.words : std::string();
  std::string source;
  if (failed.site.live) {
    const std::string message = words + "\n" + error.message + "\n" + error.detail;
    for (const std::string& line :
         excerpt_lines(describe_failure(failed.site.live->root, failed.worker.file, message)))
      source.append(line).append("\n");
  }
  log::keep_report({{"status", std::to_string(base::http_status(error.code))},
                    {"cause", base::name(error.code)},
                    {"worker", failed.worker.file},
                    {"route", failed.worker.pattern},
                    {"request_id", failed.request.id},
                    {"method", failed.request.method},
                    {"path", failed.request.path},
                    {"message", error.message},
                    {"source", source},
                    {"stack", error.detail},
                    {"said", words}});
}

/// The page of the original; in development with the cause below it, and for browsers one of its own.
http::Response Dispatcher::error_page(const Error& error, const Failed& failed) const {
  http::Response response;
  response.status = base::http_status(error.code);
  response.fields = {{"content-type", "text/html"}};
  if (response.status == 503) response.fields.push_back({"retry-after", "1"});
  std::string page = "<p>There was an error running this function</p>";
  if (detail_ == ErrorDetail::kShown) {
    // What the guest said tells more than how it ended.
    const bool has_words = failed.site.live && failed.words && !failed.words->empty();
    std::string message = has_words ? *failed.words : error.message;
    if (!error.detail.empty()) message += "\n" + error.detail;
    const std::string title = fmt::format("request {}, {}", failed.request.id, base::name(error.code));
    if (failed.wants_page) {
      response.fields.front().value = "text/html; charset=utf-8";
      const Failure failure = describe_failure(failed.site.live->root, failed.worker.file, message);
      page = failure_page(
          failure, fmt::format("{} at route {}: {}.", failed.worker.file, failed.worker.pattern, title),
          failed.site.prefix);
    } else {
      page += fmt::format("\n<p>{}:</p>\n<pre>", title);
      append_escaped_html(page, has_words ? error.message + "\n" + message : message);
      page += "</pre>";
    }
  }
  response.body = std::move(page);
  return response;
}

}  // namespace wws::server
