// A table of a TOML file on its way into what holds it. Private to this folder.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "config/key_tables.h"
#include "config/toml_table.h"

namespace wws::config {

/// A key of `kTable`. One that is not described does not compile.
template <const KeyTable& kTable>
struct KeyOf {
  consteval KeyOf(const char* name) : key(find(name)) {}

  const Key& key;

 private:
  static consteval const Key& find(std::string_view name) {
    for (const Key& key : kTable.keys) {
      if (key.name == name) return key;
    }
    throw "config/key_tables.h does not describe this key";
  }
};

/// What is wrong with an element of a list, which may be changed; none: nothing.
using CheckText = std::function<std::optional<std::string>(std::string& text)>;

// The readers of single keys. A bad value is reported, and then as good as not there.

[[nodiscard]] std::optional<std::string> read_text(const toml::table& table, const Key& key,
                                                   Reporter& reporter);
/// A number from 0 to 1; below 0: "off".
[[nodiscard]] std::optional<double> read_ratio(const toml::table& table, const Key& key, Reporter& reporter);
[[nodiscard]] std::optional<bool> read_flag(const toml::table& table, const Key& key, Reporter& reporter);
/// Bytes, within the key's bounds; and so the two that follow.
[[nodiscard]] std::optional<std::uint64_t> read_size(const toml::table& table, const Key& key,
                                                     Reporter& reporter);
[[nodiscard]] std::optional<base::Duration> read_duration(const toml::table& table, const Key& key,
                                                          Reporter& reporter);
[[nodiscard]] std::optional<std::uint64_t> read_count(const toml::table& table, const Key& key,
                                                      Reporter& reporter);
/// The place of the value among the key's choices. `hint` follows the message.
[[nodiscard]] std::optional<std::size_t> read_choice(const toml::table& table, const Key& key,
                                                     std::string_view hint, Reporter& reporter);
/// A list without the elements that `check` does not like; of a key of kSomeTexts also one text.
[[nodiscard]] std::optional<std::vector<std::string>> read_texts(const toml::table& table, const Key& key,
                                                                 const CheckText& check, Reporter& reporter);

/// One table of which `kTable` says what may be in it. Lives no longer than the table and the reporter.
template <const KeyTable& kTable>
class Section {
 public:
  using Name = KeyOf<kTable>;

  Section(const toml::table& table, Reporter& reporter) : table_(table), reporter_(reporter) {}

  [[nodiscard]] std::optional<std::string> text(Name name) const {
    return read_text(table_, name.key, reporter_);
  }
  [[nodiscard]] std::optional<double> ratio(Name name) const {
    return read_ratio(table_, name.key, reporter_);
  }
  [[nodiscard]] std::optional<bool> flag(Name name) const { return read_flag(table_, name.key, reporter_); }
  [[nodiscard]] std::optional<std::uint64_t> size(Name name) const {
    return read_size(table_, name.key, reporter_);
  }
  [[nodiscard]] std::optional<base::Duration> duration(Name name) const {
    return read_duration(table_, name.key, reporter_);
  }
  template <class Enum>
  [[nodiscard]] std::optional<Enum> choice(Name name, std::string_view hint = {}) const {
    const auto place = read_choice(table_, name.key, hint, reporter_);
    return place ? std::optional(static_cast<Enum>(*place)) : std::nullopt;
  }
  [[nodiscard]] std::optional<std::vector<std::string>> texts(Name name, const CheckText& check) const {
    return read_texts(table_, name.key, check, reporter_);
  }

  // What is there takes the place of `value`.
  void size(Name name, std::uint64_t& value) const { value = size(name).value_or(value); }
  void duration(Name name, base::Duration& value) const { value = duration(name).value_or(value); }
  template <class Integer>
  void count(Name name, Integer& value) const {
    if (const auto number = read_count(table_, name.key, reporter_))
      value = static_cast<std::uint32_t>(*number);
  }

  [[nodiscard]] bool has(Name name) const { return table_.get(name.key.name) != nullptr; }
  /// Where the key's value is; of one that is not there: where the table is.
  [[nodiscard]] const toml::source_region& source(Name name) const {
    const toml::node* node = table_.get(name.key.name);
    return node != nullptr ? node->source() : table_.source();
  }
  [[nodiscard]] const toml::source_region& source() const { return table_.source(); }
  void error(Name name, std::string message) const { reporter_.error(source(name), std::move(message)); }
  /// Of several keys.
  void error(std::string message) const { reporter_.error(source(), std::move(message)); }

 private:
  const toml::table& table_;
  Reporter& reporter_;
};

/// Warns of keys and tables that such a file does not have, in it and in its tables that hold nothing but
/// tables.
void warn_of_unknown_names(const toml::table& root, ConfigFile file, Reporter& reporter);

/// Warns of keys and tables that the table has not.
void warn_of_unknown_keys(const toml::table& table, const KeyTable& known, Reporter& reporter);

/// The table at the path of `known` with a warning for each key that is not one of its own. Null: it is not
/// there, or not a table, which is reported.
[[nodiscard]] const toml::table* open_table(const toml::table& root, const KeyTable& known,
                                            Reporter& reporter);

template <const KeyTable& kTable>
[[nodiscard]] std::optional<Section<kTable>> open_section(const toml::table& root, Reporter& reporter) {
  const toml::table* table = open_table(root, kTable, reporter);
  return table != nullptr ? std::optional(Section<kTable>(*table, reporter)) : std::nullopt;
}

/// One of a list of tables, likewise.
template <const KeyTable& kTable>
[[nodiscard]] Section<kTable> open_entry(const toml::table& entry, Reporter& reporter) {
  warn_of_unknown_keys(entry, kTable, reporter);
  return Section<kTable>(entry, reporter);
}

}  // namespace wws::config
