#include "runtime/module_loader.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "abi/host_functions.h"
#include "base/log.h"
#include "wasm/engine.h"

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

/// How many modules may be open at once. Each holds a descriptor, here and in every serving process; some
/// have to be left for sockets, pipes and compile children.
std::size_t most_open_modules() {
  constexpr std::size_t kReserve = 64;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1000;
  const auto descriptors = static_cast<std::size_t>(limit.rlim_cur);
  return descriptors > 2 * kReserve ? descriptors - kReserve : descriptors / 2;
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

}  // namespace

ModuleLoader::ModuleLoader(std::filesystem::path root, const std::vector<std::string>& files,
                           const std::filesystem::path& cache_folder, wasm::SourceLines lines)
    : root_(std::move(root)), lines_(lines), may_open_(most_open_modules()) {
  if (files.empty()) return;
  cache_ = open_cache(cache_folder, lines);
  std::unordered_map<std::string, std::uint32_t> by_hash;
  for (const std::string& file : files) {
    const auto bytes = read(file);
    if (!bytes) {
      of_file_.push_back(add({file, {}, fail(ErrorCode::kBadModule, bytes.error().message), {}}));
      continue;
    }
    const std::string hash = module_hash(*bytes);
    const auto [known, is_new] = by_hash.try_emplace(hash, size());
    of_file_.push_back(known->second);
    if (!is_new) continue;
    if (may_open_ == 0) {
      (void)add({file, hash, fail(ErrorCode::kBadModule, base::errno_text(EMFILE)), {}});
      continue;
    }
    --may_open_;
    auto code = cache_ ? cache_->find(hash) : std::nullopt;
    if (!code) ++pending_;
    (void)add({file, hash, code ? std::optional<Result<base::File>>(std::move(*code)) : std::nullopt, {}});
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
  if (cache_) return cache_->begin();
  auto file = memory_file();
  if (!file) return fail(file);
  return ModuleCache::Unfinished{std::move(*file), {}};
}

Result<CompileJob> ModuleLoader::prepare(std::uint32_t number) {
  Module& module = modules_.at(number);
  const auto give_up = [&](ErrorCode code, const std::string& message) {
    ended(module, fail(code, message));
    return fail(code, message);
  };
  const auto bytes = read(module.file);
  if (!bytes) return give_up(ErrorCode::kBadModule, bytes.error().message);
  // Only what was looked up may get that name in the cache.
  if (module_hash(*bytes) != module.hash)
    return give_up(ErrorCode::kBadModule, "the file changed while it was loaded; start the server again");
  auto wasm = memory_file(*bytes);
  if (!wasm) return give_up(wasm.error().code, wasm.error().message);
  auto output = begin_output();
  if (!output) return give_up(output.error().code, output.error().message);
  auto target = output->file.duplicate();
  module.output = std::move(*output);
  if (!target) {
    finish(number, fail(target));
    return fail(ErrorCode::kIo, module.code->error().message);
  }
  return CompileJob{std::move(*wasm), std::move(*target), lines_};
}

Result<base::File> ModuleLoader::commit(Module& module) {
  if (cache_) return cache_->commit(module.hash, std::move(*module.output));
  return std::move(module.output->file);
}

void ModuleLoader::finish(std::uint32_t number, Result<void> outcome) {
  Module& module = modules_.at(number);
  if (outcome && module.output) {
    ended(module, commit(module));
  } else {
    remove_unfinished(module);
    ended(module, fail(outcome));
  }
  module.output.reset();
}

void ModuleLoader::ended(Module& module, Result<base::File> code) {
  module.code = std::move(code);
  if (--pending_ == 0 && cache_) cache_->tidy();
}

void compile_pending(ModuleLoader& loader, unsigned parallel, const CompileLimits& limits) {
  const std::vector<std::uint32_t> pending = loader.pending();
  compile_all(
      pending.size(), parallel, limits, [&](std::size_t index) { return loader.prepare(pending[index]); },
      [&](std::size_t index, Result<void> outcome) { loader.finish(pending[index], std::move(outcome)); });
}

}  // namespace wws::runtime
