// What a guest's path leads to, below the folder that it starts in.
#pragma once

#include <string>
#include <string_view>

#include "base/file.h"
#include "folders/wasi_errno.h"

namespace wws::folders {

/// Whether a link at the end of a path is followed.
enum class LastLink { kFollowed, kItself };

/// Opens what is at `path` with these flags of open(2). Neither "..", nor links, nor a race with whoever
/// moves folders lead out of `folder`: that is kPerm. Never waits for the other end of a FIFO. `file`: what
/// was opened.
[[nodiscard]] Errno open_beneath(int folder, const std::string& path, int flags, LastLink last,
                                 base::File& file);

/// The last name of a path, and the folder in which it is. What is done to the name there follows no link and
/// cannot leave the folder.
struct Entry {
  base::File folder;
  std::string name;             ///< neither empty, nor "." or ".."; without slashes
  bool must_be_folder = false;  ///< slashes followed it
  /// For calls that look at the slashes as the system does; they do not follow links for them.
  [[nodiscard]] std::string name_with_slash() const { return must_be_folder ? name + "/" : name; }
};

/// Finds the folder of a path's last name. A path that ends in "." or ".." is `for_dots`, as it names what is
/// there already.
[[nodiscard]] Errno find_entry(int folder, std::string_view path, Errno for_dots, Entry& entry);

/// kSuccess: a path as guests may say it, not empty and without NUL, of UTF-8.
[[nodiscard]] Errno check_path(std::string_view path) noexcept;

}  // namespace wws::folders
