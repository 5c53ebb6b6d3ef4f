// Changes that come in a row are one.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "base/clock.h"

namespace wws::watch {

/// What has changed since it was last asked.
struct Change {
  std::set<std::filesystem::path> paths;  ///< absolute
  bool is_unknown = false;                ///< and perhaps anything else
};

/// Collects changes until nothing came for kQuiet, but not for longer than kLongest: a `git checkout` writes
/// many files, and the first of them should not be read alone. One thread.
class Changes {
 public:
  static constexpr base::Duration kQuiet = std::chrono::milliseconds(10);
  static constexpr base::Duration kLongest = std::chrono::milliseconds(100);
  /// Names that are kept; with more it is unknown what changed.
  static constexpr std::size_t kMost = 1000;

  void add(std::filesystem::path path, base::Instant now) {
    note(now);
    if (change_->paths.size() < kMost) {
      change_->paths.insert(std::move(path));
    } else {
      change_->is_unknown = true;
    }
  }
  void add_unknown(base::Instant now) {
    note(now);
    change_->is_unknown = true;
  }

  /// When take() has something; max(): nothing has changed.
  [[nodiscard]] base::Instant due() const {
    if (!change_) return base::Instant::max();
    return std::min(last_ + kQuiet, first_ + kLongest);
  }
  /// All of it, when it is time.
  [[nodiscard]] std::optional<Change> take(base::Instant now) {
    if (now < due()) return std::nullopt;
    return std::exchange(change_, std::nullopt);
  }

 private:
  void note(base::Instant now) {
    last_ = now;
    if (change_) return;
    change_.emplace();
    first_ = now;
  }

  std::optional<Change> change_;
  base::Instant first_{};
  base::Instant last_{};
};

}  // namespace wws::watch
