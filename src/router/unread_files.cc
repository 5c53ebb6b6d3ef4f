#include "router/unread_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/near.h"
#include "http/fields.h"

namespace wws::router {
namespace {

constexpr std::string_view kToml = ".toml";
/// What other tools keep beside the source of workers.
constexpr std::array<std::string_view, 16> kOfOtherTools = {
    "Cargo.toml",  "pyproject.toml", "rust-toolchain.toml", "rustfmt.toml",
    "clippy.toml", "taplo.toml",     "deny.toml",           "spin.toml",
    "fly.toml",    "netlify.toml",   "wrangler.toml",       "bunfig.toml",
    "Cross.toml",  "mise.toml",      "book.toml",           "typos.toml"};

/// One folder's names.
class Folder {
 public:
  Folder(std::vector<std::string> names, const std::vector<std::string>& extensions)
      : names_(std::move(names)), extensions_(extensions) {
    std::sort(names_.begin(), names_.end());
  }

  [[nodiscard]] bool has(std::string_view name) const {
    return std::binary_search(names_.begin(), names_.end(), name);
  }

  /// A file with this stem and another extension: the TOML file may be of its kind of worker.
  [[nodiscard]] bool has_owner(std::string_view stem) const {
    return std::any_of(names_.begin(), names_.end(), [&](std::string_view name) {
      return name.size() > stem.size() + 1 && name.starts_with(stem) && name[stem.size()] == '.' &&
             name.find('.', stem.size() + 1) == std::string_view::npos && name.substr(stem.size()) != kToml;
    });
  }

  /// The worker whose file was probably meant by a TOML file of this stem; empty: none is near.
  [[nodiscard]] std::string_view meant(std::string_view stem) const {
    std::vector<std::string_view> candidates;
    for (const std::string_view name : names_) {
      for (const std::string_view extension : extensions_) {
        if (!name.ends_with(extension) || name.size() == extension.size()) continue;
        const std::string_view worker = name.substr(0, name.size() - extension.size());
        if (http::equals_ignoring_case(stem, name) || http::equals_ignoring_case(stem, worker)) return worker;
        if (!has(std::string(worker).append(kToml))) candidates.push_back(worker);
      }
    }
    return base::nearest(stem, candidates);
  }

  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  std::vector<std::string> names_;
  const std::vector<std::string>& extensions_;
};

/// What to say of a file; empty: nothing.
std::string problem(const Folder& folder, std::string_view name, bool is_root) {
  if (name == "wws.toml" || name == ".wws.toml") {
    if (!is_root) return "is not read here: a project's file is the one in its root";
    return name.front() == '.' && folder.has("wws.toml")
               ? "is not read: there is a wws.toml, which comes first"
               : "";
  }
  const bool is_toml = name.size() > kToml.size() &&
                       http::equals_ignoring_case(name.substr(name.size() - kToml.size()), kToml);
  if (!is_toml || name.front() == '.' || name.front() == '_') return "";
  if (std::find(kOfOtherTools.begin(), kOfOtherTools.end(), name) != kOfOtherTools.end()) return "";
  const std::string_view stem = name.substr(0, name.size() - kToml.size());
  if (name.ends_with(kToml) && folder.has_owner(stem)) return "";
  const std::string_view meant = folder.meant(stem);
  if (meant.empty()) return "belongs to no worker, and is not read";
  return fmt::format("is not read: it belongs to no worker; the file of {} is {}.toml", log::escaped(meant),
                     log::escaped(meant));
}

}  // namespace

void report_unread_files(const std::string& folder, std::vector<std::string> names,
                         const std::vector<std::string>& extensions, config::Diagnostics& diagnostics) {
  const Folder files(std::move(names), extensions);
  for (const std::string& name : files.names()) {
    std::string message = problem(files, name, folder.empty());
    if (message.empty()) continue;
    const std::string path = folder.empty() ? name : folder + "/" + name;
    diagnostics.add({config::Severity::kWarning, log::escaped(path), 0, 0, std::move(message)});
  }
}

}  // namespace wws::router
