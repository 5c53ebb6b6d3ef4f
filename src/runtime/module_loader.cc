#include "runtime/module_loader.h"

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
#include "wasm/engine.h"
#include "wasm/module_outline.h"

namespace wws::runtime {
namespace {

/// The largest module file that is looked at.
constexpr std::size_t kLargestModule = std::size_t{512} << 20;

std::optional<ModuleCache> open_cache(const std::filesystem::path& folder, wasm::SourceLines lines) {
  auto engine = wasm::Engine::create(wasm::compiling_settings(lines), abi::host_functions());
  if (!engine) return std::nullopt;
  auto cache =
      ModuleCache::open(folder.empty() ? ModuleCache::default_folder() : folder, engine->fingerprint());
  if (cache) return std::move(*cache);
  log::warn("compiled modules are not kept for the next start: {}", cache.error().message);
  return std::nullopt;
}

/// A file in memory, without a name.
Result<base::File> memory_file() {
  base::File file(memfd_create("wws-module", MFD_CLOEXEC));
  if (!file) return fail(ErrorCode::kIo, "no memory for a module: " + base::errno_text(errno));
  return file;
}

Result<base::File> memory_file(std::string_view content) {
  auto file = memory_file();
  while (file && !content.empty()) {
    const ssize_t count = ::write(file->fd(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return fail(ErrorCode::kIo, "no memory for a module: " + base::errno_text(errno));
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  if (file) lseek(file->fd(), 0, SEEK_SET);
  return file;
}

Result<ModuleCache::Unfinished> begin_in_memory() {
  auto file = memory_file();
  if (!file) return fail(file);
  return ModuleCache::Unfinished{std::move(*file), {}};
}

/// What is not a module at all is left to the compiler, which says what is wrong with it.
CompileStep first_step(std::string_view bytes, SnapshotUse use) {
  const auto outline = wasm::read_outline(bytes);
  return outline ? snapshot_step(*outline, use) : CompileStep::kCode;
}

/// To be raised when snapshots are taken in another way than before.
constexpr int kSnapshotFormat = 1;

/// Code of a snapshot is found by the module that it was taken of, and the way it was taken.
std::string cache_key(std::string_view bytes, CompileStep step) {
  const std::string hash = module_hash(bytes);
  switch (step) {
    case CompileStep::kCode:
      return hash;
    case CompileStep::kSnapshot:
      return module_hash(fmt::format("{} snapshot {}", hash, kSnapshotFormat));
    case CompileStep::kSnapshotUnlessEnvironmentIsRead:
      return module_hash(fmt::format("{} snapshot {} unless environment is read", hash, kSnapshotFormat));
  }
  return hash;
}

}  // namespace

std::size_t most_open_modules() {
  constexpr std::size_t kReserve = 64;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1000;
  const auto descriptors = static_cast<std::size_t>(limit.rlim_cur);
  return descriptors > 2 * kReserve ? descriptors - kReserve : descriptors / 2;
}

ModuleLoader::ModuleLoader(std::filesystem::path root, const std::vector<ModuleFile>& files,
                           const std::filesystem::path& cache_folder, wasm::SourceLines lines)
    : root_(std::move(root)), lines_(lines), may_open_(most_open_modules()) {
  if (files.empty()) return;
  cache_ = open_cache(cache_folder, lines);
  std::unordered_map<std::string, std::uint32_t> by_key;
  for (const ModuleFile& file : files) {
    Module module;
    module.file = file.path;
    module.snapshot_use = file.snapshot;
    const auto bytes = read(file.path);
    if (!bytes) {
      module.code = fail(ErrorCode::kBadModule, bytes.error().message);
      of_file_.push_back(add(std::move(module)));
      continue;
    }
    module.step = first_step(*bytes, file.snapshot);
    module.key = cache_key(*bytes, module.step);
    const auto [known, is_new] = by_key.try_emplace(module.key, size());
    of_file_.push_back(known->second);
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

ModuleLoader::~ModuleLoader() {
  for (const Module& module : modules_) remove_unfinished(module);
}

void ModuleLoader::remove_unfinished(const Module& module) {
  std::error_code ignored;
  if (module.output && !module.output->path.empty()) std::filesystem::remove(module.output->path, ignored);
}

Result<std::string> ModuleLoader::read(const std::string& file) const {
  auto wasm = base::open_read(root_ / file);
  if (!wasm) return fail(wasm);
  return base::read_file(*wasm, file, kLargestModule);
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

Result<ModuleCache::Unfinished> ModuleLoader::begin_output() const {
  return cache_ ? cache_->begin() : begin_in_memory();
}

Result<base::File> ModuleLoader::input(const Module& module) const {
  if (module.snapshot) {
    lseek(module.snapshot.fd(), 0, SEEK_SET);
    return module.snapshot.duplicate();
  }
  const auto bytes = read(module.file);
  if (!bytes) return fail(ErrorCode::kBadModule, bytes.error().message);
  // Only what was looked up may get that name in the cache.
  if (cache_key(*bytes, first_step(*bytes, module.snapshot_use)) != module.key) {
    return fail(ErrorCode::kBadModule, "the file changed while it was loaded; start the server again");
  }
  return memory_file(*bytes);
}

Result<CompileJob> ModuleLoader::prepare(std::uint32_t number) {
  Module& module = modules_.at(number);
  const auto give_up = [&](const Error& error) {
    ended(module, fail(error.code, error.message));
    return fail(error.code, error.message);
  };
  auto wasm = input(module);
  if (!wasm) return give_up(wasm.error());
  auto output = module.step == CompileStep::kCode ? begin_output() : begin_in_memory();
  if (!output) return give_up(output.error());
  auto target = output->file.duplicate();
  module.output = std::move(*output);
  if (!target) {
    remove_unfinished(module);
    return give_up(target.error());
  }
  return CompileJob{std::move(*wasm), std::move(*target), lines_, module.step};
}

Result<base::File> ModuleLoader::commit(Module& module) {
  if (cache_) return cache_->commit(module.key, std::move(*module.output));
  return std::move(module.output->file);
}

void ModuleLoader::finish(std::uint32_t number, Result<std::string> outcome) {
  Module& module = modules_.at(number);
  if (module.step != CompileStep::kCode) return finish_snapshot(module, outcome);
  if (outcome && module.output) {
    ended(module, commit(module));
  } else {
    remove_unfinished(module);
    ended(module, fail(outcome));
  }
  module.output.reset();
  module.snapshot.close();
}

/// With or without the snapshot, compiling is next.
void ModuleLoader::finish_snapshot(Module& module, const Result<std::string>& outcome) {
  module.step = CompileStep::kCode;
  if (outcome && module.output) module.snapshot = std::move(module.output->file);
  module.output.reset();
  std::string_view said = outcome ? std::string_view(*outcome) : std::string_view(outcome.error().message);
  std::string_view reason;
  if (!outcome) {
    const std::size_t last = said.rfind('\n');
    reason = last == std::string_view::npos ? said : said.substr(last + 1);
    said.remove_suffix(std::min(said.size(), reason.size() + 1));
  }
  while (!said.empty()) {
    const std::size_t end = std::min(said.find('\n'), said.size());
    log::info("{} [initialisation] {}", module.file, said.substr(0, end));
    said.remove_prefix(std::min(end + 1, said.size()));
  }
  if (!outcome)
    log::info("{}: runs without a snapshot, and is initialised for each request: {}", module.file, reason);
}

void ModuleLoader::ended(Module& module, Result<base::File> code) {
  module.code = std::move(code);
  if (--pending_ == 0 && cache_) cache_->tidy();
}

void compile_pending(ModuleLoader& loader, unsigned parallel, const CompileLimits& limits) {
  // Once more for those whose first step was a snapshot.
  for (auto pending = loader.pending(); !pending.empty(); pending = loader.pending()) {
    compile_all(
        pending.size(), parallel, limits, [&](std::size_t index) { return loader.prepare(pending[index]); },
        [&](std::size_t index, Result<std::string> outcome) {
          loader.finish(pending[index], std::move(outcome));
        });
  }
}

}  // namespace wws::runtime
