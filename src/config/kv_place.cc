#include "config/kv_place.h"

#include <fmt/format.h>

namespace wws::config {

Result<KvPlace> parse_kv_place(std::string_view text) {
  constexpr std::string_view kFile = "file:";
  if (text == "memory") return KvPlace{KvPlace::Kind::kMemory, {}};
  const std::string_view folder = text.starts_with(kFile) ? text.substr(kFile.size()) : std::string_view();
  if (folder.empty() || folder.find('\0') != std::string_view::npos)
    return fail(
        ErrorCode::kBadConfig,
        fmt::format("the key-value store is in \"memory\" or in \"file:FOLDER\", and not in \"{}\"", text));
  return KvPlace{KvPlace::Kind::kFile, std::string(folder)};
}

}  // namespace wws::config
