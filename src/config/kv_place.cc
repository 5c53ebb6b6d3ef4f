#include "config/kv_place.h"

#include <fmt/format.h>

#include <utility>

namespace wws::config {

Result<KvPlace> parse_kv_place(std::string_view text) {
  constexpr std::string_view kFile = "file:";
  if (text == "memory") return KvPlace{KvPlace::Kind::kMemory, {}, {}};
  if (is_redis_url(text)) {
    auto url = parse_redis_url(text);
    if (!url) return fail(url);
    return KvPlace{KvPlace::Kind::kRedis, {}, std::move(*url)};
  }
  const std::string_view folder = text.starts_with(kFile) ? text.substr(kFile.size()) : std::string_view();
  if (folder.empty() || folder.find('\0') != std::string_view::npos)
    return fail(ErrorCode::kBadConfig, fmt::format("the key-value store is in \"memory\", in \"file:FOLDER\" "
                                                   "or in \"redis://HOST\", and not in \"{}\"",
                                                   text));
  return KvPlace{KvPlace::Kind::kFile, std::string(folder), {}};
}

}  // namespace wws::config
