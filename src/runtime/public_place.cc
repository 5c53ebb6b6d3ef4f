#include "runtime/public_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "base/utf8.h"

namespace wws::runtime {
namespace fs = std::filesystem;
namespace {

/// True for `folder` itself too. Both without "." and "..".
bool is_below(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

class Search {
 public:
  Search(const fs::path& root, const config::PublicConfig& config, config::Diagnostics& diagnostics)
      : root_(root), config_(config), diagnostics_(diagnostics) {
    std::error_code error;
    written_ = (root / config.folder).lexically_normal();
    if (!written_.has_filename()) written_ = written_.parent_path();
    is_link_ = fs::is_symlink(written_, error);
    real_ = fs::weakly_canonical(written_, error);
    if (error) real_ = written_;
    is_there_ = fs::exists(real_, error);
    is_folder_ = fs::is_directory(real_, error);
  }

  assets::Place run() { return config_.is_named ? named() : ordinary(); }

 private:
  assets::Place ordinary() {
    if (is_link_ && !is_below(real_, root_)) {
      warn(
          fmt::format("leads out of the project to {}: its files are not served; if they shall be, name the "
                      "folder in wws.toml: [public] folder = \"{}\"",
                      log::escaped(real_.native()), log::escaped(real_.lexically_relative(root_).native())));
    } else if (is_absolute_link()) {
      warn(
          "is an absolute link: its files are not served; make it a relative one, or name the folder in "
          "wws.toml: "
          "[public] folder = \"public\"");
    } else if (is_there_ && !is_folder_) {
      warn("is not a folder: no files are served");
    }
    return {root_, "public"};
  }

  assets::Place named() {
    if (!base::is_utf8(real_.native())) {
      error("the path of the public folder is not UTF-8; rename it");
    } else if (is_below(root_, real_)) {
      error(
          "the public folder holds the project: its workers and their configuration would be served; name "
          "another");
    } else if (is_there_ && !is_folder_) {
      warn("is not a folder: no files are served");
    } else if (!is_there_) {
      warn(is_below(real_, root_)
               ? "is not there: no files are served until it is"
               : "is not there: no files are served until it is and the server starts again");
    }
    if (!is_below(real_, root_)) return {real_, "."};
    // By its written name where look-ups may follow it: a link may point elsewhere tomorrow.
    const bool as_written = is_below(written_, root_) && !is_absolute_link();
    return {root_, (as_written ? written_ : real_).lexically_relative(root_).string()};
  }

  bool is_absolute_link() const {
    std::error_code error;
    return is_link_ && fs::read_symlink(written_, error).is_absolute();
  }

  void warn(std::string message) { add(config::Severity::kWarning, std::move(message)); }
  void error(std::string message) { add(config::Severity::kError, std::move(message)); }
  void add(config::Severity severity, std::string message) {
    diagnostics_.add({severity, log::escaped(config_.folder), 0, 0, std::move(message)});
  }

  const fs::path& root_;
  const config::PublicConfig& config_;
  config::Diagnostics& diagnostics_;
  fs::path written_;
  fs::path real_;  ///< without links
  bool is_link_ = false;
  bool is_there_ = false;
  bool is_folder_ = false;
};

}  // namespace

assets::Place find_public_folder(const fs::path& root, const config::PublicConfig& config,
                                 config::Diagnostics& diagnostics) {
  return Search(root, config, diagnostics).run();
}

}  // namespace wws::runtime
