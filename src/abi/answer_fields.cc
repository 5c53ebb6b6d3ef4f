#include "abi/answer_fields.h"

#include <fmt/format.h>

namespace wws::abi {

bool is_framing(std::string_view name) noexcept {
  for (const std::string_view framing :
       {"content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "trailer"}) {
    if (name == framing) return true;
  }
  return false;
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  if (text.size() <= kLongest) return fmt::format("\"{}\"", text);
  return fmt::format("\"{}...\" ({} bytes)", text.substr(0, kLongest), text.size());
}

}  // namespace wws::abi
