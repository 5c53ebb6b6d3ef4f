// Fuzz target: the frame of a module's file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wasm/module_outline.h"

namespace {

/// assert() that stays in every build type.
void require(bool holds) {
  if (!holds) std::abort();
}

bool is_inside(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const auto outline = wws::wasm::read_outline(text);
  if (!outline) {
    require(!outline.error().message.empty());
    return 0;
  }
  for (const auto& import : outline->imports)
    require(is_inside(import.module, text) && is_inside(import.name, text));
  for (const auto& name : outline->exports) require(is_inside(name, text));
  for (const auto& section : outline->custom_sections) {
    require(section.offset + section.size <= text.size());
    require(is_inside(section.name, std::string_view(text).substr(section.offset, section.size)));
  }
  std::string storage;
  const auto rest = wws::wasm::without_large_debug_information(text, *outline, storage);
  require(rest.size() <= text.size() && wws::wasm::read_outline(rest).has_value());
  return 0;
}
