#include "abi/imports.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "abi/host_functions.h"
#include "abi/native_exchange.h"
#include "abi/version.h"
#include "base/log.h"

namespace wws::abi {
namespace {

using Import = wasm::ModuleOutline::Import;

constexpr std::size_t kMostNamed = 12;
constexpr std::size_t kLongestName = 60;

/// Imports by which a feature is known that the server does not have, or has for other modules only. A `*`
/// at the end stands for any text.
struct Feature {
  std::string_view module;
  std::string_view name;
  std::string_view what;
};
constexpr std::array kFeatures = {
    Feature{"wasi_experimental_http", "*", "outgoing HTTP"},
    Feature{"wasi_ephemeral_nn*", "*", "inference (wasi-nn)"},
    Feature{"wasi_nn", "*", "inference (wasi-nn)"},
    Feature{"wasi_ephemeral_crypto*", "*", "cryptography (wasi-crypto)"},
    Feature{kNativeModule, "*", "a newer server's"},
    Feature{"wasi_snapshot_preview1", "sock_*", "sockets"},
    Feature{"wasi_unstable", "sock_*", "sockets"},
    Feature{"wasi", "thread-spawn", "threads"},
    Feature{"wasix_*", "*", "WASIX"},
    Feature{"wasi:*", "*", "WASI 0.2 and components: build it for wasm32-wasip1"},
    Feature{"wbg", "*", "JavaScript: it was built with wasm-bindgen"},
    Feature{"__wbindgen*", "*", "JavaScript: it was built with wasm-bindgen"},
    Feature{"go", "*", "JavaScript: build it with GOOS=wasip1"},
    Feature{"gojs", "*", "JavaScript: build it with GOOS=wasip1"},
    Feature{"env", "emscripten_*", "Emscripten's JavaScript"},
    Feature{"env", "*", "left undefined when it was linked"},
};

bool matches(std::string_view pattern, std::string_view text) noexcept {
  return pattern.ends_with('*') ? text.starts_with(pattern.substr(0, pattern.size() - 1)) : text == pattern;
}

std::string_view feature_of(const Import& import) noexcept {
  const auto* found = std::ranges::find_if(kFeatures, [&](const Feature& feature) {
    return matches(feature.module, import.module) && matches(feature.name, import.name);
  });
  return found == kFeatures.end() ? std::string_view() : found->what;
}

/// Which functions the server has, by both of their names.
class KnownFunctions {
 public:
  KnownFunctions() {
    for (const wasm::HostFunction& function : host_functions()) {
      names_.insert(key({function.module, function.name, {}}));
    }
  }
  [[nodiscard]] bool has(const Import& import) const {
    return import.kind == wasm::ExternKind::kFunction && names_.contains(key(import));
  }

 private:
  static std::string key(const Import& import) {
    std::string text(import.module);
    text += '\0';
    return text.append(import.name);
  }
  std::unordered_set<std::string> names_;
};

std::string_view kind_word(wasm::ExternKind kind) noexcept {
  switch (kind) {
    case wasm::ExternKind::kFunction:
      return "";
    case wasm::ExternKind::kTable:
      return "the table ";
    case wasm::ExternKind::kMemory:
      return "the memory ";
    case wasm::ExternKind::kGlobal:
      return "the global ";
    case wasm::ExternKind::kTag:
      return "the tag ";
  }
  return "";
}

std::string cut(std::string_view name) {
  return log::escaped(name.substr(0, kLongestName)) + (name.size() > kLongestName ? "..." : "");
}

std::string text_of(const Import& import) {
  return fmt::format("{}{}.{}", kind_word(import.kind), cut(import.module), cut(import.name));
}

/// Names of imports, those of one feature together.
class Unknown {
 public:
  void add(const Import& import) {
    if (named_ == kMostNamed) {
      ++more_;
      return;
    }
    const std::string_view what = feature_of(import);
    auto group = std::ranges::find(groups_, what, &Group::first);
    if (group == groups_.end()) group = groups_.insert(group, {what, {}});
    std::string text = text_of(import);
    if (std::ranges::find(group->second, text) != group->second.end()) return;
    group->second.push_back(std::move(text));
    ++named_;
  }
  [[nodiscard]] bool empty() const noexcept { return named_ == 0; }
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const auto& [what, names] : groups_) {
      if (!all.empty()) all += "; ";
      fmt::format_to(std::back_inserter(all), "{}", fmt::join(names, ", "));
      if (!what.empty()) fmt::format_to(std::back_inserter(all), " ({})", what);
    }
    if (more_ > 0) fmt::format_to(std::back_inserter(all), " and {} more", more_);
    return all;
  }

 private:
  using Group = std::pair<std::string_view, std::vector<std::string>>;
  std::vector<Group> groups_;
  std::size_t named_ = 0;
  std::size_t more_ = 0;
};

}  // namespace

Result<void> check_imports(const wasm::ModuleOutline& outline) {
  if (auto known = check_version(outline); !known) return known;
  const KnownFunctions known;
  Unknown unknown;
  for (const Import& import : outline.imports) {
    if (!known.has(import)) unknown.add(import);
  }
  if (unknown.empty()) return {};
  return fail(ErrorCode::kBadModule, "imports what this server does not have: " + unknown.text());
}

}  // namespace wws::abi
