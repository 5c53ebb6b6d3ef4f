#include "runtime/worker.h"

#include <algorithm>
#include <utility>

#include "abi/cgi.h"
#include "router/route.h"
#include "runtime/snapshot.h"

namespace wws::runtime {
namespace {

constexpr std::string_view kHandle = "wws_handle";

Abi find_abi(const wasm::Module& module) {
  return module.exports_function(kHandle) ? Abi::kNative : Abi::kWwsJson;
}

enum class BeginsWith { kSnapshot, kNothing };

/// The names of what a request calls, in turn. Empty: there is no entry.
std::vector<std::string_view> call_names(const wasm::Module& module, Abi abi, BeginsWith begins) {
  if (abi == Abi::kNative) {
    std::vector<std::string_view> calls;
    for (const std::string_view name : {"_initialize", "wws_init", "wws_resume"}) {
      if (begins == BeginsWith::kSnapshot && is_in_snapshot(name)) continue;
      if (module.exports_function(name)) calls.push_back(name);
    }
    calls.push_back(kHandle);
    return calls;
  }
  // As in the original: a reactor answers in its initialisation or after it, by the export without a name,
  // and that stands before `_start`.
  std::vector<std::string_view> calls;
  if (module.exports_function("_initialize")) calls.emplace_back("_initialize");
  for (const std::string_view name : {"", "_start"}) {
    if (!module.exports_function(name)) continue;
    calls.push_back(name);
    break;
  }
  return calls;
}

Result<wasm::Calls> find_calls(const wasm::Module& module, Abi abi, BeginsWith begins) {
  const auto names = call_names(module, abi, begins);
  Result<wasm::Calls> calls =
      names.empty() ? fail(ErrorCode::kBadModule, "exports none of _start, _initialize and wws_handle")
                    : module.find_calls(names);
  if (!calls) calls.error().message += ": build it as a WASI command, or with one of the kits";
  return calls;
}

/// How many segments of the path name the worker: what a catch-all at the end takes is below it.
std::size_t script_segments(std::string_view pattern) {
  const std::size_t last = pattern.rfind('/') + 1;
  if (router::parse_segment(pattern.substr(last)).kind != router::Segment::Kind::kTail)
    return abi::kAllSegments;
  return static_cast<std::size_t>(std::ranges::count(pattern.substr(0, last), '/')) - 1;
}

wasm::GuestLimits guest_limits(const config::Limits& limits) {
  wasm::GuestLimits result;
  result.memory_bytes = limits.memory;
  result.cpu_time = limits.cpu_time;
  result.time = limits.time;
  result.output_bytes = limits.output;
  result.log_bytes = limits.log;
  result.table_elements = limits.table_elements;
  result.stack_bytes = limits.stack;
  return result;
}

}  // namespace

const Result<wasm::Module>& SharedCode::get(const wasm::Engine& engine) {
  if (module_ && (*module_ || !file_)) return *module_;
  auto copy = file_.duplicate();
  module_ = copy ? engine.map(std::move(*copy)) : fail(ErrorCode::kOverloaded, copy.error().message);
  // What is missing now, memory or a descriptor, may be there for the next request.
  if (!*module_ && module_->error().code == ErrorCode::kOverloaded) {
    module_->error().message.insert(0, "its code cannot be mapped now: ");
  } else {
    file_.close();
  }
  return *module_;
}

void LazyModule::provide(std::shared_ptr<SharedCode> code, base::File snapshot) {
  code_ = std::move(code);
  snapshot_ = std::move(snapshot);
  result_.reset();
  calls_.reset();
}

void LazyModule::provide(Error error) {
  provide(std::shared_ptr<SharedCode>(), base::File());
  result_ = std::unexpected(std::move(error));
}

/// The code alone, or with the snapshot.
const Result<wasm::Module>& LazyModule::map(const wasm::Engine& engine) {
  const Result<wasm::Module>& code = code_->get(engine);
  if (!code || !snapshot_) return code;
  auto copy = snapshot_.duplicate();
  result_ =
      copy ? engine.begin_with(*code, std::move(*copy)) : fail(ErrorCode::kOverloaded, copy.error().message);
  if (!*result_) result_->error().message.insert(0, "its snapshot cannot be used: ");
  return *result_;
}

const Result<wasm::Module>& LazyModule::get(const wasm::Engine& engine) {
  const bool is_final =
      calls_ || !code_ || (result_ && !*result_ && result_->error().code != ErrorCode::kOverloaded);
  if (is_final) return result_ ? *result_ : code_->get(engine);
  const auto begins = snapshot_ ? BeginsWith::kSnapshot : BeginsWith::kNothing;
  const Result<wasm::Module>& module = map(engine);
  if (!module) return module;
  snapshot_.close();
  abi_ = find_abi(*module);
  auto calls = find_calls(*module, abi_, begins);
  if (!calls) {
    result_ = fail(calls);
    return *result_;
  }
  calls_ = std::move(*calls);
  return module;
}

Result<Abi> abi_of(const LazyModule& module, const config::WorkerConfig& config) {
  if (config.abi == config::WorkerAbi::kInspected) return module.abi();
  if (module.abi() == Abi::kWwsJson) return Abi::kCgi;
  return fail(
      ErrorCode::kBadModule,
      "its TOML says abi = \"cgi\", and it exports wws_handle as workers of the native ABI do: leave out "
      "the key, or build it as a WASI command");
}

Worker make_worker(std::string file, std::string pattern, config::WorkerConfig config,
                   std::shared_ptr<LazyModule> module) {
  Worker worker;
  worker.file = std::move(file);
  worker.pattern = std::move(pattern);
  worker.script_segments = script_segments(worker.pattern);
  worker.vars.assign(config.vars.begin(), config.vars.end());
  for (const auto& [name, value] : worker.vars) worker.environment.push_back(name + "=" + value);
  worker.limits = guest_limits(config.limits);
  worker.config = std::move(config);
  worker.module = std::move(module);
  return worker;
}

}  // namespace wws::runtime
