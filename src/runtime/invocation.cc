#include "runtime/invocation.h"

#include <fmt/format.h>

#include <utility>

#include "abi/wws_json.h"

namespace wws::runtime {
namespace {

/// `url` of the input: the whole URL since 1.7, path and query before.
std::string input_url(const http::Request& request, config::UrlForm form) {
  std::string url;
  if (form == config::UrlForm::kFull && !request.host.empty()) {
    url.append(request.scheme).append("://").append(request.host);
  }
  url += request.path;
  if (request.has_query) url.append("?").append(request.query);
  return url;
}

}  // namespace

Invocation::Invocation(const base::Clock& clock, base::Random& random, Worker& worker, std::uint64_t id,
                       std::string json, std::function<void(std::string_view)> on_error_line)
    : worker_(&worker),
      id_(id),
      json_(std::move(json)),
      guest_(clock, random, worker.limits,
             wasm::WasiStdio::Input{json_, worker.environment, std::move(on_error_line)}) {
  ++worker.running;
}

Invocation::~Invocation() { leave(); }

void Invocation::leave() noexcept {
  if (std::exchange(counted_, false)) --worker_->running;
}

Result<std::unique_ptr<Invocation>> Invocation::create(const base::Clock& clock, base::Random& random,
                                                       Worker& worker, const Input& input) {
  if (const auto& most = worker.config.limits.concurrency; most && worker.running >= *most) {
    return fail(ErrorCode::kConcurrencyLimit,
                fmt::format("as many requests run as its concurrency of {} allows", *most));
  }
  const config::UrlForm form = worker.config.url_form.value_or(input.url_form);
  std::string json =
      abi::encode_json_input(input.request, {input_url(input.request, form), input.parameters});
  return std::unique_ptr<Invocation>(
      new Invocation(clock, random, worker, input.id, std::move(json), input.on_error_line));
}

Result<void> Invocation::begin(const wasm::Engine& engine) {
  const Result<wasm::Module>& module = worker_->module->get(engine);
  if (!module) return std::unexpected(module.error());
  auto instance = wasm::Instance::create(*module, worker_->module->entry(), guest_, id_);
  if (!instance) return fail(instance);
  instance_.emplace(std::move(*instance));
  return {};
}

Result<http::Response> Invocation::finish() {
  leave();
  guest_.wasi().flush_stderr();
  if (auto result = instance_->result(); !result) return fail(result);
  return abi::decode_json_output(guest_.wasi().stdout_bytes());
}

}  // namespace wws::runtime
