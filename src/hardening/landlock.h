// File access by path, limited by the kernel's Landlock.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "base/result.h"

namespace wws::hardening {

/// Folders that a process may be left with.
enum class Folder {
  kProject,
  kPublic,  ///< of static files: in the project, or elsewhere; left out when it is not there
};

enum class Rights {
  kRead,   ///< open and list what is in it
  kWrite,  ///< and make, change, rename and remove files, folders and links
};

struct FolderRights {
  Folder folder{};
  Rights rights{};
};

/// A folder that only the configuration knows.
struct MountedFolder {
  std::filesystem::path path;
  Rights rights{};
};

/// Where the folders are.
struct FolderPaths {
  std::filesystem::path project{};
  std::filesystem::path files{};         ///< empty: in the project
  std::vector<MountedFolder> mounted{};  ///< besides those that the role has

  [[nodiscard]] const std::filesystem::path& of(Folder folder) const noexcept {
    return folder == Folder::kPublic && !files.empty() ? files : project;
  }
};

/// Whether the kernel limits file access for us; an error says why not.
[[nodiscard]] Result<void> can_limit_files();

/// Takes from the calling thread, and those that it starts, for good, all opening and changing of files but
/// what `folders` and the mounted ones say. One of the latter that is not there is left out. Descriptors that
/// are open stay as they are. kIo: this kernel has no Landlock or it is not switched on. The process must not
/// be able to gain privileges any more (PR_SET_NO_NEW_PRIVS).
[[nodiscard]] Result<void> limit_files(std::span<const FolderRights> folders, const FolderPaths& paths);

}  // namespace wws::hardening
