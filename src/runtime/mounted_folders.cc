#include "runtime/mounted_folders.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <system_error>

#include "base/utf8.h"

namespace wws::runtime {
namespace fs = std::filesystem;
namespace {

using config::FolderMount;

/// Whether `path` is `folder`, or lies in it. Both are absolute and normal.
bool is_in(const fs::path& path, const fs::path& folder) {
  const auto end = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first;
  return end == folder.end() || (std::next(end) == folder.end() && end->empty());  // a slash at its end
}

/// What the system keeps there are no files of anyone's.
constexpr std::array kOfTheSystem = {"/proc", "/sys", "/dev"};

/// Without symbolic links, as far as it is there.
fs::path real_path(const fs::path& path) {
  std::error_code error;
  fs::path real = fs::weakly_canonical(path, error);
  return error ? path.lexically_normal() : real;
}

/// Looks at one worker's folders.
class Check {
 public:
  Check(const fs::path& root, const std::string& worker, const std::vector<std::string>& workers,
        const config::FoldersConfig& project)
      : root_(root), worker_(worker), workers_(workers), project_(project) {}

  /// Makes it absolute. What is wrong with it.
  [[nodiscard]] std::optional<std::string> resolve(FolderMount& mount) const {
    const fs::path written = mount.from.empty() ? fs::path(".") : fs::path(mount.from);
    const fs::path path = (root_ / fs::path(worker_).parent_path() / written).lexically_normal();
    const fs::path real = real_path(path);
    mount.from = real.string();
    if (!base::is_utf8(mount.from)) return "its path is not UTF-8; rename it";
    if (auto wrong = is_of_system(real)) return wrong;
    if (auto wrong = is_outside(path, real)) return wrong;
    if (auto wrong = is_of_project(real, mount.mode)) return wrong;
    std::error_code error;
    mount.is_missing = !fs::is_directory(real, error);
    if (mount.is_missing && fs::exists(real, error)) return fmt::format("{} is not a folder", mount.from);
    return std::nullopt;
  }

 private:
  [[nodiscard]] static std::optional<std::string> is_of_system(const fs::path& real) {
    if (real == real.root_path()) return "the whole file system cannot be mounted; name a folder in it";
    for (const char* system : kOfTheSystem) {
      if (is_in(real, system))
        return fmt::format("{} is the system's own, and is never mounted", real.string());
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<std::string> is_outside(const fs::path& path, const fs::path& real) const {
    if (is_in(path, root_) && is_in(real, root_)) return std::nullopt;
    const bool is_allowed = std::ranges::any_of(
        project_.allowed, [&](const std::string& allowed) { return is_in(real, real_path(allowed)); });
    if (is_allowed) return std::nullopt;
    return fmt::format(
        "{} is outside of the project, which has to allow that: allow_absolute = [\"{}\"] in [folders] of "
        "its wws.toml",
        real.string(), real.string());
  }

  [[nodiscard]] std::optional<std::string> is_of_project(const fs::path& real, FolderMount::Mode mode) const {
    if (is_in(root_, real))
      return "the folder of the project holds its configuration and what it keeps; mount a folder in it";
    if (is_in(real, root_ / ".wws")) return ".wws is the server's own, and is never mounted";
    if (mode == FolderMount::Mode::kReadOnly) return std::nullopt;
    const auto found = std::ranges::find_if(
        workers_, [&](const std::string& worker) { return is_in(root_ / worker, real); });
    if (found == workers_.end()) return std::nullopt;
    return fmt::format(
        "a folder that can be changed must not hold workers, as it holds {}; mount one of its own", *found);
  }

  const fs::path& root_;
  const std::string& worker_;
  const std::vector<std::string>& workers_;
  const config::FoldersConfig& project_;
};

}  // namespace

bool overlap(const fs::path& one, const fs::path& other) { return is_in(one, other) || is_in(other, one); }

void resolve_folders(const fs::path& root, const std::string& worker, const std::vector<std::string>& workers,
                     const config::FoldersConfig& project, std::vector<FolderMount>& folders,
                     config::Diagnostics& diagnostics) {
  const std::string file = fs::path(worker).replace_extension(".toml").string();
  const Check check(root, worker, workers, project);
  for (FolderMount& mount : folders) {
    if (auto wrong = check.resolve(mount)) {
      diagnostics.add({config::Severity::kError, file, mount.place.line, mount.place.column,
                       "\"from\": " + std::move(*wrong)});
    } else if (mount.is_missing) {
      diagnostics.add(
          {config::Severity::kWarning, file, mount.place.line, mount.place.column,
           fmt::format("the folder {} is not there: requests of the worker fail until it is and the "
                       "server is started again",
                       mount.from)});
    }
  }
}

}  // namespace wws::runtime
