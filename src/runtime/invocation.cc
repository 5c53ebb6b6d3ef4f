#include "runtime/invocation.h"

#include <fmt/format.h>

#include <utility>

#include "abi/cgi.h"
#include "abi/wws_json_output.h"

namespace wws::runtime {
namespace {

using State = wasm::Instance::State;

const abi::Services kNoServices;

/// An answer of this status changes nothing besides.
constexpr int kFailed = 500;

/// Of "https://", the longer one.
constexpr std::size_t kSchemeLength = 8;

/// `url` of the input: the whole URL since 1.7, path and query before.
std::string input_url(const http::Request& request, config::UrlForm form) {
  std::string url;
  url.reserve(kSchemeLength + request.host.size() + request.path.size() + 1 + request.query.size());
  if (form == config::UrlForm::kFull && !request.host.empty()) {
    url.append(request.scheme).append("://").append(request.host);
  }
  url += request.path;
  if (request.has_query) url.append("?").append(request.query);
  return url;
}

/// What a CGI worker is told of the request. The other ABIs tell by other means, and it stays empty.
std::vector<std::string> make_environment(const http::Request& request, const router::Parameters& parameters,
                                          const Worker& worker) {
  if (worker.config.abi != config::WorkerAbi::kCgi) return {};
  return abi::cgi_environment(request, {input_url(request, config::UrlForm::kFull), worker.environment,
                                        worker.pattern, worker.script_segments, parameters});
}

/// The program's name, for a CGI worker: what it is called by. At the root that is all of the path.
std::vector<std::string> make_arguments(const http::Request& request, const Worker& worker) {
  if (worker.config.abi != config::WorkerAbi::kCgi) return {};
  std::string name = abi::cgi_script_name(request, worker.script_segments);
  if (name.empty()) name = "/";
  return {std::move(name)};
}

std::optional<abi::FetchGrant> grant_of(const Worker& worker) {
  const auto& fetch = worker.config.fetch;
  if (!worker.fetch_grant || !fetch) return std::nullopt;
  return abi::FetchGrant{*worker.fetch_grant, fetch->at_a_time, fetch->per_request};
}

/// Where the request has been; looked up only for workers that may send it on.
std::string loop_of(const http::Request& request, const Worker& worker) {
  std::string loop;
  if (!worker.fetch_grant) return loop;
  for (const auto& field : request.fields) {
    if (!http::equals_ignoring_case(field.name, "cdn-loop")) continue;
    if (!loop.empty()) loop += ", ";
    loop += field.value;
  }
  return loop;
}

/// The trace that the request belongs to, for those that the worker sends (W3C Trace Context, 3).
std::vector<std::pair<std::string, std::string>> trace_of(const http::Request& request,
                                                          const Worker& worker) {
  std::vector<std::pair<std::string, std::string>> trace;
  if (!worker.fetch_grant) return trace;
  for (const auto& field : request.fields) {
    for (const std::string_view name : {"traceparent", "tracestate"}) {
      if (http::equals_ignoring_case(field.name, name)) trace.emplace_back(name, field.value);
    }
  }
  return trace;
}

}  // namespace

Invocation::Invocation(const base::Clock& clock, base::Random& random, std::shared_ptr<Worker> worker,
                       Input input)
    : clock_(clock),
      random_(random),
      worker_(std::move(worker)),
      input_(std::move(input)),
      environment_(make_environment(input_.request, input_.parameters, *worker_)),
      arguments_(make_arguments(input_.request, *worker_)),
      operations_(input_.id) {
  make_guest();
  ++worker_->running;
}

void Invocation::make_guest() {
  guest_.emplace(
      clock_, random_, worker_->limits,
      wasm::WasiStdio::Input{
          {}, environment_.empty() ? worker_->environment : environment_, arguments_, input_.on_log_line});
  context_.emplace(
      abi::GuestContext::Input{operations_, input_.services != nullptr ? *input_.services : kNoServices,
                               worker_->kv_space, grant_of(*worker_), loop_of(input_.request, *worker_),
                               trace_of(input_.request, *worker_), input_.trace, &worker_->kv_bindings});
  guest_->attach(*context_);
  if (input_.start_time == StartTime::kMeasured) guest_->measure_start();
  if (!worker_->mounts) return;
  abi::Folders* folders = input_.services != nullptr ? input_.services->find<abi::Folders>() : nullptr;
  files_.emplace(*worker_->mounts, folders, operations_, input_.id);
  guest_->give_files(*files_);
}

Invocation::~Invocation() { leave(); }

void Invocation::leave() noexcept {
  if (std::exchange(counted_, false)) --worker_->running;
  if (std::exchange(has_begun_, false)) --worker_->instances;
}

Result<std::unique_ptr<Invocation>> Invocation::create(const base::Clock& clock, base::Random& random,
                                                       std::shared_ptr<Worker> worker, Input input) {
  if (const auto& most = worker->config.limits.concurrency; most && worker->running >= *most) {
    return fail(ErrorCode::kConcurrencyLimit,
                fmt::format("as many requests run as its concurrency of {} allows", *most));
  }
  return std::unique_ptr<Invocation>(new Invocation(clock, random, std::move(worker), std::move(input)));
}

std::span<const std::pair<std::string, std::string>> Invocation::map() const {
  if (!has_commit()) return {};
  return input_.commit->map();
}

void Invocation::give_request() {
  std::string url = input_url(input_.request, worker_->config.url_form.value_or(input_.url_form));
  switch (abi_) {
    case Abi::kWwsJson:
      json_.emplace(input_.request, abi::JsonContext{url, input_.parameters, map()});
      return guest_->wasi().give_stdin(*json_);
    case Abi::kNative:
      native_.emplace(abi::NativeExchange::Input{input_.request, std::move(url), input_.parameters,
                                                 worker_->vars, worker_->limits.output_bytes, operations_});
      guest_->wasi().log_stdout();
      return context_->set_exchange(&*native_);
    case Abi::kCgi:
      return guest_->wasi().give_stdin(input_.request.body);
  }
}

Result<Invocation::Phase> Invocation::begin(const wasm::Engine& engine) {
  if (!worker_->missing_folder.empty()) {
    return fail(ErrorCode::kBadConfig,
                fmt::format("its folder {} was not there when the server started", worker_->missing_folder));
  }
  if (!std::exchange(has_begun_, true)) ++worker_->instances;
  const Result<wasm::Module>& module = worker_->module->get(engine);
  if (!module) return std::unexpected(module.error());
  const auto abi = abi_of(*worker_->module, worker_->config);
  if (!abi) return std::unexpected(abi.error());
  abi_ = *abi;
  if (input_.request.body_follows && abi_ != Abi::kNative) {
    return fail(ErrorCode::kOverloaded, "its module was replaced meanwhile by one that takes bodies whole");
  }
  store_until_ = clock_.now() + worker_->limits.time;
  return load(engine);
}

Result<Invocation::Phase> Invocation::load(const wasm::Engine& engine) {
  if (has_commit()) {
    const auto state = in_time(input_.commit->prepare(operations_));
    if (!state) return std::unexpected(state.error());
    if (*state == Commit::State::kWaiting) return Phase::kLoading;
  }
  give_request();
  return prepare(engine);
}

/// A store that does not answer must not hold a request for ever.
Result<Commit::State> Invocation::in_time(Result<Commit::State> state) const {
  if (!state || *state != Commit::State::kWaiting || clock_.now() < store_until_) return state;
  return fail(ErrorCode::kTimeLimit, "the key-value store did not answer within the worker's time");
}

Result<Invocation::Phase> Invocation::prepare(const wasm::Engine& engine) {
  if (json_ && json_->prepare(abi::JsonInput::kSlice) == abi::JsonInput::Progress::kMore) {
    return Phase::kPreparing;
  }
  // Asked for again: it may have been put aside meanwhile.
  const Result<wasm::Module>& module = worker_->module->get(engine);
  if (!module) return std::unexpected(module.error());
  auto instance = wasm::Instance::create(*module, worker_->module->calls(), *guest_, input_.id);
  if (!instance) return fail(instance);
  instance_.emplace(std::move(*instance));
  return Phase::kRunning;
}

void Invocation::fail_with(Error error) {
  failure_ = std::move(error);
  phase_ = Phase::kDone;
}

State Invocation::step(const wasm::Engine& engine) {
  if (!input_.timing) return advance(engine);
  Timing& timing = *input_.timing;
  if (!timing.queue) timing.queue = clock_.now() - timing.asked;
  const State state = advance(engine);
  timing.start = guest_->start_time();
  timing.cpu = guest_->cpu_time();
  return state;
}

State Invocation::advance(const wasm::Engine& engine) {
  if (phase_ == Phase::kCommitting) return commit();
  if (phase_ != Phase::kRunning) {
    const auto next = phase_ == Phase::kNew       ? begin(engine)
                      : phase_ == Phase::kLoading ? load(engine)
                                                  : prepare(engine);
    if (!next) {
      fail_with(next.error());
      return State::kDone;
    }
    phase_ = *next;
    if (phase_ == Phase::kLoading) return State::kWaiting;
    if (phase_ == Phase::kPreparing) return State::kYielded;
  }
  return run();
}

State Invocation::run() {
  const State state = instance_->poll();
  if (state != State::kDone) return state;
  phase_ = Phase::kDone;
  if (!has_commit() || !instance_->result()) return State::kDone;
  auto answer = abi::decode_json_output(guest_->wasi().stdout_bytes());
  if (!answer) {
    fail_with(std::move(answer.error()));
    return State::kDone;
  }
  answer_ = std::move(*answer);
  // Kits of the original answer so for a handler that failed, with an empty map.
  if (answer_->response.status == kFailed) return State::kDone;
  phase_ = Phase::kCommitting;
  store_until_ = clock_.now() + worker_->limits.time;
  return commit();
}

State Invocation::commit() {
  auto state = in_time(input_.commit->commit(*answer_, operations_));
  if (!state) {
    fail_with(std::move(state.error()));
    return State::kDone;
  }
  switch (*state) {
    case Commit::State::kWaiting:
      instance_.reset();  // its memory is for others meanwhile
      return State::kWaiting;
    case Commit::State::kConflict:
      guest_->wasi().flush_stderr();
      instance_.reset();
      answer_.reset();
      json_.reset();
      make_guest();
      phase_ = Phase::kNew;
      return State::kYielded;
    case Commit::State::kDone:
      break;
  }
  phase_ = Phase::kDone;
  return State::kDone;
}

Result<http::Response> Invocation::finish() {
  leave();
  guest_->wasi().flush_stderr();
  if (failure_) return std::unexpected(std::move(*failure_));
  if (answer_) return std::move(answer_->response);
  if (auto result = instance_->result(); !result) {
    // An answer that is complete stands; what came after it is for the log.
    if (!native_ || !native_->is_finished()) return fail(result);
    guest_->wasi().tell(log::Level::kError,
                        fmt::format("failed after its answer was complete: {}: {}",
                                    base::name(result.error().code), result.error().message));
  }
  if (native_) return native_->take_rest();
  if (abi_ == Abi::kCgi) return abi::decode_cgi_output(std::move(guest_->wasi().stdout_bytes()));
  auto answer = abi::decode_json_output(guest_->wasi().stdout_bytes());
  if (!answer) return fail(answer);
  return std::move(answer->response);
}

}  // namespace wws::runtime
