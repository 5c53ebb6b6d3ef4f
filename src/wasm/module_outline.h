// What can be told of a module's file without compiling it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace wws::wasm {

/// What an import is.
enum class ExternKind : std::uint8_t { kFunction = 0, kTable = 1, kMemory = 2, kGlobal = 3, kTag = 4 };

/// The parts of a WebAssembly binary (core specification 3.0, "Binary Format") by which we decide what it is.
/// Views point into the bytes it was read from.
struct ModuleOutline {
  struct Import {
    std::string_view module;
    std::string_view name;
    ExternKind kind = ExternKind::kFunction;
  };
  /// One custom section: where it stands, its header included.
  struct CustomSection {
    std::string_view name;
    std::size_t offset = 0;
    std::size_t size = 0;
  };

  std::vector<Import> imports;
  std::vector<std::string_view> exports;  ///< names of functions, memories and all else
  std::vector<CustomSection> custom_sections;

  /// Whether something is exported by this name.
  [[nodiscard]] bool exports_name(std::string_view name) const {
    return std::ranges::find(exports, name) != exports.end();
  }
};

/// Reads the frame of all sections, and imports and exports. kBadModule says what is wrong and where: not
/// WebAssembly, a component, cut short, or with sections that do not fit. What is inside of other sections
/// is not looked at; the compiler validates it.
[[nodiscard]] Result<ModuleOutline> read_outline(std::string_view bytes);

/// Debug information beyond this is dropped before compiling: it is read again for each backtrace, on the
/// thread that serves.
inline constexpr std::size_t kLargestDebugInformation = std::size_t{8} << 20;

/// The same module without its debug information, if that is larger than kLargestDebugInformation; else
/// `bytes`, uncopied: `storage` holds what is new.
[[nodiscard]] std::string_view without_large_debug_information(std::string_view bytes,
                                                               const ModuleOutline& outline,
                                                               std::string& storage);

}  // namespace wws::wasm
