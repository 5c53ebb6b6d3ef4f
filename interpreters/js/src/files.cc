#include "files.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace wws::js {
namespace {

std::string read_input() {
  std::string input;
  constexpr std::size_t kStep = std::size_t{64} << 10;
  for (;;) {
    const std::size_t before = input.size();
    input.resize(before + kStep);
    const ssize_t count = ::read(STDIN_FILENO, input.data() + before, kStep);
    input.resize(before + (count > 0 ? static_cast<std::size_t>(count) : 0));
    if (count <= 0) return input;
  }
}

}  // namespace

std::optional<Files> Files::read() {
  const std::string input = read_input();
  Files files;
  int nameless = 0;
  for (std::size_t at = 0; at < input.size();) {
    std::uint32_t name = 0;
    std::uint32_t content = 0;
    if (input.size() - at < 8) return std::nullopt;
    std::memcpy(&name, input.data() + at, 4);
    std::memcpy(&content, input.data() + at + 4, 4);
    at += 8;
    if (input.size() - at < std::size_t{name} + content) return std::nullopt;
    if (name == 0) {
      if (!files.take_nameless(nameless++, std::string_view(input).substr(at, content))) return std::nullopt;
    } else {
      files.files_.push_back({input.substr(at, name), input.substr(at + name, content)});
    }
    at += std::size_t{name} + content;
  }
  if (files.find(files.entry_) == nullptr) return std::nullopt;
  return files;
}

bool Files::take_nameless(int place, std::string_view content) {
  switch (place) {
    case 0:
      entry_ = content;
      return true;
    case 1:
      return imports_.read(content);
    case 2:
      variables_ = content;
      return true;
    default:
      bindings_ = content;
      return true;
  }
}

const std::string* Files::find(std::string_view name) const noexcept {
  for (const File& file : files_) {
    if (file.name == name) return &file.content;
  }
  return nullptr;
}

bool Files::mention(std::string_view text) const noexcept {
  return std::ranges::any_of(files_,
                             [&](const File& file) { return file.content.find(text) != std::string::npos; });
}

}  // namespace wws::js
