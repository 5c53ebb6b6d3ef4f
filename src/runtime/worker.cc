#include "runtime/worker.h"

#include <algorithm>
#include <utility>

#include "abi/cgi.h"
#include "router/route.h"

namespace wws::runtime {
namespace {

constexpr std::string_view kHandle = "wws_handle";

Abi find_abi(const wasm::Module& module) {
  return module.exports_function(kHandle) ? Abi::kNative : Abi::kWwsJson;
}

/// The names of what a request calls, in turn. Empty: there is no entry.
std::vector<std::string_view> call_names(const wasm::Module& module, Abi abi) {
  if (abi == Abi::kNative) {
    std::vector<std::string_view> calls;
    for (const std::string_view name : {"_initialize", "wws_init", "wws_resume"}) {
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

Result<wasm::Calls> find_calls(const wasm::Module& module, Abi abi) {
  const auto names = call_names(module, abi);
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

void LazyModule::provide(Result<base::File> code) {
  code_.close();
  result_.reset();
  if (code) {
    code_ = std::move(*code);
  } else {
    result_ = std::unexpected(std::move(code.error()));
  }
}

const Result<wasm::Module>& LazyModule::get(const wasm::Engine& engine) {
  if (result_ && (*result_ || !code_)) return *result_;
  auto copy = code_.duplicate();
  result_ = copy ? engine.map(std::move(*copy)) : fail(ErrorCode::kOverloaded, copy.error().message);
  if (!*result_ && result_->error().code == ErrorCode::kOverloaded) {
    // What is missing now, memory or a descriptor, may be there for the next request.
    result_->error().message.insert(0, "its code cannot be mapped now: ");
    return *result_;
  }
  code_.close();
  if (!*result_) return *result_;
  abi_ = find_abi(**result_);
  if (auto calls = find_calls(**result_, abi_)) {
    calls_ = std::move(*calls);
  } else {
    result_ = fail(calls);
  }
  return *result_;
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
