#include "watch/places.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace wws::watch {

bool is_by_the_way(const std::filesystem::path& name) {
  constexpr std::array<std::string_view, 5> kFolders = {".git", ".hg", ".svn", ".wws", "node_modules"};
  constexpr std::array<std::string_view, 6> kEndings = {"~", ".swp", ".swx", ".swo", "#", "___jb_tmp___"};
  const std::string& text = name.native();
  // What vim tries a folder with; Emacs's locks.
  if (text == "4913" || text.starts_with(".#")) return true;
  return std::ranges::find(kFolders, text) != kFolders.end() ||
         std::ranges::any_of(kEndings, [&](std::string_view ending) { return text.ends_with(ending); });
}

}  // namespace wws::watch
