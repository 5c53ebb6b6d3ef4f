// Where the key-value store is: --kv, and [kv] of the project's file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wws::config {

struct KvPlace {
  enum class Kind {
    kMemory,  ///< "memory": gone at the end
    kFile,    ///< "file:FOLDER"
  };
  Kind kind = Kind::kFile;
  std::string folder;  ///< of kFile: absolute, or relative to the project's root
};

/// kBadConfig: it is neither of these.
[[nodiscard]] Result<KvPlace> parse_kv_place(std::string_view text);

/// The table [kv].
struct KvConfig {
  std::optional<KvPlace> place;                  ///< none: the project's own folder
  std::optional<std::uint64_t> namespace_quota;  ///< bytes of one namespace
  std::optional<std::uint64_t> quota;            ///< of all
};

}  // namespace wws::config
