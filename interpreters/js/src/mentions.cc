#include "mentions.h"

#include <algorithm>
#include <string_view>

namespace wws::js {
namespace {

using namespace std::literals;

bool is_word(char each) {
  return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') || (each >= '0' && each <= '9') ||
         each == '_' || each == '$';
}

std::string_view without_space(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

/// `request.body` and `{ body } = request`.
bool has_body(std::string_view text) {
  constexpr std::string_view kBody = "body";
  for (std::size_t at = text.find(kBody); at != std::string_view::npos; at = text.find(kBody, at + 1)) {
    if (at == 0) continue;
    const std::string_view after = text.substr(at + kBody.size());
    if (!after.empty() && is_word(after.front())) continue;
    if (text[at - 1] == '.') return true;
    const std::string_view next = without_space(after);
    if (!is_word(text[at - 1]) && !next.empty() && (next.front() == ',' || next.front() == '}')) return true;
  }
  return false;
}

/// `async *generate()`, whose values a Response may take.
bool has_generator(std::string_view text) {
  constexpr std::string_view kAsync = "async";
  for (std::size_t at = text.find(kAsync); at != std::string_view::npos; at = text.find(kAsync, at + 1)) {
    std::string_view next = without_space(text.substr(at + kAsync.size()));
    if (next.starts_with("function"sv)) next = without_space(next.substr("function"sv.size()));
    if (next.starts_with('*') || next.starts_with("Iterator"sv)) return true;
  }
  return false;
}

bool mentions_streams(std::string_view text) {
  return text.contains("tream"sv) || has_body(text) || has_generator(text);
}

}  // namespace

bool mention_streams(const Files& files) noexcept {
  return std::ranges::any_of(files.all(), [](const auto& file) { return mentions_streams(file.content); });
}

bool mention_buffer(const Files& files) noexcept {
  return std::ranges::any_of(files.all(), [](const auto& file) {
    constexpr std::string_view kBuffer = "Buffer";
    const std::string_view text = file.content;
    for (std::size_t at = text.find(kBuffer); at != std::string_view::npos; at = text.find(kBuffer, at + 1)) {
      const char before = at == 0 ? ' ' : text[at - 1];
      const std::string_view after = text.substr(at + kBuffer.size());
      if (!is_word(before) && (after.empty() || !is_word(after.front()))) return true;
    }
    return false;
  });
}

}  // namespace wws::js
