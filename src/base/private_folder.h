// Folders that nobody else can reach into, and files.
#pragma once

#include <sys/stat.h>

#include <filesystem>

#include "base/file.h"
#include "base/result.h"

namespace wws::base {

/// Opens a folder for what must not be changed by others, such as machine code, and makes it (mode 0700) with
/// all that is missing above it. To be used through the descriptor from then on: by name it may be another
/// one.
///
/// The whole way there is checked, step by step and without following what it does not look at: each folder
/// on it belongs to this user or to root, and only they may write to it (or it is sticky, like /tmp, and so
/// what is theirs in it stays theirs); so do symbolic links. The folder itself is no link, belongs to this
/// user, and nobody else may write to it. kIo: it is otherwise, or cannot be made; the message names the
/// place.
[[nodiscard]] Result<File> open_private_folder(const std::filesystem::path& path);

/// Whether it is a regular file of this user that nobody else may write to.
[[nodiscard]] bool is_private_file(const struct stat& status) noexcept;

}  // namespace wws::base
