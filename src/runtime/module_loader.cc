#include "runtime/module_loader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "abi/host_functions.h"
#include "base/log.h"
#include "runtime/snapshot.h"
#include "wasm/engine.h"
#include "wasm/module_outline.h"

namespace wws::runtime {
namespace {

void warn_not_kept(const Error& error) {
  log::warn("compiled modules are not kept for the next start: {}", error.message);
}

std::optional<ModuleCache> open_cache(const std::filesystem::path& folder, wasm::SourceLines lines) {
  auto engine = wasm::Engine::create(wasm::compiling_settings(lines), abi::host_functions());
  if (!engine) return std::nullopt;
  auto cache =
      ModuleCache::open(folder.empty() ? ModuleCache::default_folder() : folder, engine->fingerprint());
  if (cache) return std::move(*cache);
  warn_not_kept(cache.error());
  return std::nullopt;
}

/// A file in memory, without a name, that can be made final.
Result<base::File> memory_file() {
  // MFD_NOEXEC_SEAL, newer than Debian 12's headers; some systems demand it.
  constexpr unsigned kNotAProgram = 8;
  base::File file(memfd_create("wws-module", MFD_CLOEXEC | MFD_ALLOW_SEALING | kNotAProgram));
  if (!file && errno == EINVAL)
    file = base::File(memfd_create("wws-module", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return fail(ErrorCode::kIo, "no memory for a module: " + base::errno_text(errno));
  return file;
}

Result<base::File> memory_file(std::string_view content) {
  auto file = memory_file();
  if (!file) return file;
  if (const auto written = base::write_all(file->fd(), content); !written) {
    return fail(ErrorCode::kIo, "no memory for a module: " + written.error().message);
  }
  lseek(file->fd(), 0, SEEK_SET);
  return file;
}

/// From now on nobody who has the descriptor can change it: what serving processes execute, or what is read.
Result<void> make_final(const base::File& file) {
  if (fcntl(file.fd(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0) return {};
  return fail(ErrorCode::kIo, "a file in memory cannot be sealed: " + base::errno_text(errno));
}

/// What is not a module at all is left to the compiler, which says what is wrong with it.
CompileStep first_step(const Result<wasm::ModuleOutline>& outline, SnapshotUse use) {
  return outline ? snapshot_step(*outline, use) : CompileStep::kCode;
}

/// Whether a module reads user's files that it is never given: no snapshot is taken of it.
bool misses_its_files(const Result<wasm::ModuleOutline>& outline, const Source& source) {
  return outline && !source.user_files.empty() &&
         snapshot_step(*outline, source.snapshot) == CompileStep::kCode;
}

}  // namespace

std::size_t most_open_modules() {
  constexpr std::size_t kReserve = 64;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1000;
  const auto descriptors = static_cast<std::size_t>(limit.rlim_cur);
  return descriptors > 2 * kReserve ? descriptors - kReserve : descriptors / 2;
}

ModuleLoader::ModuleLoader(std::filesystem::path root, const std::vector<Source>& sources,
                           const std::filesystem::path& cache_folder, wasm::SourceLines lines)
    : root_(std::move(root)), lines_(lines), may_open_(most_open_modules()) {
  if (sources.empty()) return;
  cache_ = open_cache(cache_folder, lines);
  std::unordered_map<std::string, std::uint32_t> by_key;
  for (const Source& source : sources) {
    Module module;
    module.source = source;
    const auto bytes = read_source(root_, source);
    if (!bytes) {
      module.code = fail(ErrorCode::kBadModule, bytes.error().message);
      of_source_.push_back(add(std::move(module)));
      continue;
    }
    const auto outline = wasm::read_outline(bytes->engine_module);
    if (misses_its_files(outline, source)) {
      module.code = fail(ErrorCode::kBadModule,
                         "its files are read while a snapshot is taken, and there is none: it needs a module "
                         "that exports wws_handle, and _initialize or wws_init, and no snapshot = false");
      of_source_.push_back(add(std::move(module)));
      continue;
    }
    module.takes_stream = outline && outline->exports_name("wws_handle");
    module.step = first_step(outline, source.snapshot);
    module.key = source_key(*bytes, module.step);
    const auto [known, is_new] = by_key.try_emplace(module.key, size());
    of_source_.push_back(known->second);
    if (!is_new) continue;
    if (may_open_ == 0) {
      module.code = fail(ErrorCode::kBadModule, base::errno_text(EMFILE));
    } else {
      --may_open_;
      auto code = cache_ ? cache_->find(module.key) : std::nullopt;
      if (code) module.code = std::move(*code);
      if (!code) ++pending_;
    }
    (void)add(std::move(module));
  }
}

std::uint32_t ModuleLoader::add(Module module) {
  modules_.push_back(std::move(module));
  return size() - 1;
}

std::vector<std::uint32_t> ModuleLoader::pending() const {
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (!modules_[i].code) numbers.push_back(i);
  }
  return numbers;
}

/// What goes into the next step.
Result<CompileJob> ModuleLoader::input(const Module& module) const {
  CompileJob job;
  if (module.snapshot) {
    lseek(module.snapshot.fd(), 0, SEEK_SET);
    auto wasm = module.snapshot.duplicate();
    if (!wasm) return fail(wasm);
    job.wasm = std::move(*wasm);
    return job;
  }
  const auto bytes = read_source(root_, module.source);
  if (!bytes) {
    const ErrorCode code = bytes.error().code == ErrorCode::kIo ? ErrorCode::kIo : ErrorCode::kBadModule;
    return fail(code, bytes.error().message);
  }
  // Only what was looked up may get that name in the cache.
  const CompileStep first = first_step(wasm::read_outline(bytes->engine_module), module.source.snapshot);
  if (source_key(*bytes, first) != module.key) {
    return fail(ErrorCode::kBadModule,
                module.source.user_files.empty()
                    ? "the file changed while it was loaded; start the server again"
                    : "a file of it changed while it was loaded; start the server again");
  }
  auto wasm = memory_file(bytes->engine_module);
  if (!wasm) return fail(wasm);
  job.wasm = std::move(*wasm);
  if (module.step == CompileStep::kCode || bytes->user_files.empty()) return job;
  auto user_files = memory_file(bytes->user_files);
  if (!user_files) return fail(user_files);
  if (auto final = make_final(*user_files); !final) return fail(final);
  job.user_files = std::move(*user_files);
  return job;
}

Result<CompileJob> ModuleLoader::prepare(std::uint32_t number) {
  Module& module = modules_.at(number);
  auto job = input(module);
  if (!job) return job;
  auto output = memory_file();
  if (!output) return fail(output);
  auto target = output->duplicate();
  if (!target) return fail(target);
  module.output = std::move(*output);
  job->output = std::move(*target);
  job->lines = lines_;
  job->step = module.step;
  return job;
}

/// The file that is mapped: the cache's, or where that takes it not, the one in memory.
Result<base::File> ModuleLoader::keep(const std::string& key, base::File code) {
  if (auto final = make_final(code); !final) return fail(final);
  if (!cache_ || !is_keeping_) return code;
  auto kept = cache_->keep(key, code);
  if (kept) return kept;
  warn_not_kept(kept.error());
  is_keeping_ = false;
  return code;
}

Result<void> ModuleLoader::finish(std::uint32_t number, Result<std::string> outcome) {
  Module& module = modules_.at(number);
  if (!outcome && outcome.error().code == ErrorCode::kIo) return fail(outcome);
  if (module.step != CompileStep::kCode) {
    finish_snapshot(module, outcome);
    return {};
  }
  if (!outcome) {
    give_up(number, outcome.error());
    return {};
  }
  auto code = keep(module.key, std::move(module.output));
  if (!code) return fail(code);
  ended(module, std::move(*code));
  return {};
}

void ModuleLoader::give_up(std::uint32_t number, const Error& error) {
  ended(modules_.at(number), fail(error.code, error.message));
}

/// With or without the snapshot, compiling is next, unless the module's files are in none.
void ModuleLoader::finish_snapshot(Module& module, const Result<std::string>& outcome) {
  module.step = CompileStep::kCode;
  if (outcome) module.snapshot = std::move(module.output);
  module.output.close();
  std::string_view said = outcome ? std::string_view(*outcome) : std::string_view(outcome.error().message);
  std::string_view reason;
  if (!outcome) {
    const std::size_t last = said.rfind('\n');
    reason = last == std::string_view::npos ? said : said.substr(last + 1);
    said.remove_suffix(std::min(said.size(), reason.size() + 1));
  }
  while (!said.empty()) {
    const std::size_t end = std::min(said.find('\n'), said.size());
    log::info("{} [initialisation] {}", module.source.file, said.substr(0, end));
    said.remove_prefix(std::min(end + 1, said.size()));
  }
  if (outcome) return;
  if (!module.source.user_files.empty())
    return ended(module, fail(ErrorCode::kBadModule, std::string(reason)));
  log::info("{}: runs without a snapshot, and is initialised for each request: {}", module.source.file,
            reason);
}

void ModuleLoader::ended(Module& module, Result<base::File> code) {
  module.code = std::move(code);
  module.output.close();
  module.snapshot.close();
  if (--pending_ == 0 && cache_) cache_->tidy();
}

void compile_pending(ModuleLoader& loader, unsigned parallel, const CompileLimits& limits) {
  // Once more for those whose first step was a snapshot.
  for (auto pending = loader.pending(); !pending.empty(); pending = loader.pending()) {
    const auto unless_failed = [&](std::size_t index, const auto& result) {
      if (!result) loader.give_up(pending[index], result.error());
    };
    compile_all(
        pending.size(), parallel, limits,
        [&](std::size_t index) {
          auto job = loader.prepare(pending[index]);
          unless_failed(index, job);
          return job;
        },
        [&](std::size_t index, Result<std::string> outcome) {
          unless_failed(index, loader.finish(pending[index], std::move(outcome)));
        });
  }
}

}  // namespace wws::runtime
