// Which files of the module cache need no second look (docs/formats/module-cache.md).
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/file.h"
#include "base/result.h"

namespace wws::runtime {

/// Files whose content was verified since the machine started, and in which state they were then. What tears
/// a file is a loss of power, and who writes to one changes its time: in the same state it is what it was.
/// Kept in a file of the folder. One thread.
class VerifiedFiles {
 public:
  /// Its name in the folder.
  static constexpr const char* kName = "verified";

  /// `boot` is boot_id(). What another start of the machine left, is not this user's alone, or cannot be read
  /// counts as nothing.
  [[nodiscard]] static VerifiedFiles read(const base::File& folder, std::string boot);

  /// Whether the file of this name was verified as it is now.
  [[nodiscard]] bool has(const std::string& name, const struct stat& status) const;
  /// It was verified, and is as `status` says.
  void add(const std::string& name, const struct stat& status);
  void forget(const std::string& name);

  /// Writes what is known of the files whose names are in `there`, if something was added. Files that changed
  /// within the last step of the file system's clock are left out: another change could have the same time.
  /// kIo: the folder takes it not; then all is verified again next time.
  [[nodiscard]] Result<void> write(const base::File& folder, const std::unordered_set<std::string>& there);

 private:
  using Time = std::chrono::system_clock::time_point;
  struct State {
    std::string text;
    Time changed;
  };

  explicit VerifiedFiles(std::string boot) : boot_(std::move(boot)) {}

  std::string boot_;
  std::unordered_map<std::string, State> states_;
  bool has_news_ = false;
};

/// Another text each time that the machine starts. Empty: the system does not tell.
[[nodiscard]] std::string boot_id();

}  // namespace wws::runtime
