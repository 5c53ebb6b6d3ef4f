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
#include "runtime/verified_files.h"

namespace wws::runtime {

class FileContent;

/// SHA-256 of a module's bytes, in hexadecimal: its name in the cache.
[[nodiscard]] std::string module_hash(std::string_view wasm);

/// A private folder of compiled modules, for one engine fingerprint.
///
/// Its files are trusted machine code: nobody else can write to the folder or put another in its place
/// (base/private_folder.h), and all work is done through its descriptor, whatever happens to its name
/// meanwhile. Each file's owner is verified when it is opened, and its checksum if that was not done since
/// the machine started, and what was verified is what gets mapped: the open descriptor, which is for reading
/// only. Files are written under a temporary name and renamed, never changed. Two servers may share the
/// folder. When it holds more than `capacity` bytes, files that were not used for the longest time are
/// removed, of any fingerprint; processes that have them mapped keep them. Used from one thread.
class ModuleCache {
 public:
  /// Makes the folder if it is not there. kIo: it cannot be made, or is not private, or code in it may not be
  /// executed. One that can only be read is used as it is.
  [[nodiscard]] static Result<ModuleCache> open(const std::filesystem::path& folder, std::string fingerprint,
                                                std::uint64_t capacity = kCapacity);
  static constexpr std::uint64_t kCapacity = std::uint64_t{2} << 30;

  /// `$XDG_CACHE_HOME/wws/modules`, or below `~/.cache`. Empty: the environment names neither, and a place
  /// that all users share is none.
  [[nodiscard]] static std::filesystem::path default_folder();

  /// The compiled form of the module with this hash. A file that is not what was written is removed.
  [[nodiscard]] std::optional<base::File> find(const std::string& hash);

  /// When what is kept survives a loss of power: a file that did not is known by its checksum, and made
  /// again.
  enum class Durable {
    kAtOnce,  ///< what takes long to make
    kLater,   ///< what is made sooner than a disk is written to
  };

  /// Keeps what `code` holds as the compiled form of that module. Returns the file, opened for reading. kIo:
  /// the folder takes it not.
  [[nodiscard]] Result<base::File> keep(const std::string& hash, const base::File& code,
                                        Durable durable = Durable::kAtOnce);

  /// Removes what is too much, and files that a killed server left unfinished, and notes what was verified.
  /// Call when all modules of a start were found or kept: those are the last to go.
  void tidy();

 private:
  ModuleCache(base::File folder, std::filesystem::path path, std::string fingerprint, std::uint64_t capacity);
  void read_folder();
  [[nodiscard]] static Result<bool> is_as_written(const base::File& file, std::string_view name);
  [[nodiscard]] Result<base::File> write(const std::string& temporary, const std::string& name,
                                         const FileContent& content, Durable durable) const;
  [[nodiscard]] std::unexpected<Error> failed(std::string_view what) const;

  base::File folder_;
  std::filesystem::path path_;  ///< for messages
  std::string fingerprint_;
  std::uint64_t capacity_;
  std::unordered_map<std::string, std::string> names_;  ///< hash → file name
  std::unordered_set<std::string> used_;                ///< names that this start found or wrote
  VerifiedFiles verified_;
};

}  // namespace wws::runtime
