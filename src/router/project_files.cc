#include "router/project_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "base/utf8.h"
#include "router/glob.h"
#include "router/unread_files.h"

namespace wws::router {
namespace fs = std::filesystem;
namespace {

/// Folders deeper than this are a loop of links or a mistake.
constexpr std::size_t kDeepestFolder = 64;

bool is_hidden_folder(std::string_view name) { return name == "public" || name == "node_modules"; }

bool is_ignored_name(std::string_view name) { return name.starts_with('.') || name.starts_with('_'); }

std::string join(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

/// A glob of `--ignore`, and what it has matched so far.
struct Ignore {
  Glob glob;
  bool has_matched = false;
  std::string folder;  ///< the first folder that it matched
};

class Scan {
 public:
  Scan(fs::path root, const ScanOptions& options, std::vector<Ignore> ignore,
       config::Diagnostics& diagnostics)
      : root_(std::move(root)), options_(options), ignore_(std::move(ignore)), diagnostics_(diagnostics) {}

  std::vector<std::string> run() {
    folder(root_, "");
    for (const Ignore& ignore : ignore_) report_useless(ignore);
    std::sort(files_.begin(), files_.end());
    return std::move(files_);
  }

 private:
  void folder(const fs::path& path, const std::string& relative) {
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    // A link to a folder that we are in would never end.
    if (error || std::find(open_.begin(), open_.end(), real) != open_.end() || open_.size() >= kDeepestFolder)
      return;
    fs::directory_iterator entry(path, error);
    if (error) return report_unreadable(relative, error);
    open_.push_back(real);
    std::vector<std::string> names;
    for (; entry != fs::directory_iterator(); entry.increment(error)) {
      std::string name = entry->path().filename().string();
      const bool is_ignored = visit(*entry, relative);
      const bool is_read = !options_.config.empty() && join(relative, name) == options_.config;
      if (!is_read && (!is_ignored || has_extension(name))) names.push_back(std::move(name));
    }
    if (error) report_unreadable(relative, error);
    open_.pop_back();
    report_unread_files(relative, std::move(names), options_.extensions, diagnostics_);
  }

  /// True when a glob matches it.
  bool visit(const fs::directory_entry& entry, const std::string& folder_name) {
    const std::string name = entry.path().filename().string();
    const std::string relative = join(folder_name, name);
    std::error_code error;
    const bool is_folder = entry.is_directory(error);
    const bool is_ignored = note_ignored(relative, is_folder);
    if (is_ignored_name(name) || !is_inside(entry)) return is_ignored;
    if (is_folder) {
      if (!is_hidden_folder(name) && relative != options_.files && !covers_all_below(relative))
        folder(entry.path(), relative);
    } else if (!is_ignored && entry.is_regular_file(error) && has_extension(name)) {
      if (base::is_utf8(relative)) {
        files_.push_back(relative);
      } else {
        report(log::escaped(relative), "its name is not UTF-8, so no URL can name it; rename it");
      }
    }
    return is_ignored;
  }

  /// Asks every glob, so that each is known to have matched something. What lies in a folder that we do not
  /// look into is not known: a glob that could match it is not called useless.
  bool note_ignored(const std::string& relative, bool is_folder) {
    bool is_ignored = false;
    for (Ignore& ignore : ignore_) {
      const bool matches = ignore.glob.matches(relative);
      if (is_folder) {
        if (matches && ignore.folder.empty()) ignore.folder = relative;
        ignore.has_matched = ignore.has_matched || ignore.glob.covers_below(relative);
      } else {
        ignore.has_matched = ignore.has_matched || matches;
        is_ignored = is_ignored || matches;
      }
    }
    return is_ignored;
  }

  bool covers_all_below(const std::string& folder) const {
    return std::any_of(ignore_.begin(), ignore_.end(),
                       [&](const Ignore& ignore) { return ignore.glob.covers_below(folder); });
  }

  void report_useless(const Ignore& ignore) {
    if (ignore.has_matched) return;
    const std::string option = "--ignore " + log::escaped(ignore.glob.text());
    if (ignore.folder.empty()) {
      report(option, "matches no file: globs are relative to the project, as in drafts/*.wasm or **/test-*");
    } else {
      report(option,
             fmt::format("matches the folder {}, and no file in it; write {}/** to leave out what is in it",
                         ignore.folder, ignore.glob.text()));
    }
  }

  /// A link is followed while it stays inside of the project.
  bool is_inside(const fs::directory_entry& entry) const {
    std::error_code error;
    if (!entry.is_symlink(error)) return true;
    const fs::path target = fs::canonical(entry.path(), error);
    if (error) return false;
    return std::mismatch(root_.begin(), root_.end(), target.begin(), target.end()).first == root_.end();
  }

  bool has_extension(std::string_view name) const {
    return std::any_of(options_.extensions.begin(), options_.extensions.end(),
                       [&](const std::string& extension) {
                         return name.size() > extension.size() && name.ends_with(extension);
                       });
  }

  /// Workers that nobody knows of would be answered with 404: that stops the start, unless it is a folder
  /// within that is closed to us for good.
  void report_unreadable(const std::string& relative, const std::error_code& error) {
    const bool is_closed = !relative.empty() && error == std::errc::permission_denied;
    diagnostics_.add({is_closed ? config::Severity::kWarning : config::Severity::kError,
                      relative.empty() ? "." : relative, 0, 0, "cannot be read: " + error.message()});
  }

  void report(const std::string& file, std::string message) {
    diagnostics_.add({config::Severity::kWarning, file, 0, 0, std::move(message)});
  }

  fs::path root_;
  const ScanOptions& options_;
  std::vector<Ignore> ignore_;
  config::Diagnostics& diagnostics_;
  std::vector<fs::path> open_;  ///< real paths of the folders we are in
  std::vector<std::string> files_;
};

}  // namespace

Result<std::vector<std::string>> find_workers(const fs::path& root, const ScanOptions& options,
                                              config::Diagnostics& diagnostics) {
  std::vector<Ignore> ignore;
  for (const std::string& text : options.ignore) {
    if (text.empty()) continue;
    auto glob = Glob::parse(text);
    if (!glob) return fail(glob);
    ignore.push_back({std::move(*glob), false, {}});
  }
  std::error_code error;
  fs::path real = fs::canonical(root, error);
  if (error || !fs::is_directory(real, error)) {
    return fail(ErrorCode::kBadProject,
                fmt::format("{}: {}", root.string(), error ? error.message() : "not a folder"));
  }
  return Scan(std::move(real), options, std::move(ignore), diagnostics).run();
}

}  // namespace wws::router
