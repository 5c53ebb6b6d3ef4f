// What a worker's TOML file and a project's may say: every key, described once. The readers of this folder
// know no other keys, and what people and editors are told is made of it (src/reference).
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wws::config {

enum class ConfigFile {
  kWorker,   ///< `hello.toml` beside `hello.wasm`
  kProject,  ///< `wws.toml`
};

enum class KeyType {
  kText,
  kPath,       ///< of a file or folder
  kSize,       ///< "64MiB" (base/quantity.h)
  kDuration,   ///< "250ms"
  kCount,      ///< an integer
  kFlag,       ///< true or false
  kRatio,      ///< a number from 0 to 1, or "off"
  kChoice,     ///< one of some texts
  kSomeTexts,  ///< a text, or a list of texts
  kTexts,      ///< a list of texts
  kAny,        ///< accepted and not looked at
};

/// From when on a changed value is used.
enum class UsedFrom {
  kReload,  ///< the project is read again
  kStart,   ///< another start of the server, or another server in its place
};

enum class Presence { kOptional, kRequired };

inline constexpr std::uint64_t kNoBound = std::numeric_limits<std::uint64_t>::max();

/// One key. All texts have static lifetime.
struct Key {
  std::string_view name{};
  KeyType type = KeyType::kText;
  /// What holds without it, as TOML has it but without the quotation marks of a text; empty: see `what`.
  std::string_view fallback{};
  /// A sentence or two. Code stands between backticks.
  std::string_view what{};
  /// A value to show, written like `fallback`; empty: `fallback` is one.
  std::string_view example{};
  /// Bounds: bytes of a size, milliseconds of a duration, the number of a count, the length of a text.
  std::uint64_t least = 0;
  std::uint64_t most = kNoBound;
  std::span<const std::string_view> choices{};  ///< of kChoice, in the order of their enumeration
  /// What a text, or each of a list, matches: a regular expression as JSON Schema has them (ECMA-262). For
  /// editors; the reader's own check is the stricter one.
  std::string_view pattern{};
  Presence presence = Presence::kOptional;
  UsedFrom used_from = UsedFrom::kReload;
};

enum class TableKind {
  kTable,  ///< [limits]
  kList,   ///< [[folders]]
  kTexts,  ///< any keys, whose values are texts: [vars]
  kAny,    ///< accepted and not looked at
};

/// A table and its own keys.
struct KeyTable {
  std::string_view path{};  ///< "data.kv"; empty: the file's first keys
  TableKind kind = TableKind::kTable;
  std::string_view what{};  ///< as of a key
  std::span<const Key> keys{};
  std::span<const std::string_view> together{};  ///< who writes one of these keys writes all
  std::string_view page{};                       ///< of docs/, where more is said
};

/// The tables of such a file, in the order in which they are shown. Static lifetime.
[[nodiscard]] std::span<const KeyTable* const> key_tables(ConfigFile file) noexcept;

/// What the table at `path` may hold, keys and tables; `path` may also be one that has tables alone ("data").
[[nodiscard]] std::vector<std::string_view> names_in(ConfigFile file, std::string_view path);

/// What a table may hold: its keys, and tables inside of it.
[[nodiscard]] std::vector<std::string_view> names_in(const KeyTable& table);

/// Paths of tables that hold nothing but tables: "data", "features".
[[nodiscard]] std::vector<std::string_view> outer_tables(ConfigFile file);

/// "64KiB to 4GiB", "1ms to 1m", "1 to 100000", "at most 128 bytes"; empty: it has no bounds worth a word.
[[nodiscard]] std::string bounds_text(const Key& key);

}  // namespace wws::config
