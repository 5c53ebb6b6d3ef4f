#include "runtime/worker.h"

#include <utility>

namespace wws::runtime {
namespace {

/// The original's rule: the export without a name first, then `_start`.
std::string_view find_entry(const wasm::Module& module) {
  return module.exports_function("") ? "" : "_start";
}

Result<wasm::Module> map(const wasm::Engine& engine, base::File code) {
  auto module = engine.map(std::move(code));
  if (module && !module->exports_function("") && !module->exports_function("_start")) {
    return fail(ErrorCode::kBadModule,
                "exports neither _start nor a default function: build it as a WASI command");
  }
  return module;
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
  if (!result_) {
    result_ = map(engine, std::move(code_));
    if (*result_) entry_ = find_entry(**result_);
  }
  return *result_;
}

Worker make_worker(std::string file, std::string pattern, config::WorkerConfig config,
                   std::shared_ptr<LazyModule> module) {
  Worker worker;
  worker.file = std::move(file);
  worker.pattern = std::move(pattern);
  for (const auto& [name, value] : config.vars) worker.environment.push_back(name + "=" + value);
  worker.limits = guest_limits(config.limits);
  worker.config = std::move(config);
  worker.module = std::move(module);
  return worker;
}

}  // namespace wws::runtime
