#include "cli/folders.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "cli/logging.h"
#include "cli/store.h"
#include "runtime/module_cache.h"
#include "runtime/mounted_folders.h"

namespace wws::cli {
namespace {

namespace fs = std::filesystem;

/// Where the server keeps what no guest may see or change.
std::vector<fs::path> own_folders(const ServeOptions& options, const runtime::Project& project) {
  std::vector<fs::path> own;
  own.push_back(options.cache.empty() ? runtime::ModuleCache::default_folder() : fs::path(options.cache));
  if (const auto store = store_folder(options.kv, project)) own.push_back(*store);
  for (fs::path& path : own) {
    std::error_code error;
    const fs::path real = fs::weakly_canonical(path, error);
    if (!error && !real.empty()) path = real;
  }
  std::erase_if(own, [](const fs::path& path) { return path.empty(); });
  return own;
}

wasm::GuestMount to_guest(const config::FolderMount& folder) {
  return {folder.to, folder.mode == config::FolderMount::Mode::kReadWrite
                         ? wasm::GuestMount::Mode::kReadWrite
                         : wasm::GuestMount::Mode::kReadOnly};
}

}  // namespace

Result<FoldersPlan> plan_folders(const ServeOptions& options, const runtime::Project& project) {
  FoldersPlan plan;
  plan.of_workers.resize(project.configs.size());
  plan.missing.resize(project.configs.size());
  const std::vector<fs::path> own = own_folders(options, project);
  for (std::size_t i = 0; i < project.configs.size(); ++i) {
    const std::vector<config::FolderMount>& folders = project.configs[i].folders;
    if (folders.empty()) continue;
    supervisor::MountsMessage mounts;
    abi::WorkerMounts& worker = plan.of_workers[i].emplace();
    for (const config::FolderMount& folder : folders) {
      const auto kept = std::ranges::find_if(
          own, [&](const fs::path& path) { return runtime::overlap(path, folder.from); });
      if (kept != own.end())
        return fail(ErrorCode::kBadConfig,
                    fmt::format("{}: the folder {} cannot be mounted: the server keeps its own in {}",
                                project.routes.routes()[i].file, folder.from, kept->string()));
      if (folder.is_missing) plan.missing[i] = folder.from;
      worker.mounts.push_back(to_guest(folder));
      mounts.push_back({folder.from, to_guest(folder)});
    }
    if (!plan.message) plan.message.emplace().logging = log_settings(options);
    auto& all = plan.message->mounts;
    const auto same = std::ranges::find(all, mounts);
    worker.place = static_cast<std::uint16_t>(same - all.begin());
    if (same == all.end()) all.push_back(std::move(mounts));
  }
  return plan;
}

}  // namespace wws::cli
