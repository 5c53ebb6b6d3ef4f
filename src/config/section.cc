#include "config/section.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/quantity.h"

namespace wws::config {
namespace {

void report(const toml::table& table, const Key& key, std::string message, Reporter& reporter) {
  reporter.error(table.get(key.name)->source(), std::move(message));
}

/// A text that `parse` understands.
template <class Value, class Parse>
std::optional<Value> read_parsed(const toml::table& table, const Key& key, Parse parse, Reporter& reporter) {
  const auto text = read_text(table, key, reporter);
  if (!text) return std::nullopt;
  auto value = parse(*text);
  if (value) return *value;
  report(table, key, value.error().message, reporter);
  return std::nullopt;
}

/// `"a"`, `"a" or "b"`, `"a", "b" or "c"`.
std::string listed(std::span<const std::string_view> choices) {
  std::string text;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) text += i + 1 == choices.size() ? " or " : ", ";
    text += fmt::format("\"{}\"", choices[i]);
  }
  return text;
}

}  // namespace

std::optional<std::string> read_text(const toml::table& table, const Key& key, Reporter& reporter) {
  const toml::node* node = table.get(key.name);
  if (node == nullptr) return std::nullopt;
  if (const auto* text = node->as_string()) return text->get();
  report(table, key, fmt::format("\"{}\" has to be a string, and is {}", key.name, type_name(*node)),
         reporter);
  return std::nullopt;
}

std::optional<bool> read_flag(const toml::table& table, const Key& key, Reporter& reporter) {
  const toml::node* node = table.get(key.name);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = node->as_boolean()) return value->get();
  report(table, key, fmt::format("\"{}\" has to be true or false, and is {}", key.name, type_name(*node)),
         reporter);
  return std::nullopt;
}

std::optional<std::uint64_t> read_size(const toml::table& table, const Key& key, Reporter& reporter) {
  const auto bytes = read_parsed<std::uint64_t>(table, key, base::parse_size, reporter);
  if (!bytes || (*bytes >= key.least && *bytes <= key.most)) return bytes;
  report(table, key,
         fmt::format("\"{}\" is from {} to {}, and not {}", key.name, base::format_size(key.least),
                     base::format_size(key.most), *read_text(table, key, reporter)),
         reporter);
  return std::nullopt;
}

std::optional<base::Duration> read_duration(const toml::table& table, const Key& key, Reporter& reporter) {
  const auto duration = read_parsed<base::Duration>(table, key, base::parse_duration, reporter);
  if (!duration) return std::nullopt;
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(*duration).count();
  if (static_cast<std::uint64_t>(milliseconds) >= key.least &&
      static_cast<std::uint64_t>(milliseconds) <= key.most)
    return duration;
  report(table, key,
         key.most == kNoBound ? fmt::format("\"{}\" has to be more than zero", key.name)
                              : fmt::format("\"{}\" is from {}", key.name, bounds_text(key)),
         reporter);
  return std::nullopt;
}

std::optional<double> read_ratio(const toml::table& table, const Key& key, Reporter& reporter) {
  constexpr double kOff = -1;
  const toml::node* node = table.get(key.name);
  if (node == nullptr) return std::nullopt;
  if (const auto* text = node->as_string(); text != nullptr && text->get() == "off") return kOff;
  const auto number = node->is_string() ? std::nullopt : node->value<double>();
  if (number && *number >= 0 && *number <= 1) return number;
  report(table, key, fmt::format("\"{}\" is a number from 0 to 1, or \"off\"", key.name), reporter);
  return std::nullopt;
}

std::optional<std::uint64_t> read_count(const toml::table& table, const Key& key, Reporter& reporter) {
  const toml::node* node = table.get(key.name);
  if (node == nullptr) return std::nullopt;
  const auto* number = node->as_integer();
  if (number == nullptr) {
    report(table, key, fmt::format("\"{}\" has to be an integer, and is {}", key.name, type_name(*node)),
           reporter);
    return std::nullopt;
  }
  const std::int64_t value = number->get();
  if (value >= 0 && static_cast<std::uint64_t>(value) >= key.least &&
      static_cast<std::uint64_t>(value) <= key.most)
    return static_cast<std::uint64_t>(value);
  report(table, key, fmt::format("\"{}\" is from {}, and not {}", key.name, bounds_text(key), value),
         reporter);
  return std::nullopt;
}

std::optional<std::size_t> read_choice(const toml::table& table, const Key& key, std::string_view hint,
                                       Reporter& reporter) {
  const auto text = read_text(table, key, reporter);
  if (!text) return std::nullopt;
  const auto found = std::ranges::find(key.choices, *text);
  if (found != key.choices.end()) return static_cast<std::size_t>(found - key.choices.begin());
  report(table, key,
         fmt::format("\"{}\" is {}, and not \"{}\"{}", key.name, listed(key.choices), *text, hint), reporter);
  return std::nullopt;
}

std::optional<std::vector<std::string>> read_texts(const toml::table& table, const Key& key,
                                                   const CheckText& check, Reporter& reporter) {
  const toml::node* node = table.get(key.name);
  if (node == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  const auto take = [&](const toml::node& element, const std::string& text) {
    std::string value = text;
    if (const auto wrong = check(value)) {
      reporter.error(element.source(), fmt::format("\"{}\" of \"{}\": {}", text, key.name, *wrong));
    } else {
      texts.push_back(std::move(value));
    }
  };
  const bool may_be_one = key.type == KeyType::kSomeTexts;
  if (const auto* text = node->as_string(); text != nullptr && may_be_one) {
    take(*node, text->get());
    return texts;
  }
  const auto* array = node->as_array();
  if (array == nullptr) {
    report(table, key,
           fmt::format("\"{}\" has to be {}a list of strings, and is {}", key.name,
                       may_be_one ? "a string or " : "", type_name(*node)),
           reporter);
    return std::nullopt;
  }
  for (const toml::node& element : *array) {
    if (const auto* text = element.as_string()) {
      take(element, text->get());
    } else {
      reporter.error(element.source(), fmt::format("\"{}\" has to be a list of strings, and one is {}",
                                                   key.name, type_name(element)));
    }
  }
  return texts;
}

void warn_of_unknown_names(const toml::table& root, ConfigFile file, Reporter& reporter) {
  warn_of_unknown_keys(root, names_in(file, {}), reporter);
  for (const std::string_view path : outer_tables(file)) {
    if (const toml::table* outer = read_table(root, path, reporter))
      warn_of_unknown_keys(*outer, names_in(file, path), reporter);
  }
}

void warn_of_unknown_keys(const toml::table& table, const KeyTable& known, Reporter& reporter) {
  warn_of_unknown_keys(table, names_in(known), reporter);
}

const toml::table* open_table(const toml::table& root, const KeyTable& known, Reporter& reporter) {
  const toml::table* outer = &root;
  std::string_view name = known.path;
  for (std::size_t dot = name.find('.'); outer != nullptr && dot != std::string_view::npos;
       dot = name.find('.')) {
    outer = (*outer)[name.substr(0, dot)].as_table();  // what else it is was reported
    name.remove_prefix(dot + 1);
  }
  const toml::table* table = outer != nullptr ? read_table(*outer, name, reporter) : nullptr;
  if (table != nullptr && known.kind != TableKind::kTexts) warn_of_unknown_keys(*table, known, reporter);
  return table;
}

}  // namespace wws::config
