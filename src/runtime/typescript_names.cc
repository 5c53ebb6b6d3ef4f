#include "runtime/typescript_names.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace wws::runtime {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kJsonSpace = " \t\r\n";
constexpr std::array kTypedEndings = {".ts"sv, ".tsx"sv, ".mts"sv, ".js"sv, ".mjs"sv, ".jsx"sv, ".json"sv};
/// What a name of JavaScript is made of.
constexpr std::array kMadeOf = {std::pair(".js"sv, ".ts"sv), std::pair(".js"sv, ".tsx"sv),
                                std::pair(".mjs"sv, ".mts"sv), std::pair(".jsx"sv, ".tsx"sv)};

/// What follows `at`, without space and comments before it.
std::string_view after_space(std::string_view text, std::size_t at) {
  for (;;) {
    text = text.substr(std::min(text.find_first_not_of(kJsonSpace, at), text.size()));
    const bool is_line = text.starts_with("//");
    if (!is_line && !text.starts_with("/*")) return text;
    const std::size_t end = is_line ? text.find('\n') : text.find("*/", 2);
    at = std::min(end == std::string_view::npos ? text.size() : end + (is_line ? 1 : 2), text.size());
  }
}

/// The last `*` is the only one, or there is none: what a name has to begin and to end with.
std::optional<std::pair<std::string_view, std::string_view>> parts_of(std::string_view pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos || pattern.find('*', star + 1) != std::string_view::npos)
    return std::nullopt;
  return std::pair(pattern.substr(0, star), pattern.substr(star + 1));
}

/// Takes a text in quotes from the front of `text`, if there is one.
bool take_text(std::string_view& text, std::vector<std::string>& into) {
  if (!text.starts_with('"')) return false;
  const std::size_t end = text.find('"', 1);
  if (end == std::string_view::npos) return false;
  into.emplace_back(text.substr(1, end - 1));
  text = after_space(text, end + 1);
  return true;
}

/// Takes texts up to the `]`, of a list that has begun.
std::vector<std::string> take_list(std::string_view& text) {
  std::vector<std::string> texts;
  while (take_text(text, texts) && text.starts_with(',')) text = after_space(text, 1);
  if (text.starts_with(']')) text = after_space(text, 1);
  return texts;
}

/// Behind the `{` of "paths".
std::vector<MappedName> read_paths(std::string_view text) {
  std::vector<MappedName> paths;
  std::vector<std::string> name;
  while (name.clear(), take_text(text, name) && text.starts_with(':')) {
    text = after_space(text, 1);
    if (!text.starts_with('[')) break;
    text = after_space(text, 1);
    paths.push_back({std::move(name.front()), take_list(text)});
    if (!text.starts_with(',')) break;
    text = after_space(text, 1);
  }
  return paths;
}

/// Calls `found` with what stands behind each `"name":`.
template <typename Found>
void each_value(std::string_view text, std::string_view name, Found found) {
  const std::string key = '"' + std::string(name) + '"';
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
    const std::string_view colon = after_space(text, at + key.size());
    if (colon.starts_with(':')) found(after_space(colon, 1));
  }
}

}  // namespace

std::vector<std::string> typescript_names(std::string_view path) {
  std::vector<std::string> names;
  for (const auto& [made, of] : kMadeOf) {
    if (path.ends_with(made))
      names.push_back(std::string(path.substr(0, path.size() - made.size())) + std::string(of));
  }
  const bool is_folder = path.empty() || path.ends_with('/');
  if (!is_folder) {
    for (const std::string_view ending : kTypedEndings)
      names.push_back(std::string(path) + std::string(ending));
  }
  const std::string folder = std::string(path) + (is_folder ? "" : "/");
  for (const std::string_view ending : kTypedEndings) names.push_back(folder + "index" + std::string(ending));
  return names;
}

std::vector<std::string> jsx_sources(std::string_view script) {
  constexpr std::string_view kPragma = "@jsxImportSource";
  std::vector<std::string> sources;
  for (std::size_t at = script.find(kPragma); at != std::string_view::npos;
       at = script.find(kPragma, at + 1)) {
    const std::string_view rest = after_space(script, at + kPragma.size());
    const std::string_view name = rest.substr(0, std::min(rest.find_first_of(" \t\r\n*"), rest.size()));
    if (!name.empty()) sources.emplace_back(name);
  }
  return sources;
}

TypeScriptConfig read_typescript_config(std::string_view text) {
  TypeScriptConfig config;
  each_value(text, "jsxImportSource", [&](std::string_view value) { take_text(value, config.jsx_sources); });
  each_value(text, "extends", [&](std::string_view value) {
    if (!value.starts_with('[')) {
      take_text(value, config.extends);
      return;
    }
    value = after_space(value, 1);
    for (std::string& each : take_list(value)) config.extends.push_back(std::move(each));
  });
  each_value(text, "baseUrl", [&](std::string_view value) {
    std::vector<std::string> texts;
    if (take_text(value, texts)) config.base_url = std::move(texts.front());
  });
  each_value(text, "paths", [&](std::string_view value) {
    if (value.starts_with('{')) config.paths = read_paths(after_space(value, 1));
  });
  return config;
}

std::vector<std::string> mapped_places(const std::vector<MappedName>& paths, std::string_view name) {
  const MappedName* best = nullptr;
  std::size_t best_size = 0;
  std::string_view rest;
  for (const MappedName& each : paths) {
    if (each.pattern == name) return each.places;
    const auto parts = parts_of(each.pattern);
    if (!parts || name.size() < parts->first.size() + parts->second.size()) continue;
    if (!name.starts_with(parts->first) || !name.ends_with(parts->second)) continue;
    if (best != nullptr && parts->first.size() <= best_size) continue;
    best = &each;
    best_size = parts->first.size();
    rest = name.substr(best_size, name.size() - best_size - parts->second.size());
  }
  std::vector<std::string> places;
  for (std::string place : best == nullptr ? std::vector<std::string>() : best->places) {
    if (const std::size_t star = place.find('*'); star != std::string::npos) place.replace(star, 1, rest);
    places.push_back(std::move(place));
  }
  return places;
}

}  // namespace wws::runtime
