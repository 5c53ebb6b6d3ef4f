#include "wasm/module_outline.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace wws::wasm {
namespace {

constexpr std::string_view kMagic("\0asm", 4);
constexpr std::string_view kCoreVersion("\1\0\0\0", 4);
constexpr std::string_view kComponentVersion("\x0d\0\1\0", 4);
constexpr unsigned kCustomSection = 0;
constexpr unsigned kImportSection = 2;
constexpr unsigned kExportSection = 7;
/// The WebAssembly JavaScript interface's own limits, which the engine keeps too.
constexpr std::uint32_t kMostImports = 1'000'000;
constexpr std::uint32_t kMostExports = 1'000'000;

/// Reads from the front of some bytes; nothing once they are used up or malformed.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes), size_(bytes.size()) {}

  [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }
  [[nodiscard]] std::size_t offset() const noexcept { return size_ - rest_.size(); }

  std::optional<std::uint8_t> byte() {
    if (rest_.empty()) return std::nullopt;
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }

  /// LEB128 with at most `kBits` bits.
  template <unsigned kBits>
  std::optional<std::uint64_t> number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < kBits; shift += 7) {
      const auto next = byte();
      if (!next) return std::nullopt;
      const std::uint64_t bits = *next & 0x7fU;
      if (shift + 7 > kBits && bits >> (kBits - shift) != 0) return std::nullopt;
      value |= bits << shift;
      if ((*next & 0x80U) == 0) return value;
    }
    return std::nullopt;
  }
  std::optional<std::uint32_t> number32() {
    const auto value = number<32>();
    return value ? std::optional(static_cast<std::uint32_t>(*value)) : std::nullopt;
  }

  std::optional<std::string_view> bytes(std::size_t count) {
    if (count > rest_.size()) return std::nullopt;
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::optional<std::string_view> name() {
    const auto size = number32();
    return size ? bytes(*size) : std::nullopt;
  }

 private:
  std::string_view rest_;
  std::size_t size_;
};

/// A value type, or a reference type with its heap type.
bool skip_value_type(Reader& reader) {
  const auto type = reader.byte();
  if (!type) return false;
  const bool has_heap_type = *type == 0x63 || *type == 0x64;  // (ref null ht), (ref ht)
  return !has_heap_type || reader.number<33>();
}

bool skip_limits(Reader& reader) {
  const auto flags = reader.byte();
  if (!flags || *flags > 0x0f) return false;
  if (!reader.number<64>()) return false;
  if ((*flags & 1U) != 0 && !reader.number<64>()) return false;
  return (*flags & 8U) == 0 || reader.number32();  // custom page size
}

bool skip_type(Reader& reader, ExternKind kind) {
  switch (kind) {
    case ExternKind::kFunction:
      return reader.number32().has_value();
    case ExternKind::kTable:
      return skip_value_type(reader) && skip_limits(reader);
    case ExternKind::kMemory:
      return skip_limits(reader);
    case ExternKind::kGlobal:
      return skip_value_type(reader) && reader.byte();
    case ExternKind::kTag:
      return reader.byte() && reader.number32();
  }
  return false;
}

/// What an import is, whose name was read; its type is skipped.
std::optional<ExternKind> read_import_kind(Reader& reader) {
  const auto byte = reader.byte();
  if (!byte) return std::nullopt;
  const ExternKind kind{*byte};
  return skip_type(reader, kind) ? std::optional(kind) : std::nullopt;
}

bool read_imports(std::string_view section, ModuleOutline& outline) {
  Reader reader(section);
  const auto count = reader.number32();
  if (!count || *count > kMostImports) return false;
  for (std::uint32_t i = 0; i < *count; ++i) {
    const auto module = reader.name();
    const auto name = reader.name();
    const auto kind = name ? read_import_kind(reader) : std::nullopt;
    if (!module || !kind) return false;
    outline.imports.push_back({*module, *name, *kind});
  }
  return reader.empty();
}

bool read_exports(std::string_view section, ModuleOutline& outline) {
  Reader reader(section);
  const auto count = reader.number32();
  if (!count || *count > kMostExports) return false;
  for (std::uint32_t i = 0; i < *count; ++i) {
    const auto name = reader.name();
    if (!name || !reader.byte() || !reader.number32()) return false;
    outline.exports.push_back(*name);
  }
  return reader.empty();
}

/// True if it could be read, or is of a kind that is not looked into.
bool read_section(unsigned id, std::string_view content, std::size_t begin, std::size_t end,
                  ModuleOutline& outline) {
  if (id == kImportSection) return read_imports(content, outline);
  if (id == kExportSection) return read_exports(content, outline);
  if (id != kCustomSection) return true;
  Reader reader(content);
  const auto name = reader.name();
  if (name) outline.custom_sections.push_back({*name, begin, end - begin});
  return name.has_value();
}

std::unexpected<Error> bad(std::string message) { return fail(ErrorCode::kBadModule, std::move(message)); }

}  // namespace

Result<ModuleOutline> read_outline(std::string_view bytes) {
  Reader reader(bytes);
  if (bytes.empty()) return bad("the file is empty");
  if (reader.bytes(kMagic.size()) != kMagic)
    return bad("not a WebAssembly module: it does not begin with \\0asm");
  const auto version = reader.bytes(kCoreVersion.size());
  if (version == kComponentVersion) {
    return bad("is a WebAssembly component; build the worker as a core module, a WASI preview 1 command");
  }
  if (version != kCoreVersion) return bad("not a WebAssembly module of version 1");
  ModuleOutline outline;
  while (!reader.empty()) {
    const std::size_t begin = reader.offset();
    const auto id = reader.byte();
    const auto size = reader.number32();
    const auto content = size ? reader.bytes(*size) : std::nullopt;
    if (!id || !content) return bad(fmt::format("is cut short in the section at byte {}", begin));
    if (!read_section(*id, *content, begin, reader.offset(), outline))
      return bad(fmt::format("section {} at byte {} is malformed", *id, begin));
  }
  return outline;
}

std::string_view without_large_debug_information(std::string_view bytes, const ModuleOutline& outline,
                                                 std::string& storage) {
  std::size_t debug = 0;
  for (const auto& section : outline.custom_sections) {
    if (section.name.starts_with(".debug_")) debug += section.size;
  }
  if (debug <= kLargestDebugInformation) return bytes;
  storage.clear();
  storage.reserve(bytes.size() - debug);
  std::size_t copied = 0;
  for (const auto& section : outline.custom_sections) {
    if (!section.name.starts_with(".debug_")) continue;
    storage.append(bytes.substr(copied, section.offset - copied));
    copied = section.offset + section.size;
  }
  storage.append(bytes.substr(copied));
  return storage;
}

}  // namespace wws::wasm
