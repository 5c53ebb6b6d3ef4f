// Compiled modules on disk (docs/formats/module-cache.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/file.h"
#include "base/result.h"

namespace wws::runtime {

/// SHA-256 of a module's bytes, in hexadecimal: its name in the cache.
[[nodiscard]] std::string module_hash(std::string_view wasm);

/// A private folder of compiled modules, for one engine fingerprint.
///
/// Its files are trusted machine code: the folder belongs to this user and is closed to others, each
/// file's owner and checksum are verified when it is opened, and what was verified is what gets mapped:
/// the open descriptor. Files are written under a temporary name, synced and renamed, never changed.
/// Two servers may share the folder. When it holds more than `capacity` bytes, files that were not used for
/// the longest time are removed, of any fingerprint; processes that have them mapped keep them. Used from
/// one thread.
class ModuleCache {
 public:
  /// Makes the folder if it is not there. kIo: it cannot be made, is not ours, or is open to others.
  [[nodiscard]] static Result<ModuleCache> open(const std::filesystem::path& folder, std::string fingerprint,
                                                std::uint64_t capacity = kCapacity);
  static constexpr std::uint64_t kCapacity = std::uint64_t{2} << 30;

  /// `$XDG_CACHE_HOME/wws/modules`, or below `~/.cache`, or below the system's temporary folder.
  [[nodiscard]] static std::filesystem::path default_folder();

  /// The compiled form of the module with this hash. A file whose checksum is wrong is removed.
  [[nodiscard]] std::optional<base::File> find(const std::string& hash);

  /// A new empty file in the folder, for the compiler to write to.
  struct Unfinished {
    base::File file;
    std::filesystem::path path;
  };
  [[nodiscard]] Result<Unfinished> begin() const;

  /// Gives a written file its name, after a sync. Returns it opened for reading.
  [[nodiscard]] Result<base::File> commit(const std::string& hash, Unfinished unfinished);

  /// Removes what is too much, and files that a killed server left unfinished. Call when all modules of a
  /// start were found or committed: those are the last to go.
  void tidy();

 private:
  ModuleCache(std::filesystem::path folder, std::string fingerprint, std::uint64_t capacity);
  void read_folder();

  std::filesystem::path folder_;
  std::string fingerprint_;
  std::uint64_t capacity_;
  std::unordered_map<std::string, std::string> names_;  ///< hash → file name
  std::unordered_set<std::string> used_;                ///< names that this start found or wrote
};

}  // namespace wws::runtime
