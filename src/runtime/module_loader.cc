#include "runtime/module_loader.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <optional>
#include <unordered_map>
#include <utility>

#include "abi/host_functions.h"
#include "base/log.h"
#include "runtime/module_cache.h"
#include "wasm/engine.h"

namespace wws::runtime {
namespace {

/// The largest module file that is looked at.
constexpr std::size_t kLargestModule = std::size_t{512} << 20;

/// Where compiled code goes: the cache, or memory when there is none.
class Store {
 public:
  explicit Store(std::optional<ModuleCache> cache) : cache_(std::move(cache)) {}

  std::optional<base::File> find(const std::string& hash) {
    return cache_ ? cache_->find(hash) : std::nullopt;
  }

  Result<ModuleCache::Unfinished> begin() const {
    if (cache_) return cache_->begin();
    base::File file(memfd_create("wws-module", MFD_CLOEXEC));
    if (!file) return fail(ErrorCode::kIo, "no memory for a compiled module");
    return ModuleCache::Unfinished{std::move(file), {}};
  }

  Result<base::File> commit(const std::string& hash, ModuleCache::Unfinished unfinished) {
    if (cache_) return cache_->commit(hash, std::move(unfinished));
    return std::move(unfinished.file);
  }

  void give_up(const ModuleCache::Unfinished& unfinished) const {
    std::error_code ignored;
    if (!unfinished.path.empty()) std::filesystem::remove(unfinished.path, ignored);
  }

 private:
  std::optional<ModuleCache> cache_;
};

Store open_store(const std::filesystem::path& folder) {
  auto engine = wasm::Engine::create(wasm::compiling_settings(), abi::host_functions());
  if (!engine) return Store(std::nullopt);
  auto cache =
      ModuleCache::open(folder.empty() ? ModuleCache::default_folder() : folder, engine->fingerprint());
  if (cache) return Store(std::move(*cache));
  log::warn("compiled modules are not kept for the next start: {}", cache.error().message);
  return Store(std::nullopt);
}

/// One module on its way to the compiler.
struct Pending {
  std::size_t module;
  std::string hash;
  ModuleCache::Unfinished output;
};

class Loader {
 public:
  Loader(const std::filesystem::path& root, Store store) : root_(root), store_(std::move(store)) {}

  /// Notes the module of one file: known, in the cache, or to be compiled.
  void add(const std::string& file) {
    auto wasm = base::open_read(root_ / file);
    auto bytes = wasm ? base::read_file(*wasm, file, kLargestModule) : Result<std::string>(fail(wasm));
    if (!bytes) {
      loaded_.of_file.push_back(put(fail(ErrorCode::kBadModule, bytes.error().message)));
      return;
    }
    const std::string hash = module_hash(*bytes);
    const auto [known, is_new] = by_hash_.try_emplace(hash, loaded_.modules.size());
    loaded_.of_file.push_back(known->second);
    if (!is_new) return;
    if (auto code = store_.find(hash)) {
      put(std::move(*code));
      return;
    }
    auto output = store_.begin();
    const std::size_t module = put(output ? base::File() : Result<base::File>(fail(output)));
    if (!output) return;
    auto target = output->file.duplicate();
    if (!target) return;
    jobs_.push_back({std::move(*wasm), std::move(*target)});
    pending_.push_back({module, hash, std::move(*output)});
  }

  LoadedModules compile(unsigned parallel, const CompileLimits& limits) {
    compile_all(std::move(jobs_), parallel, limits, [this](std::size_t index, Result<void> result) {
      Pending& pending = pending_[index];
      if (!result) {
        store_.give_up(pending.output);
        loaded_.modules[pending.module] = fail(result);
      } else {
        loaded_.modules[pending.module] = store_.commit(pending.hash, std::move(pending.output));
      }
    });
    return std::move(loaded_);
  }

 private:
  std::size_t put(Result<base::File> module) {
    loaded_.modules.push_back(std::move(module));
    return loaded_.modules.size() - 1;
  }

  const std::filesystem::path& root_;
  Store store_;
  LoadedModules loaded_;
  std::unordered_map<std::string, std::size_t> by_hash_;
  std::vector<CompileJob> jobs_;
  std::vector<Pending> pending_;
};

}  // namespace

LoadedModules load_modules(const std::filesystem::path& root, const std::vector<std::string>& files,
                           const std::filesystem::path& cache_folder, unsigned parallel,
                           const CompileLimits& limits) {
  if (files.empty()) return {};
  Loader loader(root, open_store(cache_folder));
  for (const std::string& file : files) loader.add(file);
  return loader.compile(parallel, limits);
}

}  // namespace wws::runtime
